package http1

import "bytes"

// The request line. An ordinary complete line ("GET /path HTTP/1.1") goes through fastLine; anything else through
// slowLine, which is the whole grammar and can stop and go on at any byte.

type lineState uint8

const (
	lineStart lineState = iota
	lineMethod
	lineSpacesBeforeTarget
	lineSchema
	lineSchemaSlash
	lineSchemaSlashSlash
	lineSpacesBeforeHost
	lineHostStart
	lineHost
	lineHostEnd
	lineIPLiteral
	linePortStart
	linePort
	lineTarget
	lineSpacesAfterTarget
	lineProtocol
	lineMajorFirst
	lineMajor
	lineMinorFirst
	lineMinor
	lineSpacesAfterVersion
	lineAlmostDone
)

// The eight bytes of the usual versions, as load64 sees them.
const (
	http10 = 'H' | 'T'<<8 | 'T'<<16 | 'P'<<24 | '/'<<32 | '1'<<40 | '.'<<48 | '0'<<56
	http11 = http10 + 1<<56
)

// fastLine reads an ordinary line; false: it is not one, or not complete, and nothing has changed but empty lines skipped.
func (r *Request) fastLine(b []byte) bool {
	if r.state != lineStart {
		return false
	}
	p := r.head.scan
	for p < len(b) && (b[p] == '\r' || b[p] == '\n') {
		p++
	}
	r.head.pos, r.head.scan = p, p
	lf := bytes.IndexByte(b[p:], '\n')
	if lf < 0 {
		return false
	}
	next := p + lf + 1
	end := next - 1
	if end > p && b[end-1] == '\r' {
		end--
	}
	if end-p < len("M / HTTP/1.1") {
		return false
	}
	switch load64(b[end-8:]) {
	case http11:
		r.minor = 1
	case http10:
		r.minor = 0
	default:
		return false
	}
	if b[end-9] != ' ' {
		return false
	}
	m := p
	for m < end && methodChar[b[m]] {
		m++
	}
	if m == p || b[m] != ' ' || b[m+1] != '/' {
		return false
	}
	method := MethodOf(b[p:m])
	if method == MethodConnect {
		return false
	}
	if !r.splitTarget(b, span(m+1, end-9)) {
		return false
	}
	r.major = 1
	r.Method, r.MethodText = method, span(p, m)
	r.Line = span(p, end)
	r.Protocol = span(end-8, end)
	r.head.pos = next
	return true
}

// slowLine goes on with the line where it stopped.
func (r *Request) slowLine(b []byte) (bool, Error) {
	for p := r.head.scan; p < len(b); p++ {
		c := b[p]
		switch r.state {
		case lineStart:
			r.head.pos = p
			if c == '\r' || c == '\n' {
				continue
			}
			if !methodChar[c] {
				return false, ErrBadMethod
			}
			r.Line.Off, r.MethodText.Off = uint32(p), uint32(p)
			r.state = lineMethod

		case lineMethod:
			if methodChar[c] {
				continue
			}
			if c != ' ' {
				return false, ErrBadMethod
			}
			r.MethodText.End = uint32(p)
			r.Method = MethodOf(r.MethodText.Of(b))
			r.state = lineSpacesBeforeTarget
			if r.Method == MethodConnect {
				r.state = lineSpacesBeforeHost
			}

		case lineSpacesBeforeTarget:
			switch {
			case c == '/':
				r.Target.Off = uint32(p)
				r.state = lineTarget
			case isAlpha(c):
				r.Schema.Off = uint32(p)
				r.state = lineSchema
			case c != ' ':
				return false, ErrBadRequestLine
			}

		case lineSchema:
			switch {
			case isAlpha(c) || isDigit(c) || c == '+' || c == '-' || c == '.':
			case c == ':':
				r.Schema.End = uint32(p)
				r.state = lineSchemaSlash
			default:
				return false, ErrBadRequestLine
			}

		case lineSchemaSlash, lineSchemaSlashSlash:
			if c != '/' {
				return false, ErrBadRequestLine
			}
			r.state++
			if r.state == lineSpacesBeforeHost {
				r.state = lineHostStart
			}

		case lineSpacesBeforeHost, lineHostStart, lineHost, lineHostEnd, lineIPLiteral, linePortStart, linePort:
			if !r.host(c, p) {
				return false, ErrBadRequestLine
			}

		case lineTarget:
			switch {
			case c == ' ':
				r.Target.End = uint32(p)
				r.state = lineSpacesAfterTarget
			case c == '\r' || c == '\n':
				r.Target.End = uint32(p)
				r.minor = 9
				if c == '\n' {
					return r.lineComplete(b, p, p), errNone
				}
				r.state = lineAlmostDone
			case c < ' ' || c == 0x7f:
				return false, ErrBadRequestLine
			}

		case lineSpacesAfterTarget:
			switch c {
			case ' ':
			case '\r':
				r.minor = 9
				r.state = lineAlmostDone
			case '\n':
				r.minor = 9
				return r.lineComplete(b, p, p), errNone
			case 'H':
				r.Protocol.Off = uint32(p)
				r.proto = 1
				r.state = lineProtocol
			default:
				return false, ErrBadRequestLine
			}

		case lineProtocol:
			if c != "HTTP/"[r.proto] {
				return false, ErrBadRequestLine
			}
			if r.proto++; int(r.proto) == len("HTTP/") {
				// CONNECT has no path: the slash of "HTTP/" serves as one, as in nginx
				if r.Method == MethodConnect {
					r.Target = span(p, p+1)
				}
				r.state = lineMajorFirst
			}

		default:
			done, e := r.version(b, c, p)
			if done || e != errNone {
				return done, e
			}
		}
	}
	r.head.scan = max(r.head.scan, len(b))
	return false, errNone
}

