package web

import "understudy/http1"

// Argument gives the value of an argument of the request as it was sent; the name's case does not matter (ngx_http_arg).
func (x *Exchange) Argument(name string) ([]byte, bool) { return pairValue(x.Args, name, '&') }

// Cookie gives the value of a cookie that the request carries, and the field that it stands in.
func (x *Exchange) Cookie(name string) (value, field []byte, ok bool) {
	for i := range x.Req.Headers {
		h := &x.Req.Headers[i]
		if h.ID != http1.HdrCookie {
			continue
		}
		field = h.Value.Of(x.head)
		if value, ok = pairValue(field, name, ';'); ok {
			return value, field, true
		}
	}
	return nil, nil, false
}
