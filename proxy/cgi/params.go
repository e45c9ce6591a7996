package cgi

import (
	"strings"

	"understudy/ascii"
	"understudy/http1"
	"understudy/proxy"
	"understudy/vars"
	"understudy/web"
)

// plan is what a request says.
type plan struct {
	params  []param
	headers []string // of the request that are not passed on: lower-case, with underscores
}

// newPlan joins the directives with the module's own parameters, which are sent unless the directives name them
// (ngx_http_fastcgi_init_params). A header that a parameter is named after is not passed on itself.
func newPlan(set []param, table *vars.Table, own [][2]string) (*plan, error) {
	p := &plan{}
	all := append([]param(nil), set...)
	for _, o := range own {
		named := false
		for i := range set {
			named = named || ascii.EqualFold(set[i].name, o[0])
		}
		if named {
			continue
		}
		v, err := table.Compile(o[1])
		if err != nil {
			return nil, err
		}
		all = append(all, param{o[0], v, true})
	}
	for _, a := range all {
		if name, ok := strings.CutPrefix(a.name, "HTTP_"); ok && name != "" {
			p.headers = append(p.headers, ascii.ToLower(name))
			if text, static := a.value.Static(); static && text == "" {
				continue
			}
		}
		p.params = append(p.params, a)
	}
	return p, nil
}

// Encode appends one parameter in a protocol's way.
type Encode func(b, name, value []byte) []byte

// scratch is the memory in which parameters are made.
type scratch struct{ name, value []byte }

var slot = web.NewSlot[scratch]()

// AppendParams appends what the request is: the parameters, and the header fields of the client's request as HTTP_….
func (s *Settings) AppendParams(b []byte, x *web.Exchange, e *proxy.Exchange, encode Encode) []byte {
	p := s.plain
	if e.Kept() && s.kept != nil {
		p = s.kept
	}
	m := slot.Of(x)
	for i := range p.params {
		a := &p.params[i]
		m.value = a.value.Append(m.value[:0], x)
		if a.notEmpty && len(m.value) == 0 {
			continue
		}
		m.name = append(m.name[:0], a.name...)
		b = encode(b, m.name, m.value)
	}
	if !s.PassRequestHeaders.On() {
		return b
	}
	head, headers := x.Head(), x.Req.Headers
	for i := range headers {
		name := headers[i].Name.Of(head)
		if p.replaces(name) || repeated(headers[:i], head, name) {
			continue
		}
		m.name = appendUpper(append(m.name[:0], "HTTP_"...), name)
		m.value = append(m.value[:0], headers[i].Value.Of(head)...)
		separator := ", "
		if headers[i].ID == http1.HdrCookie {
			separator = "; "
		}
		for j := i + 1; j < len(headers); j++ {
			if ascii.EqualFold(headers[j].Name.Of(head), name) {
				m.value = append(append(m.value, separator...), headers[j].Value.Of(head)...)
			}
		}
		b = encode(b, m.name, m.value)
	}
	return b
}

// replaces tells whether a parameter takes the place of a header field.
func (p *plan) replaces(name []byte) bool {
	for _, h := range p.headers {
		if len(h) == len(name) && sameParam(name, h) {
			return true
		}
	}
	return false
}

func sameParam(name []byte, lower string) bool {
	for i, c := range name {
		switch {
		case c == '-':
			c = '_'
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// repeated tells a field whose value went with that of an earlier one.
func repeated(before []http1.Header, head, name []byte) bool {
	for i := range before {
		if ascii.EqualFold(before[i].Name.Of(head), name) {
			return true
		}
	}
	return false
}

func appendUpper(b, name []byte) []byte {
	for _, c := range name {
		switch {
		case c == '-':
			c = '_'
		case 'a' <= c && c <= 'z':
			c &^= 0x20
		}
		b = append(b, c)
	}
	return b
}
