package headersmore

import (
	"understudy/http1"
	"understudy/web"
)

// edit carries out a location's rules for requests, at the end of the rewrite phase: of an if block if one has come into force.
func edit(x *web.Exchange) web.Result {
	if x.Req.Version < 1000 {
		return web.Declined
	}
	for _, r := range conf.Of(x.Location.Block).input {
		if r.types != nil {
			if t, ok := x.Header(http1.HdrContentType); !ok || !r.ofType(t) {
				continue
			}
		}
		for i := range r.fields {
			f := &r.fields[i]
			if !f.input(x, f.text(x)) {
				return web.Aborted
			}
		}
	}
	return web.Declined
}

// input sets or clears the field of a request: the first that is meant gets the value, the others go. False is for a Host or
// Content-Length that cannot be one: nginx closes the connection then.
func (f *field) input(x *web.Exchange, value []byte) bool {
	if f.id == http1.HdrContentLength && !digits(value) {
		return false
	}
	clearing, found := len(value) == 0, false
	for i := 0; i < len(x.Req.Headers); {
		h := &x.Req.Headers[i]
		switch {
		case f.prefix != nil && !clearing || !f.matches(h.ID, h.Name.Of(x.Head())):
			i++
		case clearing || found:
			x.DropField(i)
		default:
			if !x.ReplaceField(i, value) {
				return false
			}
			found = true
			i++
		}
	}
	if found || clearing || f.only {
		return true
	}
	return x.AddField(f.name, value)
}

func digits(p []byte) bool {
	for _, c := range p {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
