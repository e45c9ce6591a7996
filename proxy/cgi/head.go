package cgi

import (
	"errors"

	"understudy/errlog"
	"understudy/http1"
	"understudy/proxy"
	"understudy/web"
)

var errStatus = errors.New("invalid status")

// Head reads an answer's header fields from b: their length, 0 when more bytes are needed (proxy.Protocol). The status is that of
// Status, 302 for a Location without one, else 200.
func Head(b []byte, x *web.Exchange, e *proxy.Exchange) (int, error) {
	a, _ := e.Answer()
	a.SkipLine()
	n, err := a.Parse(b)
	if n == 0 || err != nil {
		return n, err
	}
	return n, Status(a, b, x)
}

// Status gives an answer that has been read its status.
func Status(a *http1.Response, b []byte, x *web.Exchange) error {
	a.Chunked, a.ConnClose = false, true // the connection is not HTTP's
	if h, ok := a.Header(http1.HdrStatus); ok {
		text := h.Value.Of(b)
		if len(text) < 3 || !digits(text[:3]) {
			x.Errorf(errlog.Error, "upstream sent invalid status \"%s\"", text)
			return errStatus
		}
		a.Status = int(text[0]-'0')*100 + int(text[1]-'0')*10 + int(text[2]-'0')
		if len(text) > 3 {
			a.StatusText = h.Value
		}
	} else if a.Known[http1.HdrLocation] != 0 {
		a.Status = 302
	} else {
		a.Status = 200
	}
	return nil
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
