// Package browser is nginx's ngx_http_browser_module: $modern_browser, $ancient_browser and $msie, by User-Agent.
package browser

import (
	"bytes"
	"slices"

	"understudy/ascii"
	"understudy/config"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_browser_module.
type Settings struct {
	// Modern are browsers with the version from which they are modern: `modern_browser NAME VERSION | unlisted`.
	Modern modern `nginx:"modern_browser" in:"http server location" args:"1-2"`
	// Ancient are texts in the User-Agent of ancient browsers; netscape4 stands for Netscape's up to version 4.
	Ancient ancient `nginx:"ancient_browser" in:"http server location" args:"1+"`
	// ModernValue and AncientValue are what the variables say.
	ModernValue  value `nginx:"modern_browser_value" in:"http server location" args:"1"`
	AncientValue value `nginx:"ancient_browser_value" in:"http server location" args:"1"`
}

var conf = config.Declare[Settings]("ngx_http_browser_module")

// Module is ngx_http_browser_module.
var Module = &web.Module{Settings: conf, Variables: []vars.Def{
	variable("modern_browser", func(s *Settings, agent []byte, ok bool) (*value, bool) { return &s.ModernValue, s.isModern(agent, ok) }),
	variable("ancient_browser", func(s *Settings, agent []byte, ok bool) (*value, bool) {
		return &s.AncientValue, !s.isModern(agent, ok)
	}),
	variable("msie", func(_ *Settings, agent []byte, _ bool) (*value, bool) {
		i := bytes.Index(agent, []byte("MSIE "))
		return &yes, i >= 0 && i+7 < len(agent) && !bytes.Contains(agent, []byte("Opera"))
	}),
}}

func variable(name string, get func(s *Settings, agent []byte, ok bool) (*value, bool)) vars.Def {
	return vars.Def{Name: name, Cached: true, Changeable: true, Get: func(subject vars.Subject, dst []byte) ([]byte, bool) {
		x := subject.(*web.Exchange)
		agent, ok := x.Header(http1.HdrUserAgent)
		if v, is := get(conf.Of(x.Location.Block), agent, ok); is {
			dst = append(dst, v.text...)
		}
		return dst, true
	}}
}

// value is the text of a variable; a later directive replaces an earlier one.
type value struct {
	set  bool
	text string
}

var yes = value{true, "1"}

// Parse implements config.Option.
func (o *value) Parse(c *config.Call) error {
	*o = value{true, c.Args[0]}
	return nil
}

// kind is a browser that modern_browser knows: its version stands add bytes behind the beginning of mark, which is looked for
// behind the first skip bytes.
type kind struct {
	name      string
	skip, add int
	mark      string
}

// kinds are in the order in which they are looked for: Opera says of itself that it is MSIE.
var kinds = [...]kind{
	{"opera", 0, len("Opera "), "Opera"},
	{"msie", len("Mozilla/4.0 (compatible; "), len("MSIE "), "MSIE "},
	{"gecko", len("Mozilla/5.0 ("), len("rv:"), "rv:"},
	{"safari", len("Mozilla/5.0 ("), len("Safari/"), "Safari/"},
	{"konqueror", len("Mozilla/5.0 (compatible; "), len("Konqueror/"), "Konqueror/"},
}

// unreachable is a version that no browser has.
const unreachable = 4001000000

// modern are the modern_browser of one level.
type modern struct {
	list     []browser
	unlisted bool
}

type browser struct {
	kind    int    // index in kinds
	version uint64 // two digits for each part but the first, the first part first: 1.2.3.4 is 1020304
}

// Parse implements config.Option.
func (o *modern) Parse(c *config.Call) error {
	if len(c.Args) == 1 {
		if c.Args[0] != "unlisted" {
			return c.Errore("a browser's name is followed by a version", `invalid parameter "%s"`, c.Args[0])
		}
		o.unlisted = true
		return nil
	}
	b := browser{kind: slices.IndexFunc(kinds[:], func(k kind) bool { return ascii.EqualFold(k.name, c.Args[0]) })}
	if b.kind < 0 {
		return c.Errorf(`unknown browser name "%s"`, c.Args[0])
	}
	var rest []byte
	if b.version, rest = version([]byte(c.Args[1]), 0); len(rest) > 0 {
		return c.Errorf(`invalid browser version "%s"`, c.Args[1])
	}
	o.list = append(o.list, b)
	return nil
}

// version reads a version up to what does not belong to one, or until it is beyond enough, unless that is 0.
func version(text []byte, enough uint64) (v uint64, rest []byte) {
	part, scale := uint64(0), uint64(1000000)
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9':
			part = part*10 + uint64(c-'0')
		case c == '.':
			v += part * scale
			if enough > 0 && v > enough {
				return v, nil
			}
			part, scale = 0, scale/100
		default:
			return v + part*scale, text[i:]
		}
	}
	return v + part*scale, nil
}

// ancient are the ancient_browser of one level.
type ancient struct {
	list      [][]byte
	netscape4 bool
}

// Parse implements config.Option.
func (o *ancient) Parse(c *config.Call) error {
	for _, arg := range c.Args {
		if arg == "netscape4" {
			o.netscape4 = true
		} else {
			o.list = append(o.list, []byte(arg))
		}
	}
	return nil
}

// Merge sorts the browsers and takes over what the level around says.
func (s *Settings) Merge(parent *Settings, _ *config.Block) error {
	if parent == nil {
		parent = &Settings{ModernValue: yes, AncientValue: yes}
	}
	if m := &s.Modern; m.list == nil && !m.unlisted {
		*m = parent.Modern
	} else if m.list != nil {
		if !slices.ContainsFunc(m.list, func(b browser) bool { return b.kind == 0 }) {
			m.list = append(m.list, browser{kind: 0, version: unreachable})
		}
		slices.SortStableFunc(m.list, func(a, b browser) int { return a.kind - b.kind })
	}
	if s.Ancient.list == nil && !s.Ancient.netscape4 {
		s.Ancient = parent.Ancient
	}
	if !s.ModernValue.set {
		s.ModernValue = parent.ModernValue
	}
	if !s.AncientValue.set {
		s.AncientValue = parent.AncientValue
	}
	return nil
}

// isModern tells modern browsers from ancient ones (ngx_http_browser).
func (s *Settings) isModern(agent []byte, ok bool) bool {
	if !ok {
		return s.Modern.unlisted
	}
	for _, b := range s.Modern.list {
		k := &kinds[b.kind]
		if k.skip >= len(agent) {
			continue
		}
		i := bytes.Index(agent[k.skip:], []byte(k.mark))
		if i < 0 || k.skip+i+k.add >= len(agent) {
			continue
		}
		v, _ := version(agent[k.skip+i+k.add:], b.version)
		return v >= b.version
	}
	switch {
	case s.Modern.list != nil && !s.Modern.unlisted:
		return false
	case s.Ancient.netscape4 && len(agent) > len("Mozilla/4.72 ") && bytes.HasPrefix(agent, []byte("Mozilla/")) && agent[8] > '0' && agent[8] < '5':
		return false
	}
	for _, text := range s.Ancient.list {
		if bytes.Contains(agent, text) {
			return false
		}
	}
	return s.Modern.unlisted
}
