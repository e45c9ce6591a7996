package proxy

import (
	"bytes"
	"strings"

	"understudy/ascii"
	"understudy/config"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
)

// redirects is `proxy_redirect default | off | [~[*]]FROM TO`.
type redirects struct {
	set  bool
	off  bool
	list []redirect
}

type redirect struct {
	standard bool // "default": the URL of proxy_pass becomes the location's name
	from     *vars.Value
	regex    *vars.Regex
	to       *vars.Value
}

func (o *redirects) Parse(c *config.Call) error {
	if o.off {
		return c.Duplicate()
	}
	first := !o.set
	o.set = true
	if len(c.Args) == 1 {
		switch c.Args[0] {
		case "off":
			if !first {
				return c.Duplicate()
			}
			o.off = true
			return nil
		case "default":
			if s := conf.Local(c.Block); s.Pass.dynamic != nil {
				return c.Errorf("\"proxy_redirect default\" cannot be used with \"proxy_pass\" directive with variables")
			} else if !s.Pass.set {
				return c.Errorf("\"proxy_redirect default\" should be placed after the \"proxy_pass\" directive")
			}
			o.list = append(o.list, redirect{standard: true})
			return nil
		case "false":
			return c.Errorf("invalid parameter \"%s\"", c.Args[0])
		}
		return c.Errorf("invalid parameter \"%s\"", c.Args[0])
	}
	var r redirect
	var err error
	if from := c.Args[0]; strings.HasPrefix(from, "~") {
		caseless := strings.HasPrefix(from, "~*")
		pattern := strings.TrimPrefix(from[1:], "*")
		if r.regex, err = vars.TableOf(c.Block).Regex(pattern, caseless); err != nil {
			return c.Errorf("%s", err)
		}
	} else if r.from, err = vars.Compile(c, from); err != nil {
		return err
	}
	if r.to, err = vars.Compile(c, c.Args[1]); err != nil {
		return err
	}
	o.list = append(o.list, r)
	return nil
}

func (o *redirects) Inherit(parent config.Option) {
	if !o.set {
		p := parent.(*redirects)
		o.off, o.list, o.set = p.off, p.list, p.set
	}
}

var standardOnly = []redirect{{standard: true}}

// rules are those in force; without a directive the standard one.
func (o *redirects) rules() []redirect {
	switch {
	case o.off:
		return nil
	case o.list == nil:
		return standardOnly
	}
	return o.list
}

// rewrite replaces the beginning of a Location that leads to the upstream; false leaves it as it is.
func (o *redirects) rewrite(x *web.Exchange, t *overHTTP, e *Exchange, value []byte) ([]byte, bool) {
	for i := range o.rules() {
		r := &o.rules()[i]
		switch {
		case r.standard:
			if t.pass.dynamic != nil {
				continue
			}
			from := e.standardFrom(t)
			if !bytes.HasPrefix(value, from) {
				continue
			}
			start := len(e.name)
			if t.pass.uri == "" { // the path was passed on as it is
				e.name = append(e.name, '/')
			} else {
				e.name = append(e.name, t.location.Name...)
			}
			rest := value[len(from):]
			e.name = append(e.name, rest...)
			return e.name[start:], true
		case r.regex != nil:
			if !r.regex.Match(x, value) {
				continue
			}
			start := len(e.name)
			e.name = r.to.Append(e.name, x)
			return e.name[start:], true
		default:
			e.url = r.from.Append(e.url[:0], x)
			n := len(e.url)
			if !bytes.HasPrefix(value, e.url) {
				continue
			}
			start := len(e.name)
			e.name = r.to.Append(e.name, x)
			e.name = append(e.name, value[n:]...)
			return e.name[start:], true
		}
	}
	return nil, false
}

// standardFrom is the URL of proxy_pass as it was written.
func (e *Exchange) standardFrom(t *overHTTP) []byte {
	e.url = append(append(append(e.url[:0], t.pass.scheme...), t.pass.written...), t.pass.uri...)
	if t.pass.uri == "" {
		e.url = append(e.url, '/')
	}
	return e.url
}

// refresh rewrites the URL in a Refresh header.
func (o *redirects) refresh(x *web.Exchange, t *overHTTP, e *Exchange, value []byte) []byte {
	i := ascii.IndexFold(value, "url=")
	if i < 0 {
		return value
	}
	to, ok := o.rewrite(x, t, e, value[i+4:])
	if !ok {
		return value
	}
	joined := append(append([]byte(nil), value[:i+4]...), to...)
	return joined
}

// accelRedirect answers with what X-Accel-Redirect names.
func (t *target) accelRedirect(x *web.Exchange, e *Exchange, to []byte) web.Result {
	e.over = true
	for i := range e.answer.Headers {
		h := &e.answer.Headers[i]
		switch h.ID {
		case http1.HdrSetCookie, http1.HdrContentDisposition, http1.HdrCacheControl, http1.HdrExpires, http1.HdrAcceptRanges:
			x.Out.Add(h.ID, h.Name.Of(e.text), h.Value.Of(e.text))
		case http1.HdrContentType:
			x.Out.ContentType = h.Value.Of(e.text)
		}
	}
	if len(to) > 0 && to[0] == '@' {
		return x.RedirectNamed(string(to))
	}
	return x.RedirectUnsafe(to)
}
