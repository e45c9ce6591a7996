package web

import (
	"bytes"

	"understudy/ascii"
	"understudy/http1"
)

// BasicAuth gives the user and password of an "Authorization: Basic" header (ngx_http_auth_basic_user).
func (x *Exchange) BasicAuth() (user, password []byte, ok bool) {
	v, ok := x.Header(http1.HdrAuthorization)
	if !ok || !ascii.HasPrefixFold(v, "basic ") {
		return nil, nil, false
	}
	raw, ok := http1.DecodeBase64(bytes.TrimLeft(v[6:], " "))
	if !ok {
		return nil, nil, false
	}
	user, password, ok = bytes.Cut(raw, []byte(":"))
	return user, password, ok && len(user) > 0
}

func appendUser(dst []byte, x *Exchange) ([]byte, bool) {
	user, _, ok := x.BasicAuth()
	return append(dst, user...), ok
}
