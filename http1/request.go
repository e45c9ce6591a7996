package http1

import "understudy/ascii"

// RequestOptions are the server's settings that decide how a request head is read.
type RequestOptions struct {
	AllowUnderscores bool // underscores_in_headers on
	KeepInvalid      bool // ignore_invalid_headers off
	AllowConnect     bool // allow_connect on
	MaxHeaders       int  // max_headers; 0: 65535, which is the most this parser can number
	// Server, if set, is asked for the options that hold for the rest of the head as soon as the host is known
	// (from an absolute-form target or from Host), because the host chooses the virtual server.
	Server ServerChooser
}

// ServerChooser chooses the virtual server while the head is being read; r.Server, r.ServerUpper and r.Port are set.
type ServerChooser interface {
	// false: none can be told; the head is refused with ErrNoServer.
	ChooseServer(r *Request, b []byte) (RequestOptions, bool)
}

// maxHeaders is what Known can number.
const maxHeaders = 1<<16 - 1

// Request is a request head. The zero value is ready; Reset makes it ready again and keeps its memory.
type Request struct {
	Method     Method
	MethodText Span
	Line       Span // $request: without the line end and without the empty lines before it
	Target     Span // $request_uri (nginx's unparsed_uri): from the path on, also for the absolute form; "?a" if that had no path
	Protocol   Span // $server_protocol, empty for HTTP/0.9
	Schema     Span // absolute-form: "http"
	Host       Span // absolute-form and CONNECT: host without port
	HostPort   Span // the same with port
	Path       Span // raw path: Target up to '?' or '#'
	Args       Span // after '?'; cut at '#'

	Complex        bool // Path has "//", "/." or the target a '#': NormalizePath it
	QuotedURI      bool // Path has '%': NormalizePath it
	PlusInURI      bool // Path has '+'
	EmptyPathInURI bool // absolute form without path but with '?': NormalizePath gives "/"
	HasArgs        bool // there was a '?'

	Version uint16 // 9, 1000, 1001, ... (major*1000 + minor)

	Headers []Header // in force, in the order sent
	Ignored []Header // dropped by ignore_invalid_headers; each is worth an info log line (AppendIgnored)
	// Known holds index+1 of the first header with that id, 0 if absent.
	Known [NumHeaders]uint16

	Server      Span   // host that names the virtual server: without port and trailing dot; from the target, else from Host
	ServerUpper bool   // Server has upper-case letters: lower-case it before comparing
	Port        uint16 // port given with it, 0 if none

	ContentLength  int64 // -1: none
	Chunked        bool
	ConnClose      bool // the last Connection header that had either contained "close"
	ConnKeepAlive  bool // ... "keep-alive"
	KeepAlive      bool // what version and Connection ask for
	ExpectContinue bool // Expect: 100-continue in HTTP/1.1
	Upgrade        bool // has Upgrade

	phase  phase
	failed Error
	state  lineState
	proto  uint8 // letters of "HTTP/" seen
	major  uint16
	minor  uint16
	opts   RequestOptions
	head   headScan
	hdr    Header // of failed
	prev   Header
}

type phase uint8

const (
	phaseLine phase = iota
	phaseHeaders
	phaseDone
)

// Reset makes r ready for the next request.
func (r *Request) Reset() {
	h, g := r.Headers[:0], r.Ignored[:0]
	*r = Request{Headers: h, Ignored: g}
}

// LineDone says whether the request line has been read; what may be wrong then is the host in it.
func (r *Request) LineDone() bool { return r.phase > phaseLine }

// Length is how many bytes the lines have that were read: of a whole head, but for empty lines before it, or up to the line
// that is no good.
func (r *Request) Length() int {
	if !r.LineDone() {
		return 0
	}
	return r.head.pos - int(r.Line.Off)
}

// Pos is where the first line starts that has not been read completely: what nginx would move to a large header
// buffer. When the head is complete it is the head's length.
func (r *Request) Pos() int { return r.head.pos }

// Scanned is how far the bytes of that line have been looked at.
func (r *Request) Scanned() int { return max(r.head.pos, r.head.scan) }

