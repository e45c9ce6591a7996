package proxy

import (
	"bytes"
	"strings"

	"understudy/ascii"
	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// cookieRules is `proxy_cookie_domain FROM TO | off` or `proxy_cookie_path FROM TO | off`: FROM may be a regex behind "~".
// The rules of one level inherit whole or not at all.
type cookieRules struct {
	own  bool
	off  bool
	list []cookieRule
}

type cookieRule struct {
	from  *vars.Value
	regex *vars.Regex
	to    *vars.Value
}

// cookieDomain is proxy_cookie_domain: whole names, without regard to case and to a dot in front.
type cookieDomain struct{ cookieRules }

func (o *cookieDomain) Parse(c *config.Call) error {
	return o.parse(c, func(from, to string) (string, string, string, bool) {
		if pattern, ok := strings.CutPrefix(from, "~"); ok {
			return "", to, pattern, true
		}
		return strings.TrimPrefix(from, "."), strings.TrimPrefix(to, "."), "", true
	})
}

func (o *cookieDomain) Inherit(parent config.Option) { o.inherit(&parent.(*cookieDomain).cookieRules) }

// cookiePath is proxy_cookie_path: the beginning of a path, or a regex; "~*" is one without regard to case.
type cookiePath struct{ cookieRules }

func (o *cookiePath) Parse(c *config.Call) error {
	return o.parse(c, func(from, to string) (string, string, string, bool) {
		pattern, ok := strings.CutPrefix(from, "~")
		if !ok {
			return from, to, "", false
		}
		plain, caseless := strings.CutPrefix(pattern, "*")
		return "", to, plain, caseless
	})
}

func (o *cookiePath) Inherit(parent config.Option) { o.inherit(&parent.(*cookiePath).cookieRules) }

// parse reads one directive; split says what its two arguments stand for: a text, its replacement, or the pattern of a regex.
func (o *cookieRules) parse(c *config.Call, split func(from, to string) (text, replacement, pattern string, caseless bool)) error {
	if o.off {
		return c.Duplicate()
	}
	if len(c.Args) == 1 {
		switch {
		case c.Args[0] != "off":
			return c.Errorf("invalid parameter \"%s\"", c.Args[0])
		case o.own:
			return c.Duplicate()
		}
		o.own, o.off = true, true
		return nil
	}
	o.own = true
	var r cookieRule
	var err error
	text, to, pattern, caseless := split(c.Args[0], c.Args[1])
	if strings.HasPrefix(c.Args[0], "~") {
		if r.regex, err = vars.TableOf(c.Block).Regex(pattern, caseless); err != nil {
			return c.Errorf("%s", err)
		}
	} else if r.from, err = vars.Compile(c, text); err != nil {
		return err
	}
	if r.to, err = vars.Compile(c, to); err != nil {
		return err
	}
	o.list = append(o.list, r)
	return nil
}

func (o *cookieRules) inherit(parent *cookieRules) {
	if !o.own {
		o.list, o.off = parent.list, parent.off
	}
}

// domain rewrites the value of a Domain attribute by the first rule that matches.
func (o *cookieDomain) rewrite(x *web.Exchange, value []byte) ([]byte, bool) {
	for i := range o.list {
		r := &o.list[i]
		if r.regex != nil {
			if r.regex.Match(x, value) {
				return r.to.Bytes(x), true
			}
			continue
		}
		dot, name := value[:0], value
		if len(value) > 0 && value[0] == '.' {
			dot, name = value[:1], value[1:]
		}
		if from := r.from.Bytes(x); ascii.EqualFold(from, name) {
			if len(dot) == 0 {
				return r.to.Bytes(x), true
			}
			return append([]byte("."), r.to.Bytes(x)...), true
		}
	}
	return value, false
}

// rewrite rewrites the value of a Path attribute by the first rule that matches.
func (o *cookiePath) rewrite(x *web.Exchange, value []byte) ([]byte, bool) {
	for i := range o.list {
		r := &o.list[i]
		if r.regex != nil {
			if r.regex.Match(x, value) {
				return r.to.Bytes(x), true
			}
			continue
		}
		if rest, ok := bytes.CutPrefix(value, r.from.Bytes(x)); ok {
			return append(append([]byte(nil), r.to.Bytes(x)...), rest...), true
		}
	}
	return value, false
}

// attribute is one part of a Set-Cookie field; the first is the cookie itself.
type attribute struct {
	name   []byte
	value  []byte
	valued bool // there is a "="
	gone   bool
}

func (a *attribute) is(name string) bool { return ascii.EqualFold(a.name, name) }

// splitCookie takes a Set-Cookie field apart (ngx_http_proxy_parse_cookie).
func splitCookie(field []byte) []attribute {
	var list []attribute
	for more := true; more; {
		var part []byte
		part, field, more = bytes.Cut(field, []byte(";"))
		name, value, valued := bytes.Cut(part, []byte("="))
		list = append(list, attribute{name: bytes.Trim(name, " "), value: bytes.Trim(value, " "), valued: valued})
	}
	return list
}

// setCookie applies proxy_cookie_domain, proxy_cookie_path and proxy_cookie_flags to a Set-Cookie field
// (ngx_http_proxy_rewrite_cookie). The error, which has been reported, is one of proxy_cookie_flags.
func (s *Settings) setCookie(x *web.Exchange, field []byte) ([]byte, error) {
	if len(s.CookieDomain.list) == 0 && len(s.CookiePath.list) == 0 && len(s.CookieFlags.list) == 0 {
		return field, nil
	}
	parts := splitCookie(field)
	if !parts[0].valued {
		return field, nil
	}
	changed := false
	for i := range parts[1:] {
		a := &parts[1+i]
		ok := false
		switch {
		case !a.valued:
		case a.is("domain"):
			a.value, ok = s.CookieDomain.rewrite(x, a.value)
		case a.is("path"):
			a.value, ok = s.CookiePath.rewrite(x, a.value)
		}
		changed = changed || ok
	}
	flags, err := s.CookieFlags.of(x, parts[0].name)
	if err != nil {
		return nil, err
	}
	if flags != 0 {
		parts = flags.apply(parts)
		changed = true
	}
	if !changed {
		return field, nil
	}
	b := make([]byte, 0, len(field)+64)
	for i := range parts {
		a := &parts[i]
		if a.gone {
			continue
		}
		if i > 0 {
			b = append(b, "; "...)
		}
		if b = append(b, a.name...); a.valued {
			b = append(append(b, '='), a.value...)
		}
	}
	return b, nil
}
