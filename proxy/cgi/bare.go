package cgi

import (
	"understudy/http1"
	"understudy/proxy"
	"understudy/web"
)

// Bare is what SCGI and uwsgi have in common: body and answer are sent as they are.
type Bare struct{}

// Streams implements proxy.Protocol: the length of the body is said in front of it.
func (Bare) Streams(x *web.Exchange) bool { return !x.Req.Chunked }

// Head reads an answer's head, which may begin with a status line of HTTP (proxy.Protocol).
func (Bare) Head(b []byte, x *web.Exchange, e *proxy.Exchange) (int, error) {
	a, _ := e.Answer()
	n, err := a.Parse(b)
	if err == http1.ErrNoHeader {
		a.Reset()
		a.SkipLine()
		n, err = a.Parse(b)
	}
	if n == 0 || err != nil {
		return n, err
	}
	if a.Status != 0 {
		a.Chunked, a.ConnClose = false, true // the connection is not HTTP's
		return n, nil
	}
	return n, Status(a, b, x)
}

// BodyLength is the length of the request's body.
func BodyLength(x *web.Exchange) int64 {
	if x.Req.Chunked {
		return x.BodyLength()
	}
	return max(x.Req.ContentLength, 0)
}
