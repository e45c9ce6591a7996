package proxy

import (
	"strconv"

	"understudy/http1"
	"understudy/web"
)

// Streams: a body in chunks needs HTTP/1.1 (Protocol).
func (t *overHTTP) Streams(x *web.Exchange) bool {
	return !t.settings.SetBody.IsSet() && (t.settings.HTTPVersion.Is("1.1") || !x.Req.Chunked)
}

// Head reads an answer's head (Protocol).
func (t *overHTTP) Head(b []byte, _ *web.Exchange, e *Exchange) (int, error) {
	return e.answer.Parse(b)
}

// Request writes the head of the request (Protocol, ngx_http_proxy_create_request).
func (t *overHTTP) Request(b []byte, x *web.Exchange, e *Exchange) ([]byte, web.Result) {
	s := t.settings
	plan := s.headers
	if c := e.cached; c != nil && c.cacheable {
		plan = s.cacheHeaders
	}
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
		return b, 500
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

	if e.ownBody = s.SetBody.IsSet(); e.ownBody {
		e.setBody = s.SetBody.Append(e.setBody, x)
	}
	for i := range plan.items {
		h := &plan.items[i]
		start = len(b)
		b = append(append(b, h.name...), ": "...)
		value = len(b)
		switch h.kind {
		case lengthHeader:
			if n, ok := e.internalLength(x); ok {
				b = strconv.AppendInt(b, n, 10)
			}
		case chunkedHeader:
			if e.chunkedBody(x) {
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
	return append(b, "\r\n"...), web.Declined
}

// internalLength is $proxy_internal_body_length.
func (e *Exchange) internalLength(x *web.Exchange) (int64, bool) {
	switch {
	case e.ownBody:
		return int64(len(e.setBody)), true
	case e.chunkedBody(x):
		return 0, false
	case x.Req.Chunked:
		return x.BodyLength(), true
	case x.Req.ContentLength >= 0:
		return x.Req.ContentLength, true
	}
	return 0, false
}

// chunkedBody tells a request body that is passed on in chunks while it is being received.
func (e *Exchange) chunkedBody(x *web.Exchange) bool { return x.Req.Chunked && e.streaming }

// appendURI writes the request target: the one of proxy_pass, the client's own, or a mix of the two.
func (t *overHTTP) appendURI(b []byte, x *web.Exchange, e *Exchange) []byte {
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
