package reactor_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"understudy/reactor"
)

func TestListenErrors(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		ln := listen(t, r, acceptTask(echo))
		_, err := r.Listen("tcp4", ln.Addr().String(), reactor.ListenOptions{}, acceptTask(echo))
		var se *os.SyscallError
		if !errors.Is(err, syscall.EADDRINUSE) || !errors.As(err, &se) || se.Syscall != "bind" {
			t.Errorf("address in use: %v", err)
		}
		if _, err := r.Listen("tcp4", "[::1]:0", reactor.ListenOptions{}, acceptTask(echo)); err == nil {
			t.Error("tcp4 took an IPv6 address")
		}
		if _, err := r.Listen("unix", filepath.Join(t.TempDir(), "no", "dir"), reactor.ListenOptions{}, acceptTask(echo)); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("unix: %v", err)
		}
	})
}

func TestListenIPv6(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		off := false
		ln, err := r.Listen("tcp6", "[::]:0", reactor.ListenOptions{IPv6Only: &off}, acceptTask(echo))
		if err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{"127.0.0.1", "::1"} {
			c, err := net.Dial("tcp", net.JoinHostPort(host, itoa(ln.AddrPort().Port())))
			if err != nil {
				t.Errorf("%s: %v", host, err)
				continue
			}
			c.Write([]byte("x"))
			if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
				t.Errorf("%s: %v", host, err)
			}
			c.Close()
		}
	})
}

func itoa(n uint16) string {
	var b [5]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}

func TestAllLoopsAccept(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		for _, reuse := range []bool{false, true} {
			o.Loops = 2
			r := start(t, o)
			var per [2]atomic.Int32
			ln, err := r.Listen("tcp4", "127.0.0.1:0", reactor.ListenOptions{ReusePort: reuse}, acceptTask(func(tk *reactor.Task, c *reactor.Conn) {
				per[tk.Loop().Index()].Add(1)
				echo(tk, c)
			}))
			if err != nil {
				t.Fatal(err)
			}
			for n := 0; (per[0].Load() == 0 || per[1].Load() == 0) && n < 2000; n++ {
				c := dial(t, ln)
				c.Write([]byte("x"))
				if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
					t.Fatal(err)
				}
				c.Close()
			}
			if per[0].Load() == 0 || per[1].Load() == 0 {
				t.Errorf("reuseport %v: loops accepted %d and %d", reuse, per[0].Load(), per[1].Load())
			}
			r.Close()
		}
	})
}

func TestListenerCloseKeepsConnections(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		ln := listen(t, r, acceptTask(echo))
		c := dial(t, ln)
		c.Write([]byte("x"))
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		ln.Close()
		if c, err := net.Dial("tcp", ln.Addr().String()); err == nil {
			c.Close()
			t.Error("still listening")
		}
		c.Write([]byte("x"))
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Errorf("an accepted connection ended with the listener: %v", err)
		}
	})
}

func TestHandlerSwap(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		say := func(s string) reactor.AcceptHandler {
			return acceptTask(func(_ *reactor.Task, c *reactor.Conn) { c.Write([]byte(s)) })
		}
		ln := listen(t, r, say("old"))
		if got, _ := io.ReadAll(dial(t, ln)); string(got) != "old" {
			t.Errorf("got %q", got)
		}
		ln.SetHandler(say("new"))
		if got, _ := io.ReadAll(dial(t, ln)); string(got) != "new" {
			t.Errorf("got %q", got)
		}
	})
}

// TestListenerFileIsInherited closes the first listener while a second one, made from its file, goes on with its queue.
func TestListenerFileIsInherited(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		ln := listen(t, r, acceptTask(echo))
		f, err := ln.File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		ln.Close()
		c := dial(t, ln) // queued: nobody accepts
		if _, err := r.Listen("tcp4", ln.Addr().String(), reactor.ListenOptions{File: f}, acceptTask(echo)); err != nil {
			t.Fatal(err)
		}
		c.Write([]byte("x"))
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Error(err)
		}
	})
}

func TestMaxConnsHoldsAccepting(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		o.MaxConns = 2
		r := start(t, o)
		ln := listen(t, r, acceptTask(echo))
		ping := func(c net.Conn) error {
			if _, err := c.Write([]byte("x")); err != nil {
				return err
			}
			_, err := io.ReadFull(c, make([]byte, 1))
			return err
		}
		a, b := dial(t, ln), dial(t, ln)
		if err := errors.Join(ping(a), ping(b)); err != nil {
			t.Fatal(err)
		}
		if n := r.Conns(); n != 2 {
			t.Errorf("Conns() = %d", n)
		}
		l := r.Loops()[0]
		in(t, l, func(tk *reactor.Task) {
			if _, err := l.Dial(tk, reactor.Addr{IP: ln.AddrPort()}, reactor.DialOptions{}); err != reactor.ErrMaxConns {
				t.Errorf("dial: %v", err)
			}
		})
		c := dial(t, ln)
		c.SetDeadline(time.Now().Add(50 * time.Millisecond))
		if err := ping(c); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("a third connection was served: %v", err)
		}
		a.Close()
		c.SetDeadline(time.Now().Add(patience))
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Errorf("the third was not served after the first closed: %v", err)
		}
	})
}
