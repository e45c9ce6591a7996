package gunzip

import (
	"errors"
	"io"
	"iter"
	"sync"

	"github.com/klauspost/compress/gzip"

	"understudy/errlog"
	"understudy/web"
)

// body unpacks one answer. The decoder pulls its input, but the answer comes in pieces that are pushed: so the decoder runs in a
// coroutine of its own, which hands out what it has unpacked and rests when it needs more input.
type body struct {
	in      []byte // of the piece at hand
	ended   bool   // no more will come
	running bool
	err     error
	next    func() ([]byte, bool)
	stop    func()
	yield   func([]byte) bool
}

var bodies = web.NewSlot[body]()

// decoder is what takes memory; decoders are kept for other answers.
type decoder struct {
	z   gzip.Reader
	out [32 << 10]byte
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func newBody(x *web.Exchange) *body {
	b := bodies.Of(x)
	*b = body{}
	return b
}

// Write implements web.Body.
func (b *body) Write(x *web.Exchange, next web.Sink, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	b.in = p
	return b.unpack(x, next)
}

// Flush implements web.Body.
func (b *body) Flush(x *web.Exchange, next web.Sink, last bool) error {
	if last && !x.HeaderOnly() {
		b.ended = true
		if err := b.unpack(x, next); err != nil {
			return err
		}
	}
	return next.Flush(last)
}

// Drop implements web.Dropper.
func (b *body) Drop() {
	if b.running {
		b.running = false
		b.stop()
	}
}

// unpack passes on what can be had from the input.
func (b *body) unpack(x *web.Exchange, next web.Sink) error {
	if b.err != nil {
		return web.ErrFilter
	}
	if !b.running {
		b.next, b.stop = iter.Pull(b.decode)
		b.running = true
	}
	for {
		p, more := b.next()
		switch {
		case !more:
			b.running = false
			if b.err != nil {
				b.report(x)
				return web.ErrFilter
			}
			return nil
		case p == nil:
			return nil
		}
		if err := next.Write(p); err != nil {
			b.Drop()
			return err
		}
	}
}

// report words what is wrong as zlib's codes do.
func (b *body) report(x *web.Exchange) {
	if errors.Is(b.err, io.ErrUnexpectedEOF) || errors.Is(b.err, io.EOF) {
		x.Errorf(errlog.Error, "inflate() returned -5 on response end")
		return
	}
	finish := 0
	if b.ended {
		finish = 4
	}
	x.Errorf(errlog.Error, "inflate() failed: %d, -3", finish)
}

// decode is the coroutine: it yields what has been unpacked, and nil for more input.
func (b *body) decode(yield func([]byte) bool) {
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	b.yield = yield
	if b.err = d.z.Reset(b); b.err != nil {
		return
	}
	for {
		n, err := d.z.Read(d.out[:])
		if errors.Is(err, errStopped) || n > 0 && !yield(d.out[:n]) {
			return
		}
		if err == io.EOF {
			return
		}
		if b.err = err; err != nil {
			return
		}
	}
}

// errStopped ends the coroutine of an answer that broke off.
var errStopped = errors.New("stopped")

// fill waits for input.
func (b *body) fill() error {
	for len(b.in) == 0 {
		if b.ended {
			return io.EOF
		}
		if !b.yield(nil) {
			return errStopped
		}
	}
	return nil
}

// Read is how the decoder gets its input.
func (b *body) Read(p []byte) (int, error) {
	if err := b.fill(); err != nil {
		return 0, err
	}
	n := copy(p, b.in)
	b.in = b.in[n:]
	return n, nil
}

// ReadByte is for decoders that read no further than they need.
func (b *body) ReadByte() (byte, error) {
	if err := b.fill(); err != nil {
		return 0, err
	}
	c := b.in[0]
	b.in = b.in[1:]
	return c, nil
}
