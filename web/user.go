package web

import (
	"bytes"
	"encoding/base64"

	"understudy/http1"
)

// BasicAuth gives the user and password of an "Authorization: Basic" header (ngx_http_auth_basic_user).
func (x *Exchange) BasicAuth() (user, password []byte, ok bool) {
	v, ok := x.Header(http1.HdrAuthorization)
	if !ok || len(v) < 6 || !foldEqual(v[:6], "basic ") {
		return nil, nil, false
	}
	v = bytes.TrimLeft(v[6:], " ")
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(v))) // padding may be missing
	n, err := base64.StdEncoding.Decode(raw, v)
	if err != nil {
		if n, err = base64.RawStdEncoding.Decode(raw, bytes.TrimRight(v, "=")); err != nil {
			return nil, nil, false
		}
	}
	user, password, ok = bytes.Cut(raw[:n], []byte(":"))
	return user, password, ok && len(user) > 0
}

func appendUser(dst []byte, x *Exchange) ([]byte, bool) {
	user, _, ok := x.BasicAuth()
	return append(dst, user...), ok
}
