package reactor

// Tunnels: two connections joined, without a task and without a buffer of their own. Bytes go through the loop's buffer;
// what a slow peer does not take at once waits in a slice that exists only as long. nginx: the upgraded connection of
// ngx_http_upstream_process_upgraded.

import (
	"io"
	"net"
	"time"
)

// pumpTurns bounds the reads of one direction (up to BufSize bytes each) before others get their turn.
const pumpTurns = 8

// smallRest is up to which size a rest is copied; of a larger one the loop's buffer itself is kept.
const smallRest = 8 << 10

// TunnelOptions say how a tunnel ends.
type TunnelOptions struct {
	Timeout   time.Duration // without a byte in either direction; 0 = none (nginx: proxy_read_timeout)
	HalfClose bool          // true: end of file is passed on, the other direction goes on. false: it ends both, once flushed
	Done      func(TunnelResult)
	Owner     TunnelOwner // told instead of Done: needs no closure
	// RateA and RateB limit how fast each side is read, in bytes a second; 0 = as fast as the other side takes it.
	RateA, RateB int64
}

// TunnelOwner is told once, on the loop, when the tunnel is over; it must not block. Both connections are still open
// then, so that their addresses can be asked for; they are closed right after.
type TunnelOwner interface{ TunnelDone(TunnelResult) }

// TunnelResult says what a tunnel did.
type TunnelResult struct {
	AtoB, BtoA   int64 // bytes delivered
	ReadA, ReadB int64 // bytes read
	FirstB       int64 // monotonic ms of the first byte from b, 0 = none came
	Err          error // nil at an orderly end; a read error counts as the peer's end, with the error here
	TimedOut     bool
	FromA        bool // the side that ended it (for an error: whose read or write failed)
	Writing      bool // Err comes from a write
}

// Tunnel is two joined connections of one loop.
type Tunnel struct {
	a, b     *Conn
	toB, toA pending
	ab, ba   int64
	firstB   int64 // monotonic ms of the first byte from b
	last     int64 // monotonic ms of the last byte
	timeout  int32 // ms
	half     bool
	over     bool
	refused  bool // a connection was closed already
	eofA     bool
	eofB     bool
	unsent   bool // a write failed
	lastA    bool // a's end of file came after b's
	queued   bool
	err      error
	owner    TunnelOwner
	paces    *[2]pace // of a and b; nil = no rates
	qnext    *Tunnel
}

// pending is what a peer was too slow to take; nil = nothing.
type pending struct{ p *rest }

type rest struct {
	buf  []byte // what is left
	lent []byte // the loop's buffer it lies in, nil = a copy of its own
}

type tunnelFunc func(TunnelResult)

func (f tunnelFunc) TunnelDone(r TunnelResult) { f(r) }

// Join makes a tunnel of a and b, which have no task waiting, and owns both from then on. The owner is never told before Join has
// returned, not even if one of them is closed. It panics if they belong to different loops, before it has touched either: nothing of
// a connection may be used outside of its loop.
func Join(a, b *Conn, o TunnelOptions) *Tunnel {
	if a.loop != b.loop {
		panic("reactor: Join of connections that belong to different loops")
	}
	t := &Tunnel{a: a, b: b, half: o.HalfClose, owner: o.Owner, last: a.loop.mono}
	if t.owner == nil && o.Done != nil {
		t.owner = tunnelFunc(o.Done)
	}
	t.timeout = int32(min(millis(o.Timeout), 1<<31-1))
	if o.RateA > 0 || o.RateB > 0 {
		t.paces = newPaces(t, o.RateA, o.RateB)
	}
	for _, c := range [...]*Conn{a, b} {
		if c.flags&closed != 0 {
			t.refused = true // its owner is told when it has its turn
			continue
		}
		c.loop.wheel.remove(&c.timer)
		c.idle, c.tunnel = nil, t
	}
	if t.timeout > 0 && !t.refused {
		a.loop.wheel.add(&a.timer, t.last+int64(t.timeout))
	}
	t.again()
	return t
}

// Bytes returns what has been delivered so far.
func (t *Tunnel) Bytes() (aToB, bToA int64) { return t.ab, t.ba }

// Close ends the tunnel at once; its owner is told net.ErrClosed.
func (t *Tunnel) Close() { t.end(net.ErrClosed, false, false) }

// again queues the tunnel for the next round.
func (t *Tunnel) again() {
	if !t.queued {
		t.queued = true
		t.a.loop.more.push(t)
	}
}

// event is called when a connection's readiness changed.
func (t *Tunnel) event() {
	if t.over || t.queued {
		return // a queued tunnel looks at everything when its turn comes
	}
	if t.refused {
		t.end(net.ErrClosed, t.a.flags&closed != 0, false)
		return
	}
	l := t.a.loop
	buf := l.Buf()
	var paceA, paceB *pace
	if t.paces != nil {
		paceA, paceB = &t.paces[0], &t.paces[1]
	}
	buf = t.pump(t.a, t.b, &t.toB, &t.ab, &t.eofA, paceA, buf)
	if !t.over {
		buf = t.pump(t.b, t.a, &t.toA, &t.ba, &t.eofB, paceB, buf)
	}
	l.PutBuf(buf)
	if !t.over {
		t.settle()
	}
}

