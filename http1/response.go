package http1

import "understudy/ascii"

// Response is the head of an upstream's answer. The zero value is ready; Reset makes it ready again.
type Response struct {
	Status     int
	StatusText Span // from the status code to the end of the line: "200 OK"
	Version    uint16

	Headers []Header // Invalid: repeated, logged by nginx (AppendRepeated) and not passed on
	// Known holds index+1 of the first header with that id, 0 if absent.
	Known [NumHeaders]uint16

	ContentLength int64 // -1: none (or Chunked)
	Chunked       bool
	ConnClose     bool // Connection has "close", or the version is below 1.1
	ConnKeepAlive bool // Connection has "keep-alive"
	Upgrade       bool // has Upgrade
	Repeated      bool // some header is Invalid

	phase  phase
	failed Error
	state  statusState
	seen   uint8 // letters of "HTTP/", then digits of the code
	major  uint16
	minor  uint16
	head   headScan
	hdr    Header
	prev   Header
}

// Reset makes r ready for the next response.
func (r *Response) Reset() {
	h := r.Headers[:0]
	*r = Response{Headers: h}
}

// Pos is where the first line starts that has not been read completely.
func (r *Response) Pos() int { return r.head.pos }

// LineDone says whether the status line has been read without error.
func (r *Response) LineDone() bool { return r.phase > phaseLine }

// SkipLine makes r read a head without a status line, as CGI applications send it, unless it has read more already.
func (r *Response) SkipLine() {
	if r.phase == phaseLine {
		r.phase, r.ContentLength = phaseHeaders, -1
	}
}

// Parse reads a response head from the start of b and returns its length including the empty line; 0, nil when more
// bytes are needed (call again with the same bytes and more behind them). The error is an Error and stays; ErrNoHeader
// means that the bytes are not HTTP/1 (nginx then passes all of them on as the body of a 200).
//
// An interim response (100, 103) is a head like any other: Reset and parse what follows it. nginx applies no rules to
// the headers of a 103.
func (r *Response) Parse(b []byte) (int, error) {
	if r.failed != errNone {
		return 0, r.failed
	}
	if r.phase == phaseLine {
		done, e := r.statusLine(b)
		if e != errNone {
			return 0, r.fail(e)
		}
		if !done {
			return 0, nil
		}
	}
	for r.phase == phaseHeaders {
		switch r.head.next(b, true, true) {
		case scanMore:
			return 0, nil
		case scanBad:
			return 0, r.fail(ErrUpstreamBadHeader)
		case scanDone:
			r.phase = phaseDone
			r.Upgrade = r.Known[HdrUpgrade] != 0
		case scanLine:
			if e := r.header(b); e != errNone {
				return 0, r.fail(e)
			}
		}
	}
	return r.head.pos, nil
}

// ParseTrailers reads the trailer section that follows the last chunk of a body whose decoder keeps trailers, from the
// start of b; the trailers are then in Headers, without any rule applied. Use it on a Response of its own.
func (r *Response) ParseTrailers(b []byte) (int, error) {
	if r.failed != errNone {
		return 0, r.failed
	}
	for {
		switch r.head.next(b, true, false) {
		case scanMore:
			return 0, nil
		case scanBad:
			return 0, r.fail(ErrUpstreamBadTrailer)
		case scanDone:
			return r.head.pos, nil
		case scanLine:
			r.Headers = append(r.Headers, r.head.header)
		}
	}
}

func (r *Response) fail(e Error) Error {
	r.failed = e
	return e
}

// onceIgnored are the headers of which nginx passes on only the first and ignores the others.
var onceIgnored = [NumHeaders]bool{
	HdrStatus: true, HdrContentType: true, HdrDate: true, HdrLastModified: true, HdrETag: true, HdrServer: true,
	HdrLocation: true, HdrRefresh: true, HdrExpires: true, HdrXAccelExpires: true, HdrXAccelRedirect: true,
	HdrXAccelLimitRate: true,
}

func (r *Response) header(b []byte) Error {
	h := r.head.header
	if len(r.Headers) >= maxHeaders {
		return ErrUpstreamBadHeader
	}
	id := h.ID
	first := id == HdrNone || r.Known[id] == 0
	if !first && onceIgnored[id] && r.Status != 103 {
		h.Invalid = true
		r.Repeated = true
	}
	r.Headers = append(r.Headers, h)
	if id == HdrNone {
		return errNone
	}
	if first {
		r.Known[id] = uint16(len(r.Headers))
	}
	if r.Status == 103 {
		return errNone
	}
	v := h.Value.Of(b)
	switch id {
	case HdrContentLength, HdrTransferEncoding:
		r.hdr = h
		switch {
		case !first:
			r.prev = r.Headers[r.Known[id]-1]
			return ErrUpstreamDuplicateHeader
		case r.Known[HdrContentLength] != 0 && r.Known[HdrTransferEncoding] != 0:
			return ErrUpstreamCLAndTE
		case id == HdrTransferEncoding:
			if !ascii.EqualFold(v, "chunked") {
				return ErrUpstreamBadTransferEncoding
			}
			r.Chunked = true
		default:
			if r.ContentLength = parseLength(v); r.ContentLength < 0 {
				return ErrUpstreamBadContentLength
			}
		}
	case HdrConnection:
		r.ConnClose = r.ConnClose || ascii.IndexFold(v, "close") >= 0
		r.ConnKeepAlive = r.ConnKeepAlive || ascii.IndexFold(v, "keep-alive") >= 0
	}
	return errNone
}

