package reactor

// Reading and writing, blocking (the task waits, not the loop) and not.

import (
	"io"
	"syscall"
	"time"
)

// Source is a file that is sent from: an *os.File, say. Its own offset is not used.
type Source interface {
	io.ReaderAt
	Fd() uintptr
	Name() string
}

// SendChunk is how much of a file goes out at once if nothing else is said (nginx's default of sendfile_max_chunk).
const SendChunk = 2 << 20

// TryRead reads what is there without waiting: ErrWouldBlock if there is nothing, io.EOF at the end.
func (c *Conn) TryRead(p []byte) (int, error) {
	if c.flags&(canRead|closed) != canRead {
		if c.flags&closed != 0 {
			return 0, c.closedErr()
		}
		return 0, ErrWouldBlock
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, e := c.sysRead(p)
	if e != 0 {
		if e == syscall.EAGAIN {
			c.flags &^= canRead
			return 0, ErrWouldBlock
		}
		c.flags |= hungUp
		return 0, e
	}
	if n == 0 {
		c.flags |= sawEOF | hungUp
		return 0, io.EOF
	}
	if n < len(p) && c.flags&hungUp == 0 {
		c.flags &^= canRead // drained; after a FIN there is no further edge, so then reading goes on until it says EOF
	}
	return n, nil
}

// Peek copies what can be read without taking it. It waits until that is more than have bytes, as Read waits; io.EOF with what
// there is means that no more will come.
func (c *Conn) Peek(p []byte, have int) (n int, err error) {
	for {
		if c.flags&closed != 0 {
			return 0, c.closedErr()
		}
		if c.flags&canRead != 0 {
			n, e := c.sysPeek(p)
			switch {
			case e == syscall.EAGAIN:
			case e != 0:
				c.flags |= hungUp
				return 0, e
			case n > have || n == len(p):
				return n, nil
			case n == 0 || c.flags&hungUp != 0:
				return n, io.EOF
			}
			c.flags &^= canRead // what is there already is no news
		}
		err := c.waitRead()
		if have > 0 {
			c.flags |= canRead
		}
		if err != nil {
			return have, err
		}
	}
}

// Read waits until something can be read; at most the read timeout and until the read deadline.
func (c *Conn) Read(p []byte) (int, error) {
	if t := c.loop.cur; t != nil {
		if t.ops--; t.ops < 0 {
			t.pause()
		}
	}
	for {
		if c.rdead != 0 && c.rdead <= c.loop.mono {
			return 0, ErrTimeout
		}
		n, err := c.TryRead(p)
		if err != ErrWouldBlock {
			return n, err
		}
		if err := c.waitRead(); err != nil {
			return 0, err
		}
	}
}

// WaitRead waits as Read does, for something to read, and holds no buffer meanwhile. It may be mistaken: follow it with TryRead.
func (c *Conn) WaitRead() error {
	for c.flags&(canRead|closed) == 0 {
		if c.rdead != 0 && c.rdead <= c.loop.mono {
			return ErrTimeout
		}
		if err := c.waitRead(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Conn) waitRead() error {
	l := c.loop
	t := l.cur
	if t == nil {
		return ErrNotInTask
	}
	if c.rwait != nil {
		return ErrBusy
	}
	c.rwait = t
	t.block(l.limit(c.rtime, c.rdead))
	c.rwait = nil
	if c.flags&(canRead|closed) == 0 && t.timedOut && !c.extended(c.rdead, c.rtime) {
		return ErrTimeout
	}
	return nil
}

// extended reports that a deadline which had been due was moved while the task waited.
func (c *Conn) extended(dead int64, per int32) bool {
	return per == 0 && (dead == 0 || dead > c.loop.mono)
}

// limit is the moment at which a wait that begins now ends, given a time per operation and a deadline; 0 = never.
func (l *Loop) limit(per int32, dead int64) int64 {
	if per == 0 {
		return dead
	}
	if until := l.mono + int64(per); dead == 0 || until < dead {
		return until
	}
	return dead
}

// TryWrite writes what fits without waiting and returns how much that was; ErrWouldBlock if nothing did.
func (c *Conn) TryWrite(p []byte) (int, error) { return c.tryWrite(p, false) }

func (c *Conn) tryWrite(p []byte, more bool) (int, error) {
	if c.flags&(canWrite|closed) != canWrite {
		if c.flags&closed != 0 {
			return 0, c.closedErr()
		}
		return 0, ErrWouldBlock
	}
	if len(p) == 0 {
		return 0, nil
	}
	if more {
		n, e := c.sysWriteMore(p)
		return c.wrote(n, len(p), e)
	}
	n, e := c.sysWrite(p)
	return c.wrote(n, len(p), e)
}

// TryWritev is TryWrite for a and then b, in one system call.
func (c *Conn) TryWritev(a, b []byte) (int, error) {
	switch {
	case len(b) == 0:
		return c.TryWrite(a)
	case len(a) == 0:
		return c.TryWrite(b)
	case c.flags&closed != 0:
		return 0, c.closedErr()
	case c.flags&canWrite == 0:
		return 0, ErrWouldBlock
	}
	n, e := c.sysWritev(a, b)
	return c.wrote(n, len(a)+len(b), e)
}

// wrote turns the outcome of a write of size bytes into TryWrite's result.
func (c *Conn) wrote(n, size int, e syscall.Errno) (int, error) {
	if e != 0 {
		if e == syscall.EAGAIN {
			c.flags &^= canWrite
			return 0, ErrWouldBlock
		}
		return 0, e
	}
	if n < size {
		c.flags &^= canWrite
	}
	return n, nil
}

// Write waits until all of p is written; the write timeout is the longest time without any progress.
func (c *Conn) Write(p []byte) (int, error) { return c.writeAll(p, false) }

// WriteMore is Write for bytes that others follow at once: they leave in the same packets as far as the system can do that.
func (c *Conn) WriteMore(p []byte) (int, error) { return c.writeAll(p, true) }

func (c *Conn) writeAll(p []byte, more bool) (int, error) {
	if t := c.loop.cur; t != nil {
		if t.ops--; t.ops < 0 {
			t.pause()
		}
	}
	done := 0
	for {
		if c.wdead != 0 && c.wdead <= c.loop.mono {
			return done, ErrTimeout
		}
		n, err := c.tryWrite(p[done:], more)
		done += n
		if err != nil && err != ErrWouldBlock {
			return done, err
		}
		if done == len(p) {
			return done, nil
		}
		if err := c.waitWrite(); err != nil {
			return done, err
		}
	}
}

func (c *Conn) waitWrite() error {
	l := c.loop
	if c.flags&(canWrite|closed) != 0 {
		return nil
	}
	t := l.cur
	if t == nil {
		return ErrNotInTask
	}
	if c.wwait != nil {
		return ErrBusy
	}
	c.wwait = t
	t.block(l.limit(c.wtime, c.wdead))
	c.wwait = nil
	if c.flags&(canWrite|closed) == 0 && t.timedOut && !c.extended(c.wdead, c.wtime) {
		return ErrTimeout
	}
	return nil
}

// Writev writes a and then b, in one system call if they fit; it waits as Write does. The count covers both.
func (c *Conn) Writev(a, b []byte) (int, error) {
	if len(a) == 0 {
		return c.Write(b)
	}
	if len(b) == 0 {
		return c.Write(a)
	}
	done := 0
	for done < len(a) {
		if c.wdead != 0 && c.wdead <= c.loop.mono {
			return done, ErrTimeout
		}
		if c.flags&closed != 0 {
			return done, c.closedErr()
		}
		if c.flags&canWrite != 0 {
			n, e := c.sysWritev(a[done:], b)
			n, err := c.wrote(n, len(a)-done+len(b), e)
			done += n
			if err != nil && err != ErrWouldBlock {
				return done, err
			}
			continue
		}
		if err := c.waitWrite(); err != nil {
			return done, err
		}
	}
	if done == len(a)+len(b) {
		return done, nil
	}
	n, err := c.Write(b[done-len(a):])
	return done + n, err
}

// CloseWrite sends FIN; reading goes on.
func (c *Conn) CloseWrite() error {
	if c.flags&closed != 0 {
		return c.closedErr()
	}
	if c.flags&shutWrite != 0 {
		return nil
	}
	c.flags |= shutWrite
	return c.sysCloseWrite()
}

// SetReadTimeout limits each blocking read (nginx: the time between two successive reads); 0 = no limit.
func (c *Conn) SetReadTimeout(d time.Duration) { c.rtime = int32(min(millis(d), 1<<31-1)) }

// SetWriteTimeout limits each wait for progress in a write; 0 = no limit.
func (c *Conn) SetWriteTimeout(d time.Duration) { c.wtime = int32(min(millis(d), 1<<31-1)) }

// SetDeadline sets both deadlines (net.Conn). A waiting task is told.
func (c *Conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline sets the moment at which reads fail with ErrTimeout; the zero time removes it.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.rdead = c.loop.deadline(t)
	c.rearm(c.rwait, c.rtime, c.rdead)
	return nil
}

// SetWriteDeadline is SetReadDeadline for writes.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.wdead = c.loop.deadline(t)
	c.rearm(c.wwait, c.wtime, c.wdead)
	return nil
}

// deadline turns a wall-clock time into the loop's monotonic milliseconds.
func (l *Loop) deadline(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return max(l.mono+millis(time.Until(t)), 1)
}

// rearm moves the timer of a task that waits while its deadline is changed.
func (c *Conn) rearm(t *Task, per int32, dead int64) {
	if t == nil {
		return
	}
	w := &c.loop.wheel
	w.remove(&t.timer)
	if until := c.loop.limit(per, dead); until != 0 {
		w.add(&t.timer, until)
	}
}
