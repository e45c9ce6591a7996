package http1

import "bytes"

// headScan cuts a head into header lines, for requests and responses. A complete ordinary line goes through fast; whatever
// is incomplete or odd goes through slow, which keeps its state so that no byte is looked at twice by it.
type headScan struct {
	pos     int // start of the current line; behind it once it is complete
	scan    int // how far slow has come, when it is in a line
	state   headState
	invalid bool // the name has bytes that nginx does not like
	header  Header
	name    int // start of the name, for messages
	end     int // where the value or the reading ended, for messages
}

type scanResult uint8

const (
	scanMore scanResult = iota // needs more bytes
	scanLine                   // header holds a line
	scanDone                   // the empty line; pos is behind it
	scanBad                    // refused
)

type headState uint8

const (
	headStart headState = iota
	headName
	headSpaceBeforeValue
	headValue
	headSpaceAfterValue
	headIgnore     // a second "HTTP/1.1 200 OK" line inside a response head
	headAlmostDone // CR seen at the end of a header line
	headEmptyLine  // CR seen at the start of a line
)

// next reads one line of the head b. underscores: '_' is an ordinary byte of names. response: skip repeated status lines.
func (s *headScan) next(b []byte, underscores, response bool) scanResult {
	if s.state == headStart {
		if r := s.fast(b); r != scanMore {
			return r
		}
		s.scan = s.pos
	}
	return s.slow(b, underscores, response)
}

// fast takes a complete line with an ordinary name and value. scanMore: it is not that.
func (s *headScan) fast(b []byte) scanResult {
	pos := s.pos
	if pos+2 <= len(b) && b[pos] == '\r' && b[pos+1] == '\n' {
		s.pos = pos + 2
		return scanDone
	}
	colon, id := headerName(b, pos)
	if colon < 0 {
		return scanMore
	}
	start := colon + 1
	for start < len(b) && b[start] == ' ' {
		start++
	}
	end := lineEnd(b, start)
	if end < 0 {
		return scanMore
	}
	s.name, s.invalid, s.pos = pos, false, end+1
	if end > start && b[end-1] == '\r' {
		end--
	}
	for end > start && b[end-1] == ' ' {
		end--
	}
	s.header = Header{Name: span(pos, colon), Value: span(start, end), ID: id}
	return scanLine
}

// headerName finds the colon behind an ordinary name that starts at pos, and the name's id; -1 if there is no such name. The
// bytes of a known name need no check of their own.
func headerName(b []byte, pos int) (int, HeaderID) {
	const colons = ones * ':'
	i := pos
	for i+8 <= len(b) {
		w := load64(b[i:]) ^ colons
		if m := (w - ones) &^ w & (ones * 0x80); m != 0 {
			i += firstByte(m)
			if n := i - pos; n <= maxKnown && pos+n+8 <= len(b) {
				if id := lookup(b[pos:], n); id != HdrNone {
					return i, id
				}
			}
			break
		}
		i += 8
		if i-pos > maxKnown {
			break
		}
	}
	i = pos
	for i < len(b) && lower[b[i]] != 0 {
		i++
	}
	if i == pos || i >= len(b) || b[i] != ':' {
		return -1, HdrNone
	}
	return i, Lookup(b[pos:i])
}

// lineEnd finds the line feed of a header value that starts at i, or -1 if there is none yet or the value has a NUL or a
// carriage return before its end. Short values are searched eight bytes at a time for all three at once.
func lineEnd(b []byte, i int) int {
	for limit := i + 64; i+8 <= len(b) && i < limit; {
		m := controls(load64(b[i:]))
		if m == 0 {
			i += 8
			continue
		}
		i += firstByte(m)
		switch b[i] {
		case '\n':
			return i
		case '\r':
			if i+1 < len(b) && b[i+1] == '\n' {
				return i + 1
			}
			return -1
		case 0:
			return -1
		}
		i++
	}
	n := bytes.IndexByte(b[i:], '\n')
	if n < 0 {
		return -1
	}
	rest := b[i : i+n]
	if n > 0 && rest[n-1] == '\r' {
		rest = rest[:n-1]
	}
	if bytes.IndexByte(rest, '\r') >= 0 || bytes.IndexByte(rest, 0) >= 0 {
		return -1
	}
	return i + n
}

// slow is the whole grammar, byte by byte, resumable anywhere.
func (s *headScan) slow(b []byte, underscores, response bool) scanResult {
	h := &s.header
	for p := s.scan; p < len(b); p++ {
		c := b[p]
		switch s.state {
		case headStart:
			s.name, s.end, s.invalid = p, p, false
			switch {
			case c == '\r':
				s.state = headEmptyLine
				continue
			case c == '\n':
				return s.complete(b, p, scanDone)
			case c == ':' || c <= ' ' || c == 0x7f:
				return scanBad
			}
			h.Name = span(p, p)
			s.state = headName
			s.invalid = lower[c] == 0 && (c != '_' || !underscores)

		case headName:
			if lower[c] != 0 {
				continue
			}
			switch {
			case c == '_':
				s.invalid = s.invalid || !underscores
			case c == ':':
				h.Name = span(s.name, p)
				s.state = headSpaceBeforeValue
			case c == '\r' || c == '\n':
				h.Name, h.Value = span(s.name, p), span(p, p)
				s.end = p
				if c == '\n' {
					return s.complete(b, p, scanLine)
				}
				s.state = headAlmostDone
			case c == '/' && response && p-s.name == 4 && string(b[s.name:p]) == "HTTP":
				s.state = headIgnore
			case c <= ' ' || c == 0x7f:
				s.end = p
				return scanBad
			default:
				s.invalid = true
			}

		case headSpaceBeforeValue:
			if c == ' ' {
				continue
			}
			h.Value = span(p, p)
			s.end = p
			switch c {
			case '\r':
				s.state = headAlmostDone
			case '\n':
				return s.complete(b, p, scanLine)
			case 0:
				return scanBad
			default:
				s.state = headValue
			}

		case headValue:
			switch c {
			case ' ', '\r', '\n', 0:
				h.Value.End = uint32(p)
				s.end = p
				switch c {
				case ' ':
					s.state = headSpaceAfterValue
				case '\r':
					s.state = headAlmostDone
				case '\n':
					return s.complete(b, p, scanLine)
				case 0:
					return scanBad
				}
			}

		case headSpaceAfterValue:
			switch c {
			case ' ':
			case '\r':
				s.state = headAlmostDone
			case '\n':
				return s.complete(b, p, scanLine)
			case 0:
				s.end = p
				return scanBad
			default:
				s.state = headValue
			}

		case headIgnore:
			if c == '\n' {
				s.pos, s.state = p+1, headStart
			}

		case headAlmostDone:
			switch c {
			case '\n':
				return s.complete(b, p, scanLine)
			case '\r':
			default:
				return scanBad
			}

		case headEmptyLine:
			if c == '\n' {
				return s.complete(b, p, scanDone)
			}
			return scanBad
		}
	}
	s.scan = max(s.scan, len(b))
	return scanMore
}

func (s *headScan) complete(b []byte, p int, r scanResult) scanResult {
	s.pos, s.scan, s.state = p+1, p+1, headStart
	s.header.ID = HdrNone
	if r == scanLine && !s.invalid {
		s.header.ID = Lookup(s.header.Name.Of(b))
	}
	return r
}

// bad is the part of an unreadable line that nginx quotes; the byte behind it is the one it names.
func (s *headScan) bad() Span { return span(s.name, s.end) }
