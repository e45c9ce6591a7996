package reactor_test

import (
	"errors"
	"io"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"understudy/reactor"
)

// TestStaleEventMissesTheNewConnection has two connections become ready in one batch; the task of the first closes the
// second and dials a third, which gets the second's descriptor. The event must not be taken for the third's.
func TestStaleEventMissesTheNewConnection(t *testing.T) {
	quiet := tcpServer(t, untilEOF)
	r := start(t, reactor.Options{Driver: "epoll"})
	l := r.Loops()[0]
	conns := make(chan *reactor.Conn, 2)
	ln := listen(t, r, acceptFunc(func(c *reactor.Conn) { conns <- c }))
	c1 := dial(t, ln)
	s1 := wait(t, conns)
	c2 := dial(t, ln)
	s2 := wait(t, conns)
	on(t, l, func() {}) // their first "writable" is over

	result := make(chan string, 1)
	first := func(mine, other *reactor.Conn) func(*reactor.Task) {
		return func(tk *reactor.Task) {
			if _, err := mine.Read(make([]byte, 1)); err != nil {
				return // the other was first
			}
			fd := other.Fd()
			other.Close()
			c, err := l.Dial(tk, addr(quiet), reactor.DialOptions{})
			if err != nil {
				result <- err.Error()
				return
			}
			defer c.Close()
			switch {
			case c.Fd() != fd:
				result <- "the descriptor was not reused: the test proves nothing"
			case c.Readable():
				result <- "the new connection took the old one's event"
			default:
				result <- ""
			}
			mine.Close()
		}
	}
	entered, release := make(chan struct{}), make(chan struct{})
	l.Post(func() {
		l.Go(runner(first(s1, s2)))
		l.Go(runner(first(s2, s1)))
	})
	l.Post(func() { close(entered); <-release }) // holds the loop until both have something to read
	wait(t, entered)
	c1.Write([]byte("x"))
	c2.Write([]byte("x"))
	close(release)
	if s := wait(t, result); s != "" {
		t.Error(s)
	}
}

// TestAcceptPausesWithoutDescriptors lowers the limit of open files until accept fails, and then raises it again.
func TestAcceptPausesWithoutDescriptors(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		failed := make(chan error, 100)
		o.AcceptError = func(_ *reactor.Listener, err error) {
			select {
			case failed <- err:
			default:
			}
		}
		r := start(t, o)
		ln := listen(t, r, acceptTask(echo))
		client, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(client)
		// A descriptor limit below the next free one: accept fails, and so does nothing else here.
		var old syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
			t.Fatal(err)
		}
		low := old
		low.Cur = 3
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
			t.Fatal(err)
		}
		sa := &syscall.SockaddrInet4{Port: int(ln.AddrPort().Port()), Addr: [4]byte{127, 0, 0, 1}}
		err = syscall.Connect(client, sa)
		var cause error
		if err == nil {
			cause = wait(t, failed)
		}
		if e := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old); e != nil {
			t.Fatal(e)
		}
		if err != nil || !errors.Is(cause, syscall.EMFILE) {
			t.Fatalf("connect: %v; accept: %v", err, cause)
		}
		c := dial(t, ln) // served once the pause is over, as is the one that met the failure
		c.Write([]byte("x"))
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Error(err)
		}
	})
}

// TestDialTimeout connects to a listener whose queue is full.
func TestDialTimeout(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(fd)
		if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
			t.Fatal(err)
		}
		sa, _ := syscall.Getsockname(fd)
		a := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: sa.(*syscall.SockaddrInet4).Port}
		r := start(t, o)
		l := r.Loops()[0]
		in(t, l, func(tk *reactor.Task) {
			for range 10 {
				c, err := l.Dial(tk, addr(&a), reactor.DialOptions{Timeout: 100 * time.Millisecond})
				if err == nil {
					defer c.Close()
					continue
				}
				if err != reactor.ErrTimeout {
					t.Errorf("dial: %v", err)
				}
				return
			}
			t.Error("the queue never filled")
		})
	})
}

// TestHotPathDoesNotAllocate measures a round trip that goes through Read, Write, Wait, Idle and a fresh task.
func TestHotPathDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector allocates: only the round trips are tried")
	}
	tests := map[string]reactor.AcceptHandler{
		"read and write": acceptTask(echo),
		"idle and go":    acceptFunc(func(c *reactor.Conn) { c.Idle(idleEcho{}, time.Minute) }),
		"wait": acceptTask(func(tk *reactor.Task, c *reactor.Conn) {
			var b [1]byte
			for {
				if tk.Wait(time.Minute, reactor.Event{Conn: c, Kind: reactor.Readable}, reactor.Event{Conn: c, Kind: reactor.HungUp}) < 0 {
					return
				}
				n, err := c.TryRead(b[:])
				if err == reactor.ErrWouldBlock {
					continue
				}
				if err != nil {
					return
				}
				tk.Loop().Go(nothing{})
				if _, err := c.Writev(b[:n], nil); err != nil {
					return
				}
			}
		}),
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			r := start(t, reactor.Options{Driver: "epoll"})
			c := dial(t, listen(t, r, h))
			c.SetDeadline(time.Time{})
			var b [1]byte
			trip := func() {
				if _, err := c.Write(b[:]); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(c, b[:]); err != nil {
					t.Fatal(err)
				}
			}
			for range 200 {
				trip()
			}
			runtime.GC()
			if n := testing.AllocsPerRun(2000, trip); n >= 0.5 && !raceEnabled {
				t.Errorf("%v allocations per round trip", n)
			}
		})
	}
}

type nothing struct{}

func (nothing) Run(*reactor.Task) {}
