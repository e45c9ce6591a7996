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
	i := s.pos
	for i < len(b) && lower[b[i]] != 0 {
		i++
	}
	if i >= len(b) {
		return scanMore
	}
	if i == s.pos {
		switch {
		case b[i] == '\n':
			s.pos = i + 1
			return scanDone
		case b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n':
			s.pos = i + 2
			return scanDone
		}
		return scanMore
	}
	if b[i] != ':' {
		return scanMore
	}
	nameEnd := i
	for i++; i < len(b) && b[i] == ' '; i++ {
	}
	start := i
	end := lineEnd(b, i)
	if end < 0 {
		return scanMore
	}
	next := end + 1
	if end > start && b[end-1] == '\r' {
		end--
	}
	for end > start && b[end-1] == ' ' {
		end--
	}
	s.header = Header{Name: span(s.pos, nameEnd), Value: span(start, end)}
	s.name, s.invalid, s.pos = s.pos, false, next
	return scanLine
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
				return s.complete(p, scanDone)
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
					return s.complete(p, scanLine)
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
				return s.complete(p, scanLine)
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
					return s.complete(p, scanLine)
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
				return s.complete(p, scanLine)
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
				return s.complete(p, scanLine)
			case '\r':
			default:
				return scanBad
			}

		case headEmptyLine:
			if c == '\n' {
				return s.complete(p, scanDone)
			}
			return scanBad
		}
	}
	s.scan = max(s.scan, len(b))
	return scanMore
}

func (s *headScan) complete(p int, r scanResult) scanResult {
	s.pos, s.scan, s.state = p+1, p+1, headStart
	if r == scanLine {
		s.header.ID, s.header.Invalid = HdrNone, false
	}
	return r
}

// bad is the part of an unreadable line that nginx quotes; the byte behind it is the one it names.
func (s *headScan) bad() Span { return span(s.name, s.end) }
