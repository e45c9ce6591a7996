package web

import (
	"bytes"

	"understudy/ascii"
	"understudy/http1"
)

// Argument gives the value of an argument of the request as it was sent; the name's case does not matter (ngx_http_arg).
func (x *Exchange) Argument(name string) ([]byte, bool) {
	for rest := x.Args; name != "" && len(rest) > 0; {
		pair := rest
		if i := bytes.IndexByte(rest, '&'); i >= 0 {
			pair, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		if n := len(name); len(pair) > n && pair[n] == '=' && ascii.EqualFold(pair[:n], name) {
			return pair[n+1:], true
		}
	}
	return nil, false
}

// argument is $arg_NAME.
func argument(name string) func(x *Exchange, dst []byte) ([]byte, bool) {
	return func(x *Exchange, dst []byte) ([]byte, bool) {
		v, ok := x.Argument(name)
		return append(dst, v...), ok
	}
}

// Cookie gives the value of a cookie that the request carries, and the field that it stands in.
func (x *Exchange) Cookie(name string) (value, field []byte, ok bool) {
	if x.Req.Known[http1.HdrCookie] == 0 {
		return nil, nil, false
	}
	for i := range x.Req.Headers {
		h := &x.Req.Headers[i]
		if h.ID != http1.HdrCookie {
			continue
		}
		field = h.Value.Of(x.head)
		if value, ok = cookieValue(field, name); ok {
			return value, field, true
		}
	}
	return nil, nil, false
}

// cookie is $cookie_NAME.
func cookie(name string) func(x *Exchange, dst []byte) ([]byte, bool) {
	return func(x *Exchange, dst []byte) ([]byte, bool) {
		v, _, ok := x.Cookie(name)
		return append(dst, v...), ok
	}
}

// cookieValue finds NAME=VALUE in a Cookie field; the name's case does not matter (ngx_http_parse_cookie_lines).
func cookieValue(field []byte, name string) ([]byte, bool) {
	for len(field) > 0 {
		value, rest, ok := firstCookie(field, name)
		if ok {
			return value, true
		}
		i := bytes.IndexByte(rest, ';')
		if i < 0 {
			break
		}
		field = bytes.TrimLeft(rest[i+1:], " ")
	}
	return nil, false
}

// SetCookieValue gives the value of a Set-Cookie field if it is about the cookie of that name (ngx_http_parse_set_cookie_lines).
func SetCookieValue(field []byte, name string) ([]byte, bool) {
	value, _, ok := firstCookie(field, name)
	return value, ok
}

// firstCookie gives the value of the name with which a field begins. Else rest is where to go on: behind a name without a value
// nginx has gone one byte too far, so that "a; a=1" is no cookie "a".
func firstCookie(field []byte, name string) (value, rest []byte, ok bool) {
	n := len(name)
	if !ascii.HasPrefixFold(field, name) {
		return nil, field, false
	}
	field = bytes.TrimLeft(field[n:], " ")
	switch {
	case len(field) == 0:
		return nil, nil, false
	case field[0] != '=':
		return nil, field[1:], false
	}
	field = bytes.TrimLeft(field[1:], " ")
	if i := bytes.IndexByte(field, ';'); i >= 0 {
		field = field[:i]
	}
	return field, nil, true
}
