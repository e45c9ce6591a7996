package upstream

import (
	"fmt"
	"net"
	"testing"
	"time"

	"understudy/internal/leak"
	"understudy/reactor"
)

// patience bounds every wait of these tests.
const patience = 10 * time.Second

// drivers runs a test on the best driver and on the portable one.
func drivers(t *testing.T, f func(t *testing.T, r *reactor.Reactor)) {
	for _, name := range []string{"", "portable"} {
		t.Run("driver "+name, func(t *testing.T) { f(t, startReactor(t, name, 1)) })
	}
}

func startReactor(t testing.TB, driver string, loops int) *reactor.Reactor {
	t.Helper()
	// The Go runtime's poller opens its descriptors at first use; that is no leak.
	if ln, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		ln.Close()
	}
	leak.Check(t, leak.Counter{Name: "connections", Count: func() int64 { return reactor.InUse().Conns }})
	r, err := reactor.New(reactor.Options{Driver: driver, Loops: loops, Panic: func(v any, stack []byte) { t.Errorf("panic: %v\n%s", v, stack) }})
	if err != nil {
		t.Fatal(err)
	}
	r.Start()
	t.Cleanup(r.Close)
	return r
}

type job func(*reactor.Task)

func (f job) Run(t *reactor.Task) { f(t) }

// on runs f in a task of a loop and waits for its end.
func on(t testing.TB, l *reactor.Loop, f func(*reactor.Task)) {
	t.Helper()
	done := make(chan struct{})
	l.Post(func() {
		l.Go(job(func(task *reactor.Task) {
			defer close(done)
			f(task)
		}))
	})
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the task does not end")
	}
}

// backend is a peer's side: it hands out the connections it accepted.
type backend struct {
	net.Listener
	conns chan net.Conn
}

func startBackend(t testing.TB) *backend {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &backend{ln, make(chan net.Conn, 64)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			b.conns <- c
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		<-ended
		close(b.conns)
		for c := range b.conns {
			c.Close()
		}
	})
	return b
}

// server is a `server` line for the backend.
func (b *backend) server(more string) string { return fmt.Sprintf("server %s %s;\n", b.Addr(), more) }

// next is the connection accepted next, closed at the test's end.
func (b *backend) next(t testing.TB) net.Conn {
	t.Helper()
	select {
	case c := <-b.conns:
		t.Cleanup(func() { c.Close() })
		return c
	case <-time.After(patience):
		t.Fatal("nothing was accepted")
		return nil
	}
}

// ended waits for the proxy to close a connection.
func ended(t testing.TB, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(patience))
	if n, err := c.Read(make([]byte, 1)); err == nil || n > 0 {
		t.Error("data instead of an end")
	} else if e, ok := err.(net.Error); ok && e.Timeout() {
		t.Error("the connection was not closed")
	}
}

// open makes a connection to the peer just picked.
func open(t testing.TB, task *reactor.Task, try *Try) *reactor.Conn {
	t.Helper()
	c, err := task.Loop().Dial(task, try.Peer().Addr, reactor.DialOptions{Timeout: patience})
	if err != nil {
		t.Error(err)
		task.Park()
	}
	return c
}
