package web

import (
	"strings"

	"understudy/config"
	"understudy/errlog"
	"understudy/vars"
)

// Location is a location, compiled: what is in force there and what has to be done there. A server is its own outermost
// location, and an if block inside a location is one too.
type Location struct {
	Site    *Site
	Server  *Server
	Block   *config.Block
	Conf    *Settings
	Log     *errlog.Log
	verbose *errlog.Log // for the clients that debug_connection names

	Name  string
	Exact bool // =
	Stop  bool // ^~
	Named bool // @name
	Regex *vars.Regex
	// Nested is false for a server's own outermost location.
	Nested bool
	// AutoSlash: a request for Name without its last slash is redirected to it (set by handlers that pass on).
	AutoSlash bool

	// Content answers instead of the content phase's handlers (proxy_pass and its like).
	Content Handler
	from    config.Place // the directive that Content is from
	phases  [numPhases][]Handler
	filters []Filter
	outer   []Filter // of the main answer only

	root    rootPath
	limits  *limitExcept
	types   map[string][]byte
	defType []byte
	// openFiles is the number of its open_file_cache; -1 = none.
	openFiles int

	places places // the locations inside
}

// On puts a handler on a phase of the location; PhasePostRead and PhaseServerRewrite run on servers only.
func (l *Location) On(p Phase, h Handler) { l.phases[p] = append(l.phases[p], h) }

// Answer makes h answer, for a directive in the location or in the one that an if or limit_except block is in. Of several the last
// one does, as in nginx, and what stands in the block itself goes before what is around it.
func (l *Location) Answer(h Handler, directive config.Place) {
	if own := directive.In(l.Block); l.Content == nil || own && (!l.from.In(l.Block) || directive.Behind(l.from)) {
		l.Content, l.from = h, directive
	}
}

// Filter appends a response filter; filters run in the order in which they are added.
func (l *Location) Filter(f Filter) { l.filters = append(l.filters, f) }

// OuterFilter appends a filter that sees the whole of an answer to a client, subrequests' parts included, behind all that
// Filter added (gzip and its like).
func (l *Location) OuterFilter(f Filter) { l.outer = append(l.outer, f) }

// IsServer tells a server's outermost location from the others.
func (l *Location) IsServer() bool { return !l.Nested }

// locationOption is a `location` block.
type locationOption struct{}

// matcherKey holds, on a location block, what its header line says. It is no setting: a block without settings of its own
// shares those of the block around.
var matcherKey = config.NewKey[*matcher]("web.location")

// matcher is what a location's header line says.
type matcher struct {
	name  string
	exact bool
	stop  bool
	named bool
	regex *vars.Regex
}

// newMatcher reads `[ = | ~ | ~* | ^~ ] uri` or `@name`, with or without a space behind the modifier.
func newMatcher(c *config.Call) (m matcher, err error) {
	mod, name := "", c.Args[0]
	if len(c.Args) == 2 {
		mod, name = c.Args[0], c.Args[1]
		switch mod {
		case "=", "^~", "~", "~*":
		default:
			return m, c.Errorf("invalid location modifier \"%s\"", mod)
		}
	} else {
		for _, p := range []string{"=", "^~", "~*", "~"} {
			if rest, ok := strings.CutPrefix(name, p); ok {
				mod, name = p, rest
				break
			}
		}
		m.named = mod == "" && strings.HasPrefix(name, "@")
	}
	m.name = name
	switch mod {
	case "=":
		m.exact = true
	case "^~":
		m.stop = true
	case "~", "~*":
		if m.regex, err = vars.TableOf(c.Block).Regex(name, mod == "~*"); err != nil {
			return m, c.Errorf("%s", err)
		}
	}
	return m, nil
}

func (o *locationOption) Parse(c *config.Call) error {
	m, err := newMatcher(c)
	if err != nil {
		return err
	}
	if parent := locationOf(c.Block); parent != nil {
		switch {
		case parent.exact:
			return c.Errorf("location \"%s\" cannot be inside the exact location \"%s\"", m.name, parent.name)
		case parent.named:
			return c.Errorf("location \"%s\" cannot be inside the named location \"%s\"", m.name, parent.name)
		case m.named:
			return c.Errorf("named location \"%s\" can be on the server level only", m.name)
		case m.regex == nil && !strings.HasPrefix(m.name, parent.name):
			return c.Errorf("location \"%s\" is outside location \"%s\"", m.name, parent.name)
		}
	}
	core.Local(c.Block) // its Merge looks at the locations inside
	_, err = c.Enter(config.Location, func(b *config.Block) { config.Attach(b, matcherKey, &m) })
	return err
}

// locationOf gives the matcher of the location block that b is, or nil for other blocks.
func locationOf(b *config.Block) *matcher {
	if b.Kind != config.Location {
		return nil
	}
	return config.Value(b, matcherKey)
}

// rootPath is root or alias, resolved.
type rootPath struct {
	fixed  string
	value  *vars.Value // nil: fixed
	alias  bool
	prefix int // of the URI that alias stands for; -1 = all of it
}

// compileLocation makes the location of block b and of all blocks inside it.
func (s *Site) compileLocation(server *Server, b *config.Block, parent *Location) (*Location, error) {
	conf := core.Of(b)
	l := &Location{Site: s, Server: server, Block: b, Conf: conf, Log: errlog.Of(b), Nested: parent != nil}
	switch b.Kind {
	case config.Location:
		m := locationOf(b)
		l.Name, l.Exact, l.Stop, l.Named, l.Regex = m.name, m.exact, m.stop, m.named, m.regex
	case config.If, config.LimitExcept:
		l.Name, l.Exact, l.Stop, l.Named, l.Regex = parent.Name, parent.Exact, parent.Stop, parent.Named, parent.Regex
	}
	if s.debug.Any() {
		l.verbose = l.Log.Verbose()
	}
	for _, m := range s.modules {
		if m.Compile == nil {
			continue
		}
		if err := m.Compile(l); err != nil {
			return nil, err
		}
	}
	if b.Kind == config.If || b.Kind == config.LimitExcept {
		if l.Content == nil && parent != nil {
			l.Content, l.AutoSlash = parent.Content, parent.AutoSlash
		}
	}
	s.byBlock[b] = l
	for _, child := range b.Children {
		switch child.Kind {
		case config.Location:
			in, err := s.compileLocation(server, child, l)
			if err != nil {
				return nil, err
			}
			if l.Regex == nil || in.Regex != nil { // nginx makes no tree of the prefixes inside a regex (ngx_http_init_static_location_trees)
				l.places.add(in)
			}
		case config.If, config.ServerIf:
			if _, err := s.compileLocation(server, child, l); err != nil {
				return nil, err
			}
		case config.LimitExcept:
			in, err := s.compileLocation(server, child, l)
			if err != nil {
				return nil, err
			}
			l.limits = &limitExcept{except: config.Value(child, exceptKey), l: in}
		}
	}
	l.places.freeze()
	return l, nil
}

// LocationOf gives the compiled location of a block (an if block, say), once the site is built.
func (s *Site) LocationOf(b *config.Block) *Location { return s.byBlock[b] }
