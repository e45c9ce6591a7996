package ranges

import (
	"strconv"
	"sync/atomic"

	"understudy/errlog"
	"understudy/http1"
	"understudy/reactor"
	"understudy/web"
)

// body picks the ranges out of the body of one answer.
type body struct {
	list     []part
	at       int64 // of the whole body, seen so far
	total    int64
	boundary []byte // of several parts: what stands before each of them, up to its numbers
	mark     int    // length of the boundary line within it
	text     []byte
}

var parts = web.NewSlot[body]()

// boundaries numbers the answers in several parts, as nginx does.
var boundaries atomic.Uint64

func appendNumbers(dst []byte, p part, total int64) []byte {
	dst = strconv.AppendInt(dst, p.start, 10)
	dst = strconv.AppendInt(append(dst, '-'), p.end-1, 10)
	return strconv.AppendInt(append(dst, '/'), total, 10)
}

// single makes the head of an answer with one range.
func (b *body) single(x *web.Exchange) {
	o := &x.Out
	p := b.list[0]
	b.at, b.total = 0, o.Length
	o.Remove(http1.HdrContentRange)
	b.text = appendNumbers(append(b.text[:0], "bytes "...), p, o.Length)
	o.Add(http1.HdrContentRange, contentRangeName, b.text)
	o.Length = p.end - p.start
}

// multiple makes the head of an answer with several.
func (b *body) multiple(x *web.Exchange) {
	o := &x.Out
	b.at, b.total = 0, o.Length
	number := strconv.FormatUint(boundaries.Add(1), 10)
	for len(number) < 20 {
		number = "0" + number
	}
	b.boundary = append(append(b.boundary[:0], "\r\n--"...), number...)
	b.mark = len(b.boundary)
	b.boundary = append(b.boundary, "\r\n"...)
	if len(o.ContentType) > 0 {
		b.boundary = append(append(append(b.boundary, "Content-Type: "...), o.ContentType...), "\r\n"...)
	}
	b.boundary = append(b.boundary, "Content-Range: bytes "...)
	o.ContentType = x.VarState().Keep([]byte("multipart/byteranges; boundary=" + number))
	o.Remove(http1.HdrContentRange)
	length := int64(b.mark + len("--\r\n"))
	for _, p := range b.list {
		b.text = appendNumbers(b.text[:0], p, b.total)
		length += int64(len(b.boundary)+len(b.text)+len("\r\n\r\n")) + p.end - p.start
	}
	o.Length = length
}

// head writes what stands before a part.
func (b *body) head(next web.Sink, p part) error {
	b.text = appendNumbers(append(b.text[:0], b.boundary...), p, b.total)
	b.text = append(b.text, "\r\n\r\n"...)
	return next.Write(b.text)
}

// tail writes what stands behind the last part.
func (b *body) tail(next web.Sink) error {
	b.text = append(append(b.text[:0], b.boundary[:b.mark]...), "--\r\n"...)
	return next.Write(b.text)
}

// overlapped: a body that comes in pieces cannot be answered with in several parts.
func overlapped(x *web.Exchange) error {
	x.Errorf(errlog.Alert, "range in overlapped buffers")
	return web.ErrFilter
}

// Write implements web.Body.
func (b *body) Write(x *web.Exchange, next web.Sink, p []byte) error {
	if len(b.list) == 1 {
		r := b.list[0]
		from, to := max(r.start-b.at, 0), min(r.end-b.at, int64(len(p)))
		b.at += int64(len(p))
		if from >= to {
			return nil
		}
		return next.Write(p[from:to])
	}
	if b.at != 0 || int64(len(p)) != b.total {
		return overlapped(x)
	}
	b.at = b.total
	for _, r := range b.list {
		if err := b.head(next, r); err != nil {
			return err
		}
		if err := next.Write(p[r.start:r.end]); err != nil {
			return err
		}
	}
	return b.tail(next)
}

// SendFile implements web.FileBody.
func (b *body) SendFile(x *web.Exchange, next web.Sink, f reactor.Source, off, n int64) error {
	if len(b.list) == 1 {
		r := b.list[0]
		from, to := max(r.start-b.at, 0), min(r.end-b.at, n)
		b.at += n
		return next.SendFile(f, off+from, to-from)
	}
	if b.at != 0 || n != b.total {
		return overlapped(x)
	}
	b.at = b.total
	for _, r := range b.list {
		if err := b.head(next, r); err != nil {
			return err
		}
		if err := next.SendFile(f, off+r.start, r.end-r.start); err != nil {
			return err
		}
	}
	return b.tail(next)
}

// keptParts is how many parts a list may have that is kept for the next request.
const keptParts = 64

// Flush implements web.Body.
func (b *body) Flush(_ *web.Exchange, next web.Sink, last bool) error {
	if last && cap(b.list) > keptParts {
		b.list = nil
	}
	return next.Flush(last)
}