// version reads from the major version to the end of the line.
func (r *Request) version(b []byte, c byte, p int) (bool, Error) {
	switch r.state {
	case lineMajorFirst:
		if c < '1' || c > '9' {
			return false, ErrBadRequestLine
		}
		if r.major = uint16(c - '0'); r.major > 1 {
			return false, ErrBadVersion
		}
		r.state = lineMajor

	case lineMajor:
		switch {
		case c == '.':
			r.state = lineMinorFirst
		case isDigit(c):
			return false, ErrBadVersion // 10 and more
		default:
			return false, ErrBadRequestLine
		}

	case lineMinorFirst:
		if !isDigit(c) {
			return false, ErrBadRequestLine
		}
		r.minor = uint16(c - '0')
		r.state = lineMinor

	case lineMinor:
		switch {
		case c == '\r':
			r.state = lineAlmostDone
		case c == '\n':
			return r.lineComplete(b, p, p), errNone
		case c == ' ':
			r.state = lineSpacesAfterVersion
		case !isDigit(c) || r.minor > 99:
			return false, ErrBadRequestLine
		default:
			r.minor = r.minor*10 + uint16(c-'0')
		}

	case lineSpacesAfterVersion:
		switch c {
		case ' ':
		case '\r':
			r.state = lineAlmostDone
		case '\n':
			return r.lineComplete(b, p, p), errNone
		default:
			return false, ErrBadRequestLine
		}

	case lineAlmostDone:
		if c != '\n' {
			return false, ErrBadRequestLine
		}
		return r.lineComplete(b, p-1, p), errNone
	}
	return false, errNone
}

// host reads one byte of the host part of an absolute-form target or of CONNECT's host:port.
func (r *Request) host(c byte, p int) bool {
	connect := r.Method == MethodConnect
	switch r.state {
	case lineSpacesBeforeHost, lineHostStart:
		if c == ' ' && r.state == lineSpacesBeforeHost {
			return true
		}
		r.HostPort.Off, r.Host.Off = uint32(p), uint32(p)
		if c == '[' {
			r.state = lineIPLiteral
			return true
		}
		r.state = lineHost
		return hostChar[c] || r.hostEnd(c, p, connect)
	case lineHost:
		return hostChar[c] || r.hostEnd(c, p, connect)
	case lineIPLiteral:
		if c == ']' {
			r.state = lineHostEnd
			return true
		}
		return ipLiteralChar[c]
	case lineHostEnd:
		return r.hostEnd(c, p, connect)
	case linePortStart:
		r.state = linePort
		if isDigit(c) {
			return true
		}
		return !connect && r.targetAfterHost(c, p)
	}
	switch { // linePort
	case isDigit(c):
		return true
	case !connect:
		return r.targetAfterHost(c, p)
	case c != ' ':
		return false
	}
	r.HostPort.End = uint32(p)
	r.state = lineSpacesAfterTarget
	return true
}