// pump moves bytes from src to dst until either would block or the turn is over. It returns the buffer to go on with.
func (t *Tunnel) pump(src, dst *Conn, held *pending, count *int64, eof *bool, pace *pace, buf []byte) []byte {
	l := src.loop
	if held.p != nil && !t.flush(dst, held, count) {
		return buf
	}
	for turn := 0; src.flags&canRead != 0 && !*eof; turn++ {
		if turn == pumpTurns {
			t.again()
			return buf
		}
		room := len(buf)
		if pace != nil {
			if room = pace.room(l, room); room == 0 {
				return buf
			}
		}
		n, err := src.TryRead(buf[:room])
		if err != nil {
			if err == ErrWouldBlock {
				return buf
			}
			*eof, t.lastA = true, src == t.a
			if err != io.EOF && t.err == nil {
				t.err = err
			}
			return buf
		}
		t.last = l.mono
		if pace != nil {
			pace.took(l, n)
		}
		if t.firstB == 0 && src == t.b {
			t.firstB = l.mono
		}
		sent, err := dst.TryWrite(buf[:n])
		*count += int64(sent)
		if err != nil && err != ErrWouldBlock {
			held.p = &rest{buf: buf[sent:n]} // for the count of what was read
			t.broken(err, dst)
			return buf
		}
		if sent < n {
			if held.keep(buf, sent, n) {
				buf = l.Buf()
			}
			return buf
		}
	}
	return buf
}

// keep stores buf[from:to]; it reports whether it kept buf itself.
func (p *pending) keep(buf []byte, from, to int) bool {
	if to-from <= smallRest {
		p.p = &rest{buf: append([]byte(nil), buf[from:to]...)}
		return false
	}
	p.p = &rest{buf: buf[from:to], lent: buf}
	return true
}

// flush writes what was kept; false if some is left or the tunnel ended.
func (t *Tunnel) flush(dst *Conn, p *pending, count *int64) bool {
	n, err := dst.TryWrite(p.p.buf)
	if err != nil {
		if err != ErrWouldBlock {
			t.broken(err, dst)
		}
		return false
	}
	t.last = dst.loop.mono
	*count += int64(n)
	if p.p.buf = p.p.buf[n:]; len(p.p.buf) > 0 {
		return false
	}
	p.drop(dst.loop)
	return true
}

func (p *pending) size() int64 {
	if p.p == nil {
		return 0
	}
	return int64(len(p.p.buf))
}

func (p *pending) drop(l *Loop) {
	if p.p != nil && p.p.lent != nil {
		l.PutBuf(p.p.lent)
	}
	p.p = nil
}

// settle ends the tunnel, or one direction, if its end has come.
func (t *Tunnel) settle() {
	doneA, doneB := t.eofA && t.toB.p == nil, t.eofB && t.toA.p == nil
	half := t.half && t.err == nil
	switch {
	case t.eofA && t.eofB && (!half || doneA && doneB):
		t.end(t.err, doneA && (t.lastA || !doneB), false)
	case !half && (doneA || doneB):
		t.end(t.err, doneA, false)
	case doneA:
		_ = t.b.CloseWrite()
	case doneB:
		_ = t.a.CloseWrite()
	}
}

// expire is the idle timer; it is moved here, not at every byte.
func (t *Tunnel) expire() {
	l := t.a.loop
	if t.paces != nil && (t.paces[0].waits(l) || t.paces[1].waits(l)) {
		t.last = l.mono // it is we who do not read
	}
	if due := t.last + int64(t.timeout); due > l.mono {
		l.wheel.add(&t.a.timer, due)
		return
	}
	t.end(ErrTimeout, false, true)
}

// broken ends the tunnel because dst cannot be written to.
func (t *Tunnel) broken(err error, dst *Conn) {
	t.unsent = true
	t.end(err, dst == t.a, false)
}

// end tells the owner and closes both connections. Once.
func (t *Tunnel) end(err error, fromA, timedOut bool) {
	if t.over {
		return
	}
	t.over = true
	l := t.a.loop
	r := TunnelResult{
		AtoB: t.ab, BtoA: t.ba, ReadA: t.ab + t.toB.size(), ReadB: t.ba + t.toA.size(), FirstB: t.firstB,
		Err: err, TimedOut: timedOut, FromA: fromA, Writing: t.unsent,
	}
	if t.paces != nil {
		t.paces[0].stop()
		t.paces[1].stop()
	}
	t.toA.drop(l)
	t.toB.drop(l)
	t.a.tunnel, t.b.tunnel = nil, nil
	l.wheel.remove(&t.a.timer)
	if t.owner != nil {
		t.tell(r)
	}
	_ = t.a.Close()
	_ = t.b.Close()
}

func (t *Tunnel) tell(r TunnelResult) {
	defer t.a.loop.recovered()
	t.owner.TunnelDone(r)
}

// tunnelQueue is a queue linked through the tunnels.
type tunnelQueue struct{ head, tail *Tunnel }

func (q *tunnelQueue) push(t *Tunnel) {
	t.qnext = nil
	if q.head == nil {
		q.head = t
	} else {
		q.tail.qnext = t
	}
	q.tail = t
}

// pump gives every tunnel that is queued now one turn.
func (q *tunnelQueue) pump() {
	t := q.head
	q.head = nil
	for t != nil {
		next := t.qnext
		t.qnext, t.queued = nil, false
		t.event()
		t = next
	}
}
