package proxy

import (
	"strconv"

	"understudy/http1"
	"understudy/web"
)

// buildRequest writes the head of the request to the upstream into e.request (ngx_http_proxy_create_request). It is made once
// and sent to each peer that is tried.
func (t *target) buildRequest(x *web.Exchange, e *exchange) web.Result {
	s := t.conf
	plan := s.headers
	if c := e.cached; c != nil && c.cacheable {
		plan = s.cacheHeaders
	}
	b := e.request[:0]
	start := len(b)
	if e.cached != nil && e.cached.convert {
		b = append(b, "GET"...) // the whole answer is kept, so that it serves GET too
	} else if s.Method.IsSet() {
		b = s.Method.Append(b, x)
	} else {
		b = append(b, x.MethodName()...)
	}
	e.head = string(b[start:]) == "HEAD"
	b = append(b, ' ')
	e.uriAt = len(b)
	b = t.appendURI(b, x, e)
	e.uriEnd = len(b)
	if e.uriEnd == e.uriAt {
		x.Errorf(levelError, "zero length URI to proxy")
		return 500
	}
	if s.HTTPVersion.Is("1.1") {
		b = append(b, " HTTP/1.1\r\n"...)
	} else {
		b = append(b, " HTTP/1.0\r\n"...)
	}

	start = len(b)
	b = append(b, "Host: "...)
	value := len(b)
	if plan.host != nil {
		b = plan.host.Append(b, x)
	}
	if len(b) == value && (plan.host == nil || s.HTTPVersion.Is("1.1")) {
		b = append(b, e.to.host...)
	}
	if len(b) == value {
		b = b[:start]
	} else {
		b = append(b, "\r\n"...)
	}

	e.setBody = e.setBody[:0]
	if s.SetBody.IsSet() {
		e.setBody = s.SetBody.Append(e.setBody, x)
	}
	for i := range plan.items {
		h := &plan.items[i]
		start = len(b)
		b = append(append(b, h.name...), ": "...)
		value = len(b)
		switch h.kind {
		case lengthHeader:
			if n, ok := e.internalLength(x, s); ok {
				b = strconv.AppendInt(b, n, 10)
			}
		case chunkedHeader:
			if e.chunkedBody(x, s) {
				b = append(b, "chunked"...)
			}
		default:
			b = h.value.Append(b, x)
		}
		if len(b) == value {
			b = b[:start]
			continue
		}
		b = append(b, "\r\n"...)
	}
	if s.PassRequestHeaders.On() {
		head := x.Head()
		for i := range x.Req.Headers {
			h := &x.Req.Headers[i]
			name := h.Name.Of(head)
			if plan.skip.has(h.ID, name) {
				continue
			}
			b = append(append(b, name...), ": "...)
			b = append(append(b, h.Value.Of(head)...), "\r\n"...)
		}
	}
	b = append(b, "\r\n"...)
	e.request = b
	return web.Declined
}

// internalLength is $proxy_internal_body_length.
func (e *exchange) internalLength(x *web.Exchange, s *Settings) (int64, bool) {
	switch {
	case s.SetBody.IsSet():
		return int64(len(e.setBody)), true
	case e.chunkedBody(x, s):
		return 0, false
	case x.Req.Chunked:
		return x.BodyLength(), true
	case x.Req.ContentLength >= 0:
		return x.Req.ContentLength, true
	}
	return 0, false
}

// chunkedBody tells a request body that is passed on in chunks while it is being received.
func (e *exchange) chunkedBody(x *web.Exchange, s *Settings) bool {
	return x.Req.Chunked && e.streaming && !s.SetBody.IsSet()
}

// appendURI writes the request target: the one of proxy_pass, the client's own, or a mix of the two.
func (t *target) appendURI(b []byte, x *web.Exchange, e *exchange) []byte {
	if t.pass.dynamic != nil && len(e.to.uri) > 0 {
		return append(b, e.to.uri...)
	}
	if len(e.to.uri) == 0 && x.Unchanged() {
		return append(b, x.Target()...)
	}
	path := x.URI
	if len(e.to.uri) > 0 && x.InLocation() {
		b = append(b, e.to.uri...)
		path = path[min(t.prefix, len(path)):]
	}
	if x.Req.QuotedURI || x.Internal {
		b = http1.EscapeURI(b, path, http1.EscapeURIPath)
	} else {
		b = append(b, path...)
	}
	if len(x.Args) > 0 {
		b = append(append(b, '?'), x.Args...)
	}
	return b
}
