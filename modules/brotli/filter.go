package brotli

import (
	"io"
	"sync"

	"github.com/andybalholm/brotli"

	"understudy/http1"
	"understudy/modules/gzip"
	"understudy/web"
)

// filter compresses the answers of one location.
type filter struct{ s *Settings }

// body is the compressor of one answer; it stays with the pooled exchange.
type body struct {
	z       *brotli.Writer
	pool    *sync.Pool
	slow    bool
	pending bool // something was compressed since the last flush
	done    bool // to the end
	in      int64
	out     int64
	held    []byte // compressed, not yet passed on
}

// Compressed bytes are gathered up to heldLimit before they go on. From slowLevel on a piece takes long enough to be compressed
// away from the loop.
const (
	heldLimit = 4096
	slowLevel = 7
)

var slot = web.NewSlot[body]()

// writers are compressors, by level and window, that no answer uses now; one takes megabytes.
var writers [12][maxBits + 1]sync.Pool

// Head decides whether the answer is compressed.
func (f *filter) Head(x *web.Exchange) (web.Body, error) {
	o := &x.Out
	switch o.Status {
	case 200, 403, 404:
	default:
		return nil, nil
	}
	if v, ok := o.Header(http1.HdrContentEncoding); ok && len(v) > 0 || o.Length >= 0 && o.Length < f.s.MinLength.Bytes() ||
		!f.s.Types.Match(o.ContentType) {
		return nil, nil
	}
	if gzip.Varies(x) {
		o.VaryEncoding = true
	}
	if !Accepted(x) {
		return nil, nil
	}
	b := slot.Of(x)
	b.start(f.s.Level.N(), f.bits(o.Length))
	o.Add(http1.HdrContentEncoding, contentEncoding, brValue)
	o.Length = -1
	o.ClearRanges()
	o.WeakETag()
	return b, nil
}

var (
	contentEncoding = []byte("Content-Encoding")
	brValue         = []byte("br")
)

// bits is the window for an answer of this length, -1 if that is not known: no larger than it needs.
func (f *filter) bits(length int64) int {
	bits := f.s.Window.bits
	if length > 0 {
		for bits = minBits; bits < f.s.Window.bits && length > 1<<bits; bits++ {
		}
	}
	return bits
}

func (b *body) start(level, bits int) {
	b.free()
	b.in, b.out, b.held = 0, 0, b.held[:0]
	b.pending, b.done, b.slow = false, false, level >= slowLevel
	b.pool = &writers[level][bits]
	if z, ok := b.pool.Get().(*brotli.Writer); ok {
		b.z = z
		z.Reset(output{b})
	} else {
		b.z = brotli.NewWriterOptions(output{b}, brotli.WriterOptions{Quality: level, LGWin: bits})
	}
}

// Write compresses a piece (web.Body).
func (b *body) Write(x *web.Exchange, next web.Sink, p []byte) (err error) {
	b.in += int64(len(p))
	b.pending = true
	if b.slow {
		x.Task.Offload(func() { _, err = b.z.Write(p) })
	} else {
		_, err = b.z.Write(p)
	}
	if err == nil && len(b.held) >= heldLimit {
		err = b.pass(next)
	}
	return err
}

// Flush brings out what the compressor holds back, or ends it.
func (b *body) Flush(x *web.Exchange, next web.Sink, last bool) error {
	if b.z == nil {
		return next.Flush(last)
	}
	if last || b.pending {
		if err := b.bring(x, last); err != nil {
			return err
		}
	}
	err := b.pass(next)
	if err == nil {
		err = next.Flush(last)
	}
	b.done = last && err == nil
	return err
}

// bring has the compressor put out all that it holds back; with last that is the end, and it is given back.
func (b *body) bring(x *web.Exchange, last bool) (err error) {
	do := b.z.Flush
	if last {
		do = b.z.Close
	}
	if b.slow {
		x.Task.Offload(func() { err = do() })
	} else {
		err = do()
	}
	b.pending = false
	if last {
		b.free()
	}
	return err
}

// pass hands on what has been gathered.
func (b *body) pass(next web.Sink) error {
	if len(b.held) == 0 {
		return nil
	}
	err := next.Write(b.held)
	b.held = b.held[:0]
	return err
}

// Drop takes the compressor of an answer that broke off (web.Dropper).
func (b *body) Drop() { b.free() }

func (b *body) free() {
	if b.z != nil {
		b.z.Reset(io.Discard)
		b.pool.Put(b.z)
		b.z = nil
	}
}

// output is where the compressor writes to.
type output struct{ b *body }

func (w output) Write(p []byte) (int, error) {
	w.b.out += int64(len(p))
	w.b.held = append(w.b.held, p...)
	return len(p), nil
}

// ratio is $brotli_ratio: input by output, two decimals.
func ratio(x *web.Exchange, dst []byte) ([]byte, bool) {
	b, ok := slot.Have(x)
	if !ok || !b.done || b.out == 0 {
		return dst, false
	}
	return gzip.AppendRatio(dst, b.in, b.out), true
}
