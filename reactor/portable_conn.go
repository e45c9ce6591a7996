package reactor

// One connection of the portable driver.

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	portChunk  = 16 << 10 // one read
	portAhead  = 64 << 10 // read ahead at most this much (and one chunk)
	portBehind = 64 << 10 // accept this much for writing
	// portLinger is how long Close goes on trying to deliver what was accepted for writing.
	portLinger = 5 * time.Second
)

// portConn is the state shared by the loop and the connection's two goroutines, under mu.
type portConn struct {
	c  *Conn
	nc net.Conn
	l  *Loop
	p  *portable

	mu     sync.Mutex
	cond   sync.Cond // the goroutines wait on it
	in     []byte    // read ahead, from inAt
	inAt   int
	rerr   error
	out    []byte // accepted for writing, not yet picked up
	busy   bool   // the writer is writing what it picked up
	werr   error
	asked  bool // a write found no room: tell "writable"
	fin    bool // CloseWrite once out is empty
	closed bool
}

// reader reads ahead until the connection ends.
func (q *portConn) reader() {
	defer q.l.r.wg.Done()
	chunk := make([]byte, portChunk)
	for {
		q.mu.Lock()
		for len(q.in)-q.inAt >= portAhead && !q.closed {
			q.cond.Wait()
		}
		done := q.closed
		q.mu.Unlock()
		if done {
			return
		}
		n, err := q.nc.Read(chunk)
		bits := canRead
		q.mu.Lock()
		if q.inAt > 0 {
			q.in = q.in[:copy(q.in, q.in[q.inAt:])]
			q.inAt = 0
		}
		q.in = append(q.in, chunk[:n]...)
		if err != nil {
			q.rerr = err
			bits |= hungUp
			if err != io.EOF {
				bits |= failed | canWrite
			}
		}
		q.mu.Unlock()
		q.p.tell(portEvent{c: q.c, bits: bits})
		if err != nil {
			return
		}
	}
}

// read takes from what was read ahead.
func (q *portConn) read(p []byte) (int, syscall.Errno) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := copy(p, q.in[q.inAt:]); n > 0 {
		if q.inAt += n; q.inAt == len(q.in) {
			q.in, q.inAt = q.in[:0], 0
		}
		q.cond.Broadcast()
		return n, 0
	}
	return 0, q.ended()
}

// peek is read that leaves the bytes where they are.
func (q *portConn) peek(p []byte) (int, syscall.Errno) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := copy(p, q.in[q.inAt:]); n > 0 {
		return n, 0
	}
	return 0, q.ended()
}

// ended is why there is nothing to read; 0 at the end of file.
func (q *portConn) ended() syscall.Errno {
	switch {
	case q.rerr == nil:
		return syscall.EAGAIN
	case q.rerr == io.EOF:
		return 0
	}
	return errnoOf(q.rerr)
}

// write accepts as much of a and b as there is room for.
func (q *portConn) write(a, b []byte) (int, syscall.Errno) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.werr != nil {
		return 0, errnoOf(q.werr)
	}
	if q.fin {
		return 0, syscall.EPIPE
	}
	room := portBehind - len(q.out)
	if room <= 0 {
		q.asked = true
		return 0, syscall.EAGAIN
	}
	na := min(len(a), room)
	nb := min(len(b), room-na)
	q.out = append(append(q.out, a[:na]...), b[:nb]...)
	if na < len(a) || nb < len(b) {
		q.asked = true
	}
	q.cond.Broadcast()
	return na + nb, 0
}

// writer writes what was accepted until the connection is closed and everything is out.
func (q *portConn) writer() {
	defer q.l.r.wg.Done()
	defer q.nc.Close()
	var spare []byte
	finSent := false
	for {
		q.mu.Lock()
		for len(q.out) == 0 && !q.closed && (!q.fin || finSent) {
			q.cond.Wait()
		}
		out := q.out
		q.out, q.busy = spare[:0], true
		over := q.closed && len(out) == 0
		fin := q.fin && !finSent
		q.mu.Unlock()
		if over {
			return
		}
		var err error
		if len(out) > 0 {
			_, err = q.nc.Write(out)
		}
		spare = out[:0]
		q.mu.Lock()
		q.busy = false
		if err != nil {
			q.werr, q.out = err, nil
		}
		last := fin && len(q.out) == 0
		tell := q.asked || err != nil
		q.asked = false
		q.mu.Unlock()
		if last {
			finSent = true
			if h, ok := q.nc.(interface{ CloseWrite() error }); ok {
				_ = h.CloseWrite()
			}
		}
		if tell {
			bits := canWrite
			if err != nil {
				bits |= canRead | hungUp | failed
			}
			q.p.tell(portEvent{c: q.c, bits: bits})
		}
	}
}

func (q *portConn) closeWrite() error {
	q.mu.Lock()
	q.fin = true
	q.cond.Broadcast()
	q.mu.Unlock()
	return nil
}

// close lets the writer deliver what it has, within limits, and then close the connection.
func (q *portConn) close(reset bool) {
	q.l.freeSlots = append(q.l.freeSlots, q.c.slot)
	if reset {
		if t, ok := q.nc.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
		}
	}
	q.mu.Lock()
	q.closed = true
	if reset || q.werr != nil || len(q.out) == 0 && !q.busy {
		q.out = nil
		_ = q.nc.Close()
	} else {
		wait := portLinger
		if q.l.shut {
			wait = portLinger / 10
		}
		_ = q.nc.SetWriteDeadline(time.Now().Add(wait))
		_ = q.nc.SetReadDeadline(time.Now()) // ends the reader
	}
	q.cond.Broadcast()
	q.mu.Unlock()
}

func (q *portConn) setNoDelay(on bool) error {
	if t, ok := q.nc.(*net.TCPConn); ok {
		return t.SetNoDelay(on)
	}
	return nil
}

func (q *portConn) setKeepAlive(on bool) error {
	if t, ok := q.nc.(*net.TCPConn); ok {
		return t.SetKeepAlive(on)
	}
	return nil
}

// copyFile is SendFile by reading and writing.
func (c *Conn) copyFile(f Source, off, n, chunk int64) (int64, error) {
	buf := c.loop.Buf()
	defer c.loop.PutBuf(buf)
	done, left := int64(0), chunk
	for done < n {
		piece := min(n-done, int64(len(buf)))
		if chunk > 0 {
			piece = min(piece, left)
		}
		m, err := f.ReadAt(buf[:piece], off+done)
		if m > 0 {
			w, werr := c.Write(buf[:m])
			done += int64(w)
			if werr != nil {
				return done, werr
			}
			if left -= int64(w); left == 0 && done < n {
				left = chunk
				if t := c.loop.cur; t != nil {
					t.pause()
				}
			}
		}
		if err == io.EOF {
			return done, nil
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// portError turns an error of package net into what the epoll driver would return.
func portError(err error) error {
	if errors.Is(err, context.Canceled) {
		return net.ErrClosed
	}
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		return ErrTimeout
	}
	var se *os.SyscallError
	if errors.As(err, &se) {
		return se
	}
	return err
}

// errnoOf finds the errno in an error of package net.
func errnoOf(err error) syscall.Errno {
	var e syscall.Errno
	if errors.As(err, &e) && e != 0 {
		return e
	}
	return syscall.ECONNRESET
}