func (r *Request) hostEnd(c byte, p int, connect bool) bool {
	r.Host.End = uint32(p)
	if c == ':' {
		r.state = linePortStart
		return true
	}
	return !connect && r.targetAfterHost(c, p)
}

func (r *Request) targetAfterHost(c byte, p int) bool {
	r.HostPort.End = uint32(p)
	switch c {
	case '/':
		r.Target.Off = uint32(p)
		r.state = lineTarget
	case '?':
		r.Target.Off = uint32(p)
		r.EmptyPathInURI = true
		r.state = lineTarget
	case ' ':
		// no path: the first slash behind the scheme serves as one, as in nginx
		r.Target = Span{r.Schema.End + 1, r.Schema.End + 2}
		r.state = lineSpacesAfterTarget
	default:
		return false
	}
	return true
}

// lineComplete notes the end of the line: its text ends at end, its line feed is at lf.
func (r *Request) lineComplete(b []byte, end, lf int) bool {
	r.Line.End = uint32(end)
	r.splitTarget(b, r.Target)
	if r.Protocol.Off != 0 {
		r.Protocol.End = uint32(end)
	}
	r.head.pos = lf + 1
	return true
}

// finishLine works out what the line means.
func (r *Request) finishLine(b []byte) Error {
	r.Version = r.major*1000 + r.minor
	if r.Version == 9 && r.Method != MethodGet {
		return ErrBadMethod09
	}
	r.ContentLength = -1
	r.head.scan = r.head.pos
	r.phase = phaseHeaders
	if !r.HostPort.Empty() || r.Schema.End != 0 {
		switch e := r.server(b, r.HostPort); e {
		case errNone:
		case ErrBadHost:
			return ErrBadHostInLine
		default:
			return e
		}
	}
	if r.Version < 1000 {
		r.phase = phaseDone
	}
	return errNone
}

// splitTarget finds path and arguments, and whether the path needs normalising. false: t has a byte that no target may
// have (slowLine has seen to that already).
func (r *Request) splitTarget(b []byte, t Span) bool {
	text := t.Of(b)
	end, args, cut := len(text), len(text), len(text)
	complexPath, quoted, plus := false, false, false
	slash := -2 // where the last slash was
	i := 0
path:
	for i < len(text) {
		if i+8 <= len(text) {
			if m := oddInTarget(load64(text[i:])); m == 0 {
				i += 8
				continue
			} else {
				i += firstByte(m)
			}
		}
		switch uriClass[text[i]] {
		case uriBad:
			return false
		case uriSlash:
			complexPath = complexPath || slash == i-1
			slash = i
		case uriDot:
			complexPath = complexPath || slash == i-1
		case uriPercent:
			quoted = true
		case uriPlus:
			plus = true
		case uriQuestion, uriHash:
			end = i
			break path
		}
		i++
	}
	if i < len(text) && text[i] == '?' {
		args = i + 1
	}
	for i < len(text) {
		if i+8 <= len(text) {
			if m := oddInTarget(load64(text[i:])); m == 0 {
				i += 8
				continue
			} else {
				i += firstByte(m)
			}
		}
		switch uriClass[text[i]] {
		case uriBad:
			return false
		case uriHash:
			complexPath = true
			cut = min(cut, i)
		}
		i++
	}
	r.Target, r.Path, r.Args = t, Span{t.Off, t.Off + uint32(end)}, Span{}
	if r.HasArgs = end < len(text) && text[end] == '?'; r.HasArgs {
		r.Args = Span{t.Off + uint32(args), t.Off + uint32(cut)}
	}
	r.Complex, r.QuotedURI, r.PlusInURI = complexPath, quoted, plus
	return true
}
