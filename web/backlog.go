package web

// What of an answer a slow client has not taken yet, so that whatever the answer comes from need not wait for it: kept in memory, then
// in a temporary file, and sent by a task of its own (from the outside what ngx_event_pipe does). Nothing of this exists
// until the client's socket takes no more.

import (
	"errors"
	"io"
	"os"

	"understudy/errlog"
	"understudy/reactor"
)

// Spooling says how much of an answer is kept for a slow client.
type Spooling struct {
	Memory    int       // bytes in memory
	File      *TempPath // where the file for the rest is made
	FileLimit int64     // bytes in the file; 0 = no file, -1 = as many as there are
	Piece     int       // bytes written to the file at a time
	Silent    bool      // no word of the file in the log
}

// Spool has what the client does not take at once kept, until the answer's end: from here on Write waits only when all that s allows
// is used up. It does nothing in subrequests, nor for streams, whose connection is not theirs alone.
func (x *Exchange) Spool(s *Spooling) {
	if x.main == x && x.front == nil {
		x.spooling = s
	}
}

// ErrFilter is what a filter returns that cannot go on with a body; it has logged why.
var ErrFilter = errors.New("the answer could not be filtered")

// errSpool is a failure of the temporary file; it has been logged.
var errSpool = errors.New("the answer could not be kept")

// backlog is what waits for one client. Its order is mem, file, tail: tail takes what no longer fits into the file.
type backlog struct {
	x       *Exchange
	conn    *reactor.Conn
	limits  *Spooling
	mem     queue
	tail    queue
	file    *os.File
	from    int64 // of the file, what has been sent
	to      int64 // what has been written
	active  bool
	orphan  bool // the exchange is over: whatever is left goes nowhere
	err     error
	task    *reactor.Task // that sends, while it pauses
	waiting *reactor.Task // that waits for room, or for the end
}

// pass sends a and then b to the client, or keeps them.
func (x *Exchange) pass(a, b []byte) error {
	bl := x.backlog
	if bl == nil || !bl.active {
		if bl != nil && bl.err != nil {
			return bl.err
		}
		if x.pace.rate == 0 {
			x.Task.Turn()
			n, err := x.client.conn.TryWritev(a, b)
			x.wrote(n)
			if err != nil && err != reactor.ErrWouldBlock {
				return err
			}
			if n == len(a)+len(b) {
				return nil
			}
			k := min(n, len(a))
			a, b = a[k:], b[n-k:]
		}
		bl = x.newBacklog()
	}
	if err := bl.add(a); err != nil {
		return err
	}
	return bl.add(b)
}

func (x *Exchange) newBacklog() *backlog {
	bl := x.backlog
	if bl == nil {
		bl = &backlog{}
		x.backlog = bl
	}
	bl.x, bl.conn, bl.limits = x, x.client.conn, x.spooling
	return bl
}

// settle waits until the client has everything.
func (x *Exchange) settle() error {
	bl := x.backlog
	x.spooling = nil
	if bl == nil {
		return nil
	}
	for bl.active {
		bl.park()
	}
	x.backlog = nil
	bl.close()
	return bl.err
}

// Drain sends what waits of an answer that broke off.
func (x *Exchange) Drain() error {
	err := x.Flush()
	if err == nil && x.spooling != nil {
		err = x.settle()
	}
	return err
}

// dropBacklog gives up what waits. The task that sends it ends when the connection is closed, or at once if it pauses.
func (x *Exchange) dropBacklog() {
	x.spooling = nil
	if bl := x.backlog; bl != nil {
		x.backlog = nil
		bl.orphan, bl.waiting = true, nil
		if !bl.active {
			bl.close()
		}
		if t := bl.task; t != nil {
			bl.task = nil
			t.Resume()
		}
	}
}

// park waits for a change.
func (b *backlog) park() {
	b.waiting = b.x.Task
	b.x.Task.Park()
	b.waiting = nil
}

func (b *backlog) wake() {
	if t := b.waiting; t != nil {
		b.waiting = nil
		t.Resume()
	}
}

// add keeps p: in memory, else in the file, else it waits for room.
func (b *backlog) add(p []byte) error {
	for len(p) > 0 {
		if b.err != nil {
			return b.err
		}
		loop := b.x.Loop()
		if !b.active {
			b.active = true
			loop.Go(b)
		}
		room := b.limits.Memory - b.mem.size - b.tail.size
		switch {
		case room > 0 && b.from == b.to && b.tail.size == 0:
			n := min(room, len(p))
			b.mem.put(loop, p[:n])
			p = p[n:]
		case b.tail.size == 0 && b.fileRoom() > 0:
			n := min(b.fileRoom(), int64(len(p)), int64(b.limits.Piece))
			if err := b.spill(p[:n]); err != nil {
				return err
			}
			p = p[n:]
			b.x.Task.Turn()
		case room > 0:
			n := min(room, len(p))
			b.tail.put(loop, p[:n])
			p = p[n:]
		default:
			b.park()
		}
	}
	return nil
}

// fileRoom is how much more the file may take; what it has taken counts to the end, sent or not.
func (b *backlog) fileRoom() int64 {
	if b.limits.FileLimit < 0 {
		return 1 << 62
	}
	return b.limits.FileLimit - b.to
}

