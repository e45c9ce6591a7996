package reactor_test

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"understudy/internal/leak"
	"understudy/reactor"
)

// drivers runs a test under every driver there is here.
func drivers(t *testing.T, f func(t *testing.T, o reactor.Options)) {
	for _, name := range driverNames {
		t.Run(name, func(t *testing.T) { f(t, reactor.Options{Driver: name}) })
	}
}

// start makes and starts a reactor that must leave nothing behind.
func start(t testing.TB, o reactor.Options) *reactor.Reactor {
	t.Helper()
	// The Go runtime's own poller opens its descriptors at first use; that is no leak.
	if c, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		c.Close()
	}
	leak.Check(t,
		leak.Counter{Name: "connections", Count: func() int64 { return reactor.InUse().Conns }},
		leak.Counter{Name: "coroutines", Count: func() int64 { return reactor.InUse().Coroutines }},
		leak.Counter{Name: "buffers", Count: func() int64 { return reactor.InUse().Buffers }})
	if o.Panic == nil {
		o.Panic = func(v any, stack []byte) { t.Errorf("panic: %v\n%s", v, stack) }
	}
	r, err := reactor.New(o)
	if err != nil {
		t.Fatal(err)
	}
	r.Start()
	t.Cleanup(r.Close)
	return r
}

type runner func(t *reactor.Task)

func (f runner) Run(t *reactor.Task) { f(t) }

// in runs f in a task of a loop and waits for it.
func in(t testing.TB, l *reactor.Loop, f func(tk *reactor.Task)) {
	t.Helper()
	done := make(chan struct{})
	l.Post(func() {
		l.Go(runner(func(tk *reactor.Task) {
			defer close(done)
			f(tk)
		}))
	})
	wait(t, done)
}

// on runs f on a loop, outside any task, and waits for it.
func on(t testing.TB, l *reactor.Loop, f func()) {
	t.Helper()
	done := make(chan struct{})
	l.Post(func() { defer close(done); f() })
	wait(t, done)
}

const patience = 20 * time.Second

func wait[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("waited too long")
		panic("unreachable")
	}
}

// acceptTask is an AcceptHandler that gives every connection a task.
type acceptTask func(t *reactor.Task, c *reactor.Conn)

func (f acceptTask) Accept(c *reactor.Conn) {
	c.Loop().Go(runner(func(t *reactor.Task) {
		defer c.Close()
		f(t, c)
	}))
}

type acceptFunc func(c *reactor.Conn)

func (f acceptFunc) Accept(c *reactor.Conn) { f(c) }

func listen(t testing.TB, r *reactor.Reactor, h reactor.AcceptHandler) *reactor.Listener {
	t.Helper()
	ln, err := r.Listen("tcp4", "127.0.0.1:0", reactor.ListenOptions{}, h)
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func dial(t testing.TB, ln *reactor.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial(ln.Addr().Network(), ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c
}

// echo sends everything back.
func echo(t *reactor.Task, c *reactor.Conn) {
	buf := t.Loop().Buf()
	defer t.Loop().PutBuf(buf)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}

// tcpServer is a plain net server on the test's side.
func tcpServer(t testing.TB, f func(c net.Conn)) *net.TCPAddr {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer c.Close()
				c.SetDeadline(time.Now().Add(patience))
				f(c)
			}()
		}
	}()
	t.Cleanup(func() { ln.Close(); wg.Wait() })
	return ln.Addr().(*net.TCPAddr)
}

func addr(a *net.TCPAddr) reactor.Addr { return reactor.Addr{IP: a.AddrPort()} }

func echoServer(t testing.TB) *net.TCPAddr {
	return tcpServer(t, func(c net.Conn) { io.Copy(c, c) })
}
