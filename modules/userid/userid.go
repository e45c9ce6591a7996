// Package userid is nginx's ngx_http_userid_module: a cookie that tells clients apart.
package userid

import (
	"strings"

	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_userid_module.
type Settings struct {
	// On sets cookies of version 2 (on) or 1 (v1), or only reads them (log).
	On config.Enum `nginx:"userid" in:"http server location" enum:"off log v1 on" default:"off"`
	// Service stands in the cookie in place of the server's address.
	Service config.Int    `nginx:"userid_service" in:"http server location"`
	Name    config.String `nginx:"userid_name" in:"http server location" default:"uid"`
	Domain  attribute     `nginx:"userid_domain" in:"http server location" args:"1"`
	Path    attribute     `nginx:"userid_path" in:"http server location" args:"1"`
	Expires expires       `nginx:"userid_expires" in:"http server location" args:"1"`
	Flags   config.Mask   `nginx:"userid_flags" in:"http server location" args:"1-3" enum:"off secure httponly samesite=strict samesite=lax samesite=none"`
	P3P     attribute     `nginx:"userid_p3p" in:"http server location" args:"1"`
	Mark    mark          `nginx:"userid_mark" in:"http server location" args:"1"`
}

var conf = config.Declare[Settings]("ngx_http_userid_filter_module")

// resetKey has the variable $uid_reset of an http{}.
var resetKey = config.NewKey[*vars.Variable]("uid_reset")

// Module is ngx_http_userid_module.
var Module = &web.Module{Settings: conf, Variables: []vars.Def{
	web.Var("uid_got", func(x *web.Exchange, dst []byte) ([]byte, bool) { return appendGot(x.Main(), dst) }),
	web.Var("uid_set", func(x *web.Exchange, dst []byte) ([]byte, bool) { return appendSet(x.Main(), dst) }),
	{Name: "uid_reset", Changeable: true, Get: func(_ vars.Subject, dst []byte) ([]byte, bool) { return dst, true }},
}, Compile: func(l *web.Location) error {
	if s := conf.Of(l.Block); s.On.Index() >= v1 {
		l.Filter(filter{s})
	}
	return nil
}}

// Merge finds the variable that resets cookies, once for an http{}.
func (s *Settings) Merge(_ *Settings, b *config.Block) error {
	if http := b.Up(config.HTTP); s.On.Index() >= v1 && config.Value(http, resetKey) == nil {
		config.Attach(http, resetKey, vars.TableOf(b).Ref("uid_reset"))
	}
	return nil
}

// v1 is the value of `userid` from which on cookies are set.
const v1 = 2

// attribute is a part of the cookie, or of another field, given as text.
type attribute struct {
	set  bool
	text string
}

// Parse implements config.Option.
func (o *attribute) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set, o.text = true, c.Args[0]
	switch {
	case o.text == "none" && c.Name != "userid_path":
		o.text = ""
	case c.Name == "userid_domain":
		o.text = "; domain=" + o.text
	case c.Name == "userid_path":
		o.text = "; path=" + o.text
	}
	return nil
}

// Inherit implements config.Inheriting.
func (o *attribute) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*attribute)
	}
}

// path is the cookie's attribute; all of the site if nothing is said.
func (s *Settings) path() string {
	if !s.Path.set {
		return "; path=/"
	}
	return s.Path.text
}

// expires is `userid_expires TIME|max|off`.
type expires struct {
	set     bool
	max     bool
	seconds int64
}

// Parse implements config.Option.
func (o *expires) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set = true
	switch text := c.Args[0]; text {
	case "max":
		o.max = true
	case "off":
	default:
		var ok bool
		if o.seconds, ok = config.ParseSeconds(text); !ok {
			return c.Invalid()
		}
	}
	return nil
}

// Inherit implements config.Inheriting.
func (o *expires) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*expires)
	}
}

// mark is `userid_mark LETTER|DIGIT|=|off`; 0 is off.
type mark struct {
	set bool
	c   byte
}

// Parse implements config.Option.
func (o *mark) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set = true
	text := c.Args[0]
	if text == "off" {
		return nil
	}
	const allowed = "=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if len(text) != 1 || !strings.Contains(allowed, text) {
		return c.Errorf(`"userid_mark" directive value must be "off" or a single letter, digit or "="`)
	}
	o.c = text[0]
	return nil
}

// Inherit implements config.Inheriting.
func (o *mark) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*mark)
	}
}