// spill appends p to the file.
func (b *backlog) spill(p []byte) error {
	if b.file == nil {
		f, err := b.limits.File.Create(false)
		if err != nil {
			b.x.Errorf(errlog.Crit, "%s", err)
			return errSpool
		}
		b.file = f
		if !b.limits.Silent {
			b.x.Errorf(errlog.Warn, "an upstream response is buffered to a temporary file %s", f.Name())
		}
	}
	n, err := b.file.WriteAt(p, b.to)
	b.to += int64(n)
	if err != nil {
		b.x.Errorf(errlog.Crit, "pwrite() \"%s\" failed (%s)", b.file.Name(), ErrnoText(err))
		return errSpool
	}
	return nil
}

// sendPiece is how much goes out in one call, so that room is made as it goes.
const sendPiece = 32 << 10

// Run sends what waits until nothing is left (reactor.Runner).
func (b *backlog) Run(t *reactor.Task) {
	loop := t.Loop()
	defer b.ended(loop)
	for !b.orphan && b.err == nil {
		switch {
		case b.mem.size > 0:
			n, err := b.send(t, b.mem.head(sendPiece))
			b.mem.drop(loop, n)
			b.err = err
		case b.from < b.to:
			b.err = b.sendFile(t)
		case b.tail.size > 0:
			b.mem, b.tail = b.tail, b.mem
			continue
		default:
			return
		}
		b.wake()
	}
}

// ended lets go of the buffers; the file stays for what else comes of the answer.
func (b *backlog) ended(loop *reactor.Loop) {
	b.active, b.task = false, nil
	b.mem.free(loop)
	b.tail.free(loop)
	if b.orphan {
		b.close()
	}
	b.wake()
}

// close lets go of the file, which has no name any more.
func (b *backlog) close() {
	if b.file != nil {
		b.file.Close()
		b.file = nil
	}
}

// send writes p at the answer's pace, and counts it.
func (b *backlog) send(t *reactor.Task, p []byte) (int, error) {
	total := 0
	for len(p) > 0 && !b.orphan {
		n := len(p)
		if b.x.pace.rate > 0 {
			granted, wait := b.x.grant(n)
			if wait > 0 {
				b.task = t
				t.ParkTimeout(wait)
				b.task = nil
				continue
			}
			n = granted
		}
		n, err := b.conn.Write(p[:n])
		total += n
		if b.orphan {
			break
		}
		b.x.wrote(n)
		if err != nil {
			return total, err
		}
		p = p[n:]
	}
	return total, nil
}

// sendFile sends the next piece of the file: the kernel does it where sendfile is on.
func (b *backlog) sendFile(t *reactor.Task) error {
	if b.x.Location.Conf.Sendfile.On() && b.x.pace.rate == 0 {
		n, err := b.conn.SendFile(b.file, b.from, min(b.to-b.from, 16*sendPiece), b.x.Location.Conf.SendfileMaxChunk.Bytes())
		b.from += n
		if b.orphan {
			return nil
		}
		b.x.wrote(int(n))
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	buf := t.Loop().Buf()
	defer t.Loop().PutBuf(buf)
	n, err := b.file.ReadAt(buf[:min(b.to-b.from, int64(len(buf)))], b.from)
	if n == 0 {
		b.x.Errorf(errlog.Crit, "pread() \"%s\" failed (%s)", b.file.Name(), ErrnoText(err))
		return errSpool
	}
	n, err = b.send(t, buf[:n])
	b.from += int64(n)
	return err
}

// queue is bytes in buffers of the loop, first in first out.
type queue struct {
	bufs [][]byte // each filled up to its length
	at   int      // how much of the first has gone
	size int
}

func (q *queue) put(loop *reactor.Loop, p []byte) {
	q.size += len(p)
	for len(p) > 0 {
		last := len(q.bufs) - 1
		if last < 0 || len(q.bufs[last]) == cap(q.bufs[last]) {
			q.bufs = append(q.bufs, loop.Buf()[:0])
			last++
		}
		buf := q.bufs[last]
		n := min(len(p), cap(buf)-len(buf))
		q.bufs[last] = append(buf, p[:n]...)
		p = p[n:]
	}
}

// head is what is to go next, at most n bytes.
func (q *queue) head(n int) []byte {
	p := q.bufs[0][q.at:]
	return p[:min(n, len(p))]
}

// drop takes n bytes away that have gone; a buffer with nothing left goes back.
func (q *queue) drop(loop *reactor.Loop, n int) {
	q.at += n
	q.size -= n
	if q.at == len(q.bufs[0]) {
		loop.PutBuf(q.bufs[0])
		k := copy(q.bufs, q.bufs[1:])
		q.bufs[k] = nil
		q.bufs, q.at = q.bufs[:k], 0
	}
}

func (q *queue) free(loop *reactor.Loop) {
	for i, buf := range q.bufs {
		loop.PutBuf(buf)
		q.bufs[i] = nil
	}
	q.bufs, q.at, q.size = q.bufs[:0], 0, 0
}
