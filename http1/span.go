// Package http1 is the HTTP/1 wire format: request and response heads, chunked bodies, hosts, paths, dates.
// It does no I/O and, on valid input, no allocation: results are offsets into the caller's buffer.
// The rules (what is accepted, what is refused, and when) are nginx's.
package http1

// Span is a part of the caller's head buffer, as offsets from its start. It stays valid when the buffer is moved. In a request line
// that was never complete a span may have begun and not ended (End is 0): such a one is empty.
type Span struct{ Off, End uint32 }

// Of returns the bytes of s in b.
func (s Span) Of(b []byte) []byte {
	if s.End < s.Off {
		return nil
	}
	return b[s.Off:s.End:s.End]
}

// Len is the number of bytes.
func (s Span) Len() int { return max(int(s.End)-int(s.Off), 0) }

// Empty says whether s has no bytes.
func (s Span) Empty() bool { return s.End <= s.Off }

func span(off, end int) Span { return Span{uint32(off), uint32(end)} }

// Header is one header line. Value has no surrounding spaces (tabs stay, as in nginx).
type Header struct {
	Name, Value Span
	ID          HeaderID
	// Invalid: in Request.Ignored, a line dropped by ignore_invalid_headers; in Response.Headers, a repetition of a
	// header that nginx takes once (it is logged and not passed on). Never set in Request.Headers.
	Invalid bool
}
