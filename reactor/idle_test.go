package reactor_test

import (
	"io"
	"testing"
	"time"

	"understudy/reactor"
)

// idleLog is an IdleHandler that tells what it is called with.
type idleLog struct {
	ready   func(t *reactor.Task, c *reactor.Conn)
	expired chan struct{}
}

func (h *idleLog) Ready(t *reactor.Task, c *reactor.Conn) { h.ready(t, c) }
func (h *idleLog) Expired(c *reactor.Conn)                { c.Close(); close(h.expired) }

func TestIdleConnectionBecomesReady(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		h := &idleLog{}
		eof := make(chan error, 1)
		h.ready = func(tk *reactor.Task, c *reactor.Conn) {
			var b [10]byte
			n, err := c.Read(b[:])
			if err != nil {
				c.Close()
				eof <- err
				return
			}
			c.Write(b[:n])
			c.Idle(h, time.Minute)
		}
		ln := listen(t, r, acceptFunc(func(c *reactor.Conn) { c.Idle(h, time.Minute) }))
		c := dial(t, ln)
		for range 3 {
			c.Write([]byte("ping"))
			if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
				t.Fatal(err)
			}
		}
		c.Close()
		if err := wait(t, eof); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	})
}

func TestIdleConnectionExpires(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		h := &idleLog{expired: make(chan struct{})}
		ln := listen(t, r, acceptFunc(func(c *reactor.Conn) { c.Idle(h, 20*time.Millisecond) }))
		c := dial(t, ln)
		wait(t, h.expired)
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("client sees %v", err)
		}
	})
}

func TestBusyTakesAnIdleConnectionBack(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		a := echoServer(t)
		r := start(t, o)
		l := r.Loops()[0]
		in(t, l, func(tk *reactor.Task) {
			h := &idleLog{ready: func(*reactor.Task, *reactor.Conn) { t.Error("Ready after Busy") }, expired: make(chan struct{})}
			c, err := l.Dial(tk, addr(a), reactor.DialOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			c.Idle(h, 100*time.Millisecond)
			tk.Sleep(time.Millisecond)
			if !c.Busy() || c.Busy() {
				t.Error("Busy must be true once")
			}
			c.Write([]byte("x"))
			tk.Sleep(110 * time.Millisecond)
			if n, err := c.Read(make([]byte, 4)); n != 1 || err != nil {
				t.Errorf("read: %d, %v", n, err)
			}
			select {
			case <-h.expired:
				t.Error("Expired after Busy")
			default:
			}
		})
	})
}
