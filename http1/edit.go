package http1

import "understudy/ascii"

// A head whose fields are changed after it has been read. The spans of what is put in point into the same bytes as all others.

// ReplaceHeader gives the header at index i another value.
func (r *Request) ReplaceHeader(b []byte, i int, value Span) {
	r.Headers[i].Value = value
	r.derive(b, r.Headers[i].ID)
}

// AppendHeader adds a header behind the others; without room (65535 headers) it does nothing.
func (r *Request) AppendHeader(b []byte, name, value Span) {
	if len(r.Headers) == maxHeaders {
		return
	}
	h := Header{Name: name, Value: value, ID: Lookup(name.Of(b))}
	r.Headers = append(r.Headers, h)
	if h.ID != HdrNone && r.Known[h.ID] == 0 {
		r.Known[h.ID] = uint16(len(r.Headers))
	}
	r.derive(b, h.ID)
}

// DropHeader takes the header at index i away.
func (r *Request) DropHeader(b []byte, i int) {
	id := r.Headers[i].ID
	r.Headers = append(r.Headers[:i], r.Headers[i+1:]...)
	r.Known = [NumHeaders]uint16{}
	for at := range r.Headers {
		if id := r.Headers[at].ID; id != HdrNone && r.Known[id] == 0 {
			r.Known[id] = uint16(at + 1)
		}
	}
	r.derive(b, id)
}

// derive works out again what a header of this kind says of the request. A length that is none counts as 0.
func (r *Request) derive(b []byte, id HeaderID) {
	v := r.Value(b, id)
	switch id {
	case HdrContentLength:
		if r.ContentLength = -1; v != nil {
			r.ContentLength = max(parseLength(v), 0)
		}
	case HdrConnection:
		r.ConnClose = ascii.IndexFold(v, "close") >= 0
		r.ConnKeepAlive = !r.ConnClose && ascii.IndexFold(v, "keep-alive") >= 0
	case HdrUpgrade:
		r.Upgrade = v != nil
	case HdrExpect:
		r.ExpectContinue = ascii.EqualFold(v, "100-continue")
	}
}

// CutHost gives the name in a value of Host, without port and last dot; false if it is not one.
func CutHost(v []byte) (name []byte, ok bool) {
	h, ok := checkHost(v)
	if !ok {
		return nil, false
	}
	return v[:h.end], true
}
