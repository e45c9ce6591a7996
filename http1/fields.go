package http1

// A request whose parts come one by one instead of as text (HTTP/2, HTTP/3). The caller gathers the bytes in a buffer of its
// own, into which the spans point as they do after Parse.

// StartFields begins such a request; version is 2000 for HTTP/2.
func (r *Request) StartFields(version uint16, o RequestOptions) {
	r.Version = version
	r.ContentLength = -1
	r.phase = phaseHeaders
	r.setOptions(o)
}

// Options are the settings in force, those of the chosen server once there is one.
func (r *Request) Options() RequestOptions { return r.opts }

// SetPath takes the request target, which must begin with a slash; false if it has bytes that no target may have.
func (r *Request) SetPath(b []byte, t Span) bool {
	return !t.Empty() && b[t.Off] == '/' && r.splitTarget(b, t)
}

// SetAuthority takes the host that the request names apart from its header fields. It chooses the server. Errors: ErrBadHost,
// ErrNoServer.
func (r *Request) SetAuthority(b []byte, host Span) error {
	r.HostPort = host
	if e := r.server(b, host); e != errNone {
		return e
	}
	return nil
}

// AddField takes one header field with a name that has been checked, as Parse does: errors are those of repeated and
// invalid fields.
func (r *Request) AddField(b []byte, h Header) error {
	h.ID = Lookup(h.Name.Of(b))
	r.head.header, r.head.invalid = h, false
	if e := r.header(b); e != errNone {
		return r.fail(e)
	}
	return nil
}

// AddOwn is AddField for a field that the server makes, which counts for no limit.
func (r *Request) AddOwn(b []byte, h Header) error {
	limit := r.opts.MaxHeaders
	r.opts.MaxHeaders = maxHeaders
	err := r.AddField(b, h)
	r.opts.MaxHeaders = limit
	return err
}

// EndFields completes the request: what Content-Length says. ErrBadContentLength is the only error.
func (r *Request) EndFields(b []byte) error {
	if i := r.Known[HdrContentLength]; i != 0 {
		if r.ContentLength = parseLength(r.Headers[i-1].Value.Of(b)); r.ContentLength < 0 {
			return r.fail(ErrBadContentLength)
		}
	}
	r.phase = phaseDone
	return nil
}

// CheckFieldName tells whether name, in lower case, is one that is taken (ok), one that ignore_invalid_headers drops (ok, odd),
// or one that no field can have.
func CheckFieldName(name string, underscores bool) (odd, ok bool) {
	for i := range len(name) {
		c := name[i]
		switch {
		case lower[c] == c && c != 0, c == '_' && underscores:
		case c <= ' ' || c == 0x7f || c == ':' || c-'A' <= 'Z'-'A':
			return false, false
		default:
			odd = true
		}
	}
	return odd, true
}

// ValidMethod tells whether m has only bytes of methods.
func ValidMethod(m []byte) bool {
	for _, c := range m {
		if !methodChar[c] {
			return false
		}
	}
	return len(m) > 0
}