// Parse reads a request head from the start of b. It returns the head's length including the empty line; 0, nil when
// more bytes are needed: call again with the same bytes and more behind them (the buffer may have moved). The error is an
// Error; it is found as early as nginx finds it, and stays.
//
// A path that NormalizePath refuses is not Parse's business; nginx answers it right after the request line, so a caller
// that wants the same order calls ParseLine first. It does so before the host chooses a server, so merge_slashes is always
// the default server's.
func (r *Request) Parse(b []byte, o RequestOptions) (int, error) {
	if r.phase == phaseLine {
		if n, err := r.ParseLine(b, o); n == 0 || err != nil {
			return 0, err
		}
	}
	if r.failed != errNone {
		return 0, r.failed
	}
	for r.phase == phaseHeaders {
		switch r.head.next(b, r.opts.AllowUnderscores, false) {
		case scanMore:
			return 0, nil
		case scanBad:
			return 0, r.fail(ErrBadHeader)
		case scanDone:
			if e := r.finish(b); e != errNone {
				return 0, r.fail(e)
			}
			r.phase = phaseDone
		case scanLine:
			if e := r.header(b); e != errNone {
				return 0, r.fail(e)
			}
		}
	}
	return r.head.pos, nil
}

// ParseLine reads the request line only. It returns the offset behind it, or 0, nil when more bytes are needed. Parse
// goes on from there. A request of HTTP/0.9 is complete with its line.
func (r *Request) ParseLine(b []byte, o RequestOptions) (int, error) {
	if r.failed != errNone {
		return 0, r.failed
	}
	if r.phase != phaseLine {
		return r.head.pos, nil
	}
	done := r.fastLine(b)
	if !done {
		var e Error
		if done, e = r.slowLine(b); e != errNone {
			return 0, r.fail(e)
		}
	}
	if !done {
		return 0, nil
	}
	r.setOptions(o)
	if e := r.finishLine(b); e != errNone {
		return 0, r.fail(e)
	}
	return r.head.pos, nil
}

func (r *Request) setOptions(o RequestOptions) {
	if o.MaxHeaders <= 0 || o.MaxHeaders > maxHeaders {
		o.MaxHeaders = maxHeaders
	}
	r.opts = o
}

func (r *Request) fail(e Error) Error {
	r.failed = e
	return e
}

// headerKind says what nginx does with a known request header beyond storing it.
var headerKind = [NumHeaders]uint8{
	HdrHost:               kindHost,
	HdrConnection:         kindConnection,
	HdrIfModifiedSince:    kindUnique,
	HdrIfUnmodifiedSince:  kindUnique,
	HdrIfMatch:            kindUnique,
	HdrIfNoneMatch:        kindUnique,
	HdrContentLength:      kindUnique,
	HdrContentRange:       kindUnique,
	HdrIfRange:            kindUnique,
	HdrTransferEncoding:   kindUnique,
	HdrExpect:             kindUnique,
	HdrAuthorization:      kindUnique,
	HdrProxyAuthorization: kindUnique,
}

const (
	kindPlain = iota
	kindUnique
	kindHost
	kindConnection
)

// header takes the line that the scanner has just completed.
func (r *Request) header(b []byte) Error {
	h := r.head.header
	if r.head.invalid && !r.opts.KeepInvalid {
		h.Invalid = true
		r.Ignored = append(r.Ignored, h)
		return errNone
	}
	if len(r.Headers) >= r.opts.MaxHeaders {
		return ErrTooManyHeaders
	}
	id := h.ID
	r.Headers = append(r.Headers, h)
	if id == HdrNone {
		return errNone
	}
	first := r.Known[id] == 0
	if first {
		r.Known[id] = uint16(len(r.Headers))
	}
	switch headerKind[id] {
	case kindUnique:
		if !first {
			r.hdr, r.prev = h, r.Headers[r.Known[id]-1]
			return ErrDuplicateHeader
		}
	case kindHost:
		if !first {
			r.hdr, r.prev = h, r.Headers[r.Known[id]-1]
			return ErrDuplicateHost
		}
		return r.server(b, h.Value)
	case kindConnection:
		switch v := h.Value.Of(b); {
		case ascii.EqualFold(v, "keep-alive"):
			r.ConnClose, r.ConnKeepAlive = false, true
		case ascii.IndexFold(v, "close") >= 0:
			r.ConnClose, r.ConnKeepAlive = true, false
		case ascii.IndexFold(v, "keep-alive") >= 0:
			r.ConnClose, r.ConnKeepAlive = false, true
		}
	}
	return errNone
}