// Header finds the first header with that id.
func (r *Response) Header(id HeaderID) (Header, bool) {
	if k := r.Known[id]; k != 0 {
		return r.Headers[k-1], true
	}
	return Header{}, false
}

// Value is the value of the first header with that id; nil if absent.
func (r *Response) Value(b []byte, id HeaderID) []byte {
	if k := r.Known[id]; k != 0 {
		return r.Headers[k-1].Value.Of(b)
	}
	return nil
}

// AppendError writes nginx's log text for the error that Parse returned, with the parts of the message it quotes.
func (r *Response) AppendError(dst, b []byte) []byte {
	return r.failed.appendError(dst, b, r.hdr, r.prev, r.head.bad())
}

// AppendRepeated writes nginx's log text (level warn) for a header marked Invalid.
func (r *Response) AppendRepeated(dst, b []byte, h Header) []byte {
	dst = ErrUpstreamDuplicateHeader.appendError(dst, b, h, r.Headers[r.Known[h.ID]-1], Span{})
	return append(dst, ", ignored"...)
}

type statusState uint8

const (
	statusProtocol statusState = iota
	statusMajorFirst
	statusMajor
	statusMinorFirst
	statusMinor
	statusCode
	statusSpace
	statusText
	statusAlmostDone
)

// statusLine reads the status line, going on where it stopped.
func (r *Response) statusLine(b []byte) (bool, Error) {
	for p := r.head.scan; p < len(b); p++ {
		c := b[p]
		switch r.state {
		case statusProtocol:
			if c != "HTTP/"[r.seen] {
				return false, ErrNoHeader
			}
			if r.seen++; int(r.seen) == len("HTTP/") {
				r.seen = 0
				r.state = statusMajorFirst
			}

		case statusMajorFirst:
			if c < '1' || c > '9' {
				return false, ErrNoHeader
			}
			r.major = uint16(c - '0')
			r.state = statusMajor

		case statusMajor:
			switch {
			case c == '.':
				r.state = statusMinorFirst
			case !isDigit(c) || r.major > 99:
				return false, ErrNoHeader
			default:
				r.major = r.major*10 + uint16(c-'0')
			}

		case statusMinorFirst:
			if !isDigit(c) {
				return false, ErrNoHeader
			}
			r.minor = uint16(c - '0')
			r.state = statusMinor

		case statusMinor:
			switch {
			case c == ' ':
				r.state = statusCode
			case !isDigit(c) || r.minor > 99:
				return false, ErrNoHeader
			default:
				r.minor = r.minor*10 + uint16(c-'0')
			}

		case statusCode:
			if c == ' ' {
				continue
			}
			if !isDigit(c) {
				return false, ErrNoHeader
			}
			r.Status = r.Status*10 + int(c-'0')
			if r.seen++; r.seen == 3 {
				r.StatusText.Off = uint32(p - 2)
				r.state = statusSpace
			}

		case statusSpace:
			switch c {
			case ' ', '.': // IIS sends 403.1
				r.state = statusText
			case '\r':
				r.state = statusAlmostDone
			case '\n':
				return r.statusComplete(p, p)
			default:
				return false, ErrNoHeader
			}

		case statusText:
			switch c {
			case '\r':
				r.state = statusAlmostDone
			case '\n':
				return r.statusComplete(p, p)
			}

		case statusAlmostDone:
			if c != '\n' {
				return false, ErrNoHeader
			}
			return r.statusComplete(p-1, p)
		}
	}
	r.head.scan = max(r.head.scan, len(b))
	return false, errNone
}

func (r *Response) statusComplete(end, lf int) (bool, Error) {
	r.StatusText.End = uint32(end)
	r.head.pos, r.head.scan = lf+1, lf+1
	version := uint32(r.major)*1000 + uint32(r.minor)
	r.Version = uint16(min(version, 1<<16-1))
	r.ContentLength = -1
	if version < 1001 {
		if r.Status == 103 {
			return false, ErrEarlyHints10
		}
		r.ConnClose = true
	}
	r.phase = phaseHeaders
	return true, errNone
}
