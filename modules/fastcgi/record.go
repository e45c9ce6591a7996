package fastcgi

import "fmt"

// Types of records.
const (
	typeBegin  = 1
	typeEnd    = 3
	typeParams = 4
	typeStdin  = 5
	typeStdout = 6
	typeStderr = 7
)

const (
	version    = 1
	headerSize = 8
	maxContent = 65535
)

// appendHeader appends a record's header (all requests have the number 1); its content and padding follow.
func appendHeader(b []byte, kind byte, n int) []byte {
	return append(b, version, kind, 0, 1, byte(n>>8), byte(n), byte(padding(n)), 0)
}

// padding is how many bytes follow a content of n bytes, so that the next record is aligned to 8 bytes.
func padding(n int) int { return -n & 7 }

var zeros [8]byte

func appendPadding(b []byte, n int) []byte { return append(b, zeros[:padding(n)]...) }

// appendPair appends a name-value pair of a params record.
func appendPair(b, name, value []byte) []byte {
	b = appendLength(appendLength(b, len(name)), len(value))
	return append(append(b, name...), value...)
}

func appendLength(b []byte, n int) []byte {
	if n > 127 {
		return append(b, byte(n>>24)|0x80, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, byte(n))
}

// reader takes records apart that come in pieces of any size. The zero value is ready.
type reader struct {
	header  int // bytes of the header that have come; all: its content or padding is under way
	kind    byte
	length  int    // of the content that is to come
	padding int    // that is to come behind it
	fault   string // what is wrong with a record; nothing is read any more
}

// event is what a reader has come upon.
type event uint8

const (
	needMore event = iota
	stdout         // some content
	stderr         // the same
	closed         // an empty stdout record
	ending         // the header of an end-of-request record
	finished       // that record is complete
	faulty         // no record of an answer: fault says why
)

// next gives the next thing in p: its bytes, and what is behind it.
func (r *reader) next(p []byte) (ev event, content, rest []byte) {
	for {
		switch {
		case r.fault != "":
			return faulty, nil, nil
		case r.header < headerSize:
			if len(p) == 0 {
				return needMore, nil, nil
			}
			r.take(p[0])
			p = p[1:]
			if r.header < headerSize || r.fault != "" {
				continue
			}
			if r.kind == typeStdout && r.length == 0 {
				return closed, nil, p
			}
			if r.kind == typeEnd {
				return ending, nil, p
			}
		case r.length > 0:
			n := min(r.length, len(p))
			if n == 0 {
				return needMore, nil, nil
			}
			r.length -= n
			content, p = p[:n], p[n:]
			switch r.kind {
			case typeStdout:
				return stdout, content, p
			case typeStderr:
				return stderr, content, p
			}
		default:
			n := min(r.padding, len(p))
			r.padding -= n
			p = p[n:]
			if r.padding > 0 {
				return needMore, nil, nil
			}
			if r.header = 0; r.kind == typeEnd {
				return finished, nil, p
			}
		}
	}
}

// take reads one byte of a record's header (ngx_http_fastcgi_process_record).
func (r *reader) take(c byte) {
	switch r.header {
	case 0:
		if c != version {
			r.fault = fmt.Sprintf("upstream sent unsupported FastCGI protocol version: %d", c)
		}
	case 1:
		if r.kind = c; c != typeStdout && c != typeStderr && c != typeEnd {
			r.fault = fmt.Sprintf("upstream sent invalid FastCGI record type: %d", c)
		}
	case 2:
		if c != 0 {
			r.fault = fmt.Sprintf("upstream sent unexpected FastCGI request id high byte: %d", c)
		}
	case 3:
		if c != 1 {
			r.fault = fmt.Sprintf("upstream sent unexpected FastCGI request id low byte: %d", c)
		}
	case 4:
		r.length = int(c) << 8
	case 5:
		r.length |= int(c)
	case 6:
		r.padding = int(c)
	}
	r.header++
}
