package http1

import "bytes"

// Chunked decodes a chunked body (RFC 9112, section 7.1) as nginx does: sizes in either case, extensions skipped, line
// ends strictly CR LF, trailers skipped unless KeepTrailers. The zero value is ready.
type Chunked struct {
	// KeepTrailers: Next is done right behind the last chunk's line; the trailer section follows (Response.ParseTrailers).
	KeepTrailers bool

	state chunkState
	size  int64
}

type chunkState uint8

const (
	chunkStart chunkState = iota
	chunkSize
	chunkExtension
	chunkExtensionLF
	chunkData
	chunkAfterData
	chunkAfterDataLF
	chunkLastExtension
	chunkLastExtensionLF
	chunkTrailer
	chunkTrailerLF
	chunkTrailerHeader
	chunkTrailerHeaderLF
	chunkDone
)

const maxInt64 = 1<<63 - 1

// Reset makes d ready for the next body; KeepTrailers stays.
func (d *Chunked) Reset() { *d = Chunked{KeepTrailers: d.KeepTrailers} }

// Done says whether the end of the body has been read.
func (d *Chunked) Done() bool { return d.state == chunkDone }

// Remaining is the number of bytes of the current chunk that have not been returned yet.
func (d *Chunked) Remaining() int64 {
	if d.state == chunkData {
		return d.size
	}
	return 0
}

// Next reads from b. data is the next piece of the body, a part of b (nil if b ended before one); consumed counts the bytes
// of b that are used up, data included: call again with the rest until nothing is left or done. At done the bytes behind
// consumed belong to the next message. The error is ErrBadChunk and stays.
func (d *Chunked) Next(b []byte) (data []byte, consumed int, done bool, err error) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch d.state {
		case chunkData:
			n := len(b) - i
			if int64(n) > d.size {
				n = int(d.size)
			}
			if d.size -= int64(n); d.size == 0 {
				d.state = chunkAfterData
			}
			return b[i : i+n : i+n], i + n, false, nil

		case chunkStart, chunkSize:
			v := hexDigit(c)
			if v <= 15 {
				if d.size > maxInt64/16 {
					return d.bad(i)
				}
				d.size = d.size<<4 | int64(v)
				d.state = chunkSize
				continue
			}
			// nginx looks at the limit before it looks at the byte
			if d.state == chunkStart || d.size > maxInt64/16 {
				return d.bad(i)
			}
			next := chunkExtension
			if d.size == 0 {
				next = chunkLastExtension
			}
			switch c {
			case '\r':
				next++
			case ';', ' ', '\t':
			default:
				return d.bad(i)
			}
			d.state = next

		case chunkExtension, chunkLastExtension, chunkTrailerHeader:
			// everything up to the line end is skipped
			n := bytes.IndexAny(b[i:], "\r\n")
			if n < 0 {
				return nil, len(b), false, nil
			}
			i += n
			if b[i] == '\n' {
				return d.bad(i)
			}
			d.state++

		case chunkExtensionLF:
			if c != '\n' {
				return d.bad(i)
			}
			d.state = chunkData

		case chunkAfterData:
			if c != '\r' {
				return d.bad(i)
			}
			d.state = chunkAfterDataLF

		case chunkAfterDataLF:
			if c != '\n' {
				return d.bad(i)
			}
			d.state, d.size = chunkStart, 0

		case chunkLastExtensionLF:
			if c != '\n' {
				return d.bad(i)
			}
			if d.KeepTrailers {
				d.state = chunkDone
				return nil, i + 1, true, nil
			}
			d.state = chunkTrailer

		case chunkTrailer:
			switch c {
			case '\r':
				d.state = chunkTrailerLF
			case '\n':
				return d.bad(i)
			default:
				d.state = chunkTrailerHeader
			}

		case chunkTrailerLF:
			if c != '\n' {
				return d.bad(i)
			}
			d.state = chunkDone
			return nil, i + 1, true, nil

		case chunkTrailerHeaderLF:
			if c != '\n' {
				return d.bad(i)
			}
			d.state = chunkTrailer

		case chunkDone:
			return nil, i, true, nil

		default:
			return d.bad(i)
		}
	}
	return nil, len(b), d.state == chunkDone, nil
}

// chunkBad keeps the error.
const chunkBad = chunkDone + 1

func (d *Chunked) bad(i int) ([]byte, int, bool, error) {
	d.state = chunkBad
	return nil, i, false, ErrBadChunk
}

// AppendChunkHead appends the size line of a chunk of n bytes: lower-case hexadecimal and CR LF, as nginx writes it.
func AppendChunkHead(dst []byte, n int) []byte {
	const hex = "0123456789abcdef"
	shift := 0
	for n>>shift > 15 {
		shift += 4
	}
	for ; shift >= 0; shift -= 4 {
		dst = append(dst, hex[n>>shift&15])
	}
	return append(dst, '\r', '\n')
}

// LastChunk ends a chunked body that has no trailers.
const LastChunk = "0\r\n\r\n"