// server checks a host and, if none has been set yet, lets it choose the server. Errors: ErrBadHost, ErrNoServer.
func (r *Request) server(b []byte, s Span) Error {
	h, ok := checkHost(s.Of(b))
	if !ok {
		return ErrBadHost
	}
	if !r.Server.Empty() {
		return errNone
	}
	r.Server = Span{s.Off, s.Off + uint32(h.end)}
	r.ServerUpper, r.Port = h.upper, h.port
	if r.opts.Server != nil {
		o, ok := r.opts.Server.ChooseServer(r, b)
		if !ok {
			return ErrNoServer
		}
		r.setOptions(o)
	}
	return errNone
}

// finish makes the checks that nginx makes when the head is complete, in its order.
func (r *Request) finish(b []byte) Error {
	host, length, coding := r.Known[HdrHost], r.Known[HdrContentLength], r.Known[HdrTransferEncoding]
	if host == 0 && r.Version > 1000 {
		return ErrHostMissing
	}
	if length != 0 {
		if r.ContentLength = parseLength(r.Headers[length-1].Value.Of(b)); r.ContentLength < 0 {
			return ErrBadContentLength
		}
	}
	if coding != 0 {
		h := r.Headers[coding-1]
		switch {
		case r.Version < 1001:
			return ErrTransferEncoding10
		case !ascii.EqualFold(h.Value.Of(b), "chunked"):
			r.hdr = h
			return ErrBadTransferEncoding
		case length != 0:
			return ErrCLAndTE
		}
		r.Chunked = true
	}
	switch r.Method {
	case MethodConnect:
		if r.Version != 1001 || !r.opts.AllowConnect {
			return ErrConnect
		}
		if r.ContentLength > 0 || r.Chunked {
			return ErrConnectBody
		}
	case MethodTrace:
		return ErrTrace
	}
	r.KeepAlive = r.ConnKeepAlive || !r.ConnClose && r.Version > 1000
	r.Upgrade = r.Known[HdrUpgrade] != 0
	if e := r.Known[HdrExpect]; e != 0 && r.Version >= 1001 {
		r.ExpectContinue = ascii.EqualFold(r.Headers[e-1].Value.Of(b), "100-continue")
	}
	return errNone
}

// Header finds the first header with that id.
func (r *Request) Header(id HeaderID) (Header, bool) {
	if k := r.Known[id]; k != 0 {
		return r.Headers[k-1], true
	}
	return Header{}, false
}

// Value is the value of the first header with that id; nil if absent.
func (r *Request) Value(b []byte, id HeaderID) []byte {
	if k := r.Known[id]; k != 0 {
		return r.Headers[k-1].Value.Of(b)
	}
	return nil
}

// Err is the error that Parse returned, or nil.
func (r *Request) Err() error {
	if r.failed == errNone {
		return nil
	}
	return r.failed
}

// AppendError writes nginx's log text for the error that Parse returned, with the parts of the message it quotes.
func (r *Request) AppendError(dst, b []byte) []byte {
	return r.failed.appendError(dst, b, r.hdr, r.prev, r.head.bad())
}

// AppendIgnored writes nginx's log text for a header of r.Ignored.
func (r *Request) AppendIgnored(dst, b []byte, h Header) []byte {
	dst = append(dst, ErrBadHeader.LogText()...)
	dst = append(dst, '"')
	dst = append(dst, b[h.Name.Off:h.Value.End]...)
	return append(dst, '"')
}
