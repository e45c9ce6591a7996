// Package charset is nginx's ngx_http_charset_module: the charset in Content-Type, and bodies recoded from one to another.
package charset

import (
	"fmt"
	"strings"

	"understudy/ascii"
	"understudy/config"
	"understudy/parser"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_charset_module.
type Settings struct {
	// Charset is what goes into Content-Type: `charset NAME|$variable|off`.
	Charset nameOption `nginx:"charset" in:"http server location if"`
	// Source is the charset of the files, which are recoded if it differs.
	Source nameOption `nginx:"source_charset" in:"http server location if"`
	// Override replaces a charset that an answer already has.
	Override config.Flag `nginx:"override_charset" in:"http server location if" default:"off"`
	// Types are the MIME types of answers that get a charset.
	Types web.MIMETypes `nginx:"charset_types" in:"http server location" args:"1+" default:"text/html text/xml text/plain text/vnd.wap.wml application/javascript application/rss+xml"`
	// Maps are the tables to recode with.
	Maps mapOption `nginx:"charset_map" in:"http" args:"2" block:"yes"`
}

var conf = config.Declare[Settings]("ngx_http_charset_filter_module")

// Module is ngx_http_charset_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	known := config.Value(l.Block, charsetsKey)
	if known == nil {
		return nil // no charset is mentioned anywhere
	}
	l.Filter(&filter{s: conf.Of(l.Block), known: known})
	return nil
}}

// Merge notes which tables a block needs; that they are there is looked at when http{} is whole.
func (s *Settings) Merge(_ *Settings, b *config.Block) error {
	from, to := &s.Source, &s.Charset
	if from.fixed() && to.fixed() && from.charset != to.charset {
		known := config.Value(b, charsetsKey)
		known.needed = append(known.needed, [2]*charset{from.charset, to.charset})
	}
	return nil
}

// charsets are all that the configuration mentions, of one http{}.
type charsets struct {
	list   []*charset
	needed [][2]*charset // recoded from the first to the second
}

// charset is one of them, with the tables to recode it.
type charset struct {
	name   string
	utf8   bool
	tables map[*charset]table
}

var charsetsKey = config.NewKey[*charsets]("charsets")

// charsetsOf gives the charsets of the http{} around a directive.
func charsetsOf(c *config.Call) *charsets {
	if known := config.Value(c.Block, charsetsKey); known != nil {
		return known
	}
	known := new(charsets)
	http := c.Block.Up(config.HTTP)
	config.Attach(http, charsetsKey, known)
	c.Conf.OnMerged(http, known.check)
	return known
}

// check finds a pair without a table between them.
func (k *charsets) check() error {
	for _, pair := range k.needed {
		if pair[0].tables[pair[1]] == nil {
			return &parser.Error{Level: parser.Emerg, Text: fmt.Sprintf(`no "charset_map" between the charsets "%s" and "%s"`, pair[0].name, pair[1].name)}
		}
	}
	return nil
}

// find gives the charset of that name, nil for one that is mentioned nowhere.
func (k *charsets) find(name []byte) *charset {
	for _, c := range k.list {
		if ascii.EqualFold(c.name, name) {
			return c
		}
	}
	return nil
}

// add gives the charset of that name, new or not.
func (k *charsets) add(name string) *charset {
	if c := k.find([]byte(name)); c != nil {
		return c
	}
	c := &charset{name: name, utf8: ascii.EqualFold(name, utf8Name), tables: map[*charset]table{}}
	k.list = append(k.list, c)
	return c
}

const utf8Name = "utf-8"

// nameOption is a charset, by name or from a variable. The zero value is off.
type nameOption struct {
	set      bool
	charset  *charset
	variable *vars.Variable
}

func (o *nameOption) fixed() bool { return o.charset != nil }
func (o *nameOption) off() bool   { return o.charset == nil && o.variable == nil }

// Arguments is the number of arguments taken.
func (o *nameOption) Arguments() string { return "1" }

// Parse implements config.Option.
func (o *nameOption) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set = true
	name := c.Args[0]
	if name == "off" && c.Name == "charset" {
		return nil
	}
	known := charsetsOf(c)
	if rest, ok := strings.CutPrefix(name, "$"); ok {
		if rest == "" {
			return c.Errorf(`invalid variable name "$"`)
		}
		o.variable = vars.TableOf(c.Block).Ref(rest)
		return nil
	}
	o.charset = known.add(name)
	return nil
}

// Inherit implements config.Inheriting.
func (o *nameOption) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*nameOption)
	}
}
