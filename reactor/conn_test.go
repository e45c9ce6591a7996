package reactor_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"understudy/reactor"
)

func TestEcho(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		ln := listen(t, r, acceptTask(echo))
		c := dial(t, ln)
		msg := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
		go c.Write(msg)
		got := make([]byte, len(msg))
		if _, err := io.ReadFull(c, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, msg) {
			t.Fatal("echo differs")
		}
	})
}

// pair runs f in a task with a connection dialed to a plain server that runs peer.
func pair(t *testing.T, o reactor.Options, peer func(c net.Conn), f func(tk *reactor.Task, c *reactor.Conn)) {
	t.Helper()
	a := tcpServer(t, peer)
	r := start(t, o)
	l := r.Loops()[0]
	in(t, l, func(tk *reactor.Task) {
		c, err := l.Dial(tk, addr(a), reactor.DialOptions{Timeout: patience})
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		f(tk, c)
	})
}

// untilEOF is a peer that says nothing and stays until the other side ends.
func untilEOF(c net.Conn) { io.Copy(io.Discard, c) }

func TestReadTimeout(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		pair(t, o, untilEOF, func(tk *reactor.Task, c *reactor.Conn) {
			c.SetReadTimeout(20 * time.Millisecond)
			from := c.Loop().Mono()
			_, err := c.Read(make([]byte, 10))
			var ne net.Error
			if !errors.As(err, &ne) || !ne.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("read: %v", err)
			}
			if d := c.Loop().Mono() - from; d < 20 {
				t.Errorf("timed out after %d ms", d)
			}
			c.SetReadTimeout(0)
			c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			if _, err := c.Read(make([]byte, 10)); err != reactor.ErrTimeout {
				t.Errorf("read with deadline: %v", err)
			}
			if _, err := c.Read(make([]byte, 10)); err != reactor.ErrTimeout {
				t.Errorf("read after deadline: %v", err)
			}
		})
	})
}

func TestDeadlineMovedWhileWaiting(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		pair(t, o, untilEOF, func(tk *reactor.Task, c *reactor.Conn) {
			c.Loop().Go(runner(func(*reactor.Task) { c.SetReadDeadline(time.Now().Add(-time.Second)) }))
			if _, err := c.Read(make([]byte, 10)); err != reactor.ErrTimeout {
				t.Errorf("read: %v", err)
			}
		})
	})
}

func TestWriteTimeoutAndDeadline(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		release := make(chan struct{})
		pair(t, o, func(c net.Conn) { <-release }, func(tk *reactor.Task, c *reactor.Conn) {
			defer close(release)
			big := make([]byte, 64<<20)
			c.SetWriteTimeout(20 * time.Millisecond)
			n, err := c.Write(big)
			if err != reactor.ErrTimeout || n == 0 || n == len(big) {
				t.Errorf("write: %d, %v", n, err)
			}
			c.SetWriteTimeout(0)
			c.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
			if _, err := c.Write(big); err != reactor.ErrTimeout {
				t.Errorf("write with deadline: %v", err)
			}
			c.Abort()
		})
	})
}

func TestTryReadWouldBlock(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		pair(t, o, func(c net.Conn) { io.Copy(c, c) }, func(tk *reactor.Task, c *reactor.Conn) {
			if _, err := c.TryRead(make([]byte, 1)); err != reactor.ErrWouldBlock {
				t.Errorf("TryRead: %v", err)
			}
			if n, err := c.TryWrite([]byte("x")); n != 1 || err != nil {
				t.Errorf("TryWrite: %d, %v", n, err)
			}
			if i := tk.Wait(patience, reactor.Event{Conn: c, Kind: reactor.Readable}); i != 0 {
				t.Errorf("Wait: %d", i)
			}
			if n, err := c.TryRead(make([]byte, 1)); n != 1 || err != nil {
				t.Errorf("TryRead: %d, %v", n, err)
			}
		})
	})
}

func TestDataBeforeFinIsReadWhole(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		data := bytes.Repeat([]byte("z"), 300_000)
		pair(t, o, func(c net.Conn) { c.Write(data) }, func(tk *reactor.Task, c *reactor.Conn) {
			got, err := io.ReadAll(c)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
			if !c.HungUp() {
				t.Error("not hung up after EOF")
			}
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("read after EOF: %v", err)
			}
		})
	})
}

func TestHungUpIsSeenWhileNothingIsRead(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		pair(t, o, func(c net.Conn) { c.Write([]byte("bye")) }, func(tk *reactor.Task, c *reactor.Conn) {
			if i := tk.Wait(patience, reactor.Event{Conn: c, Kind: reactor.HungUp}); i != 0 {
				t.Errorf("Wait: %d", i)
			}
			if got, err := io.ReadAll(c); string(got) != "bye" || err != nil {
				t.Errorf("read %q, %v", got, err)
			}
		})
	})
}

func TestWritev(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		got := make(chan []byte, 1)
		a, b := bytes.Repeat([]byte("a"), 3<<20), bytes.Repeat([]byte("b"), 3<<20)
		pair(t, o, func(c net.Conn) { all, _ := io.ReadAll(c); got <- all }, func(tk *reactor.Task, c *reactor.Conn) {
			for _, v := range [][2][]byte{{[]byte("1"), nil}, {nil, []byte("2")}, {[]byte("3"), []byte("4")}, {a, b}} {
				if n, err := c.Writev(v[0], v[1]); n != len(v[0])+len(v[1]) || err != nil {
					t.Errorf("Writev: %d, %v", n, err)
				}
			}
			c.CloseWrite()
			c.Read(make([]byte, 1))
		})
		want := append(append([]byte("1234"), a...), b...)
		if all := wait(t, got); !bytes.Equal(all, want) {
			t.Fatalf("peer got %d bytes, want %d", len(all), len(want))
		}
	})
}

func TestSendFile(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		data := bytes.Repeat([]byte("0123456789"), 500_000)
		name := filepath.Join(t.TempDir(), "f")
		os.WriteFile(name, data, 0o600)
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		got := make(chan []byte, 1)
		pair(t, o, func(c net.Conn) { all, _ := io.ReadAll(c); got <- all }, func(tk *reactor.Task, c *reactor.Conn) {
			if n, err := c.SendFile(f, 5, int64(len(data))-10, 300_000); n != int64(len(data))-10 || err != nil {
				t.Errorf("SendFile: %d, %v", n, err)
			}
			if n, err := c.SendFile(f, int64(len(data))-5, 100, 0); n != 5 || err != nil {
				t.Errorf("SendFile over the end: %d, %v", n, err)
			}
			c.CloseWrite()
			c.Read(make([]byte, 1))
		})
		if all := wait(t, got); !bytes.Equal(all, data[5:]) {
			t.Fatalf("peer got %d bytes", len(all))
		}
	})
}

func TestSendingFilesTakesTurns(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		const size, chunk = 256 << 10, 4 << 10
		name := filepath.Join(t.TempDir(), "f")
		os.WriteFile(name, make([]byte, size), 0o600)
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		got := make(chan int64, 1)
		pair(t, o, func(c net.Conn) { n, _ := io.Copy(io.Discard, c); got <- n }, func(tk *reactor.Task, c *reactor.Conn) {
			turns, done := 0, false
			var turn func() // once in each turn of the loop
			turn = func() {
				if turns++; !done {
					tk.Loop().Post(turn)
				}
			}
			turn()
			if _, err := c.SendFile(f, 0, size, chunk); err != nil {
				t.Error(err)
			}
			done = true
			if most := size / chunk / 2; turns < most {
				t.Errorf("others had %d turns, want %d or more", turns, most)
			}
			c.CloseWrite()
			c.Read(make([]byte, 1))
		})
		if n := wait(t, got); n != size {
			t.Fatalf("peer got %d bytes", n)
		}
	})
}

func TestAbortResets(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		got := make(chan error, 1)
		pair(t, o, func(c net.Conn) { _, err := io.ReadAll(c); got <- err }, func(tk *reactor.Task, c *reactor.Conn) { c.Abort() })
		if err := wait(t, got); !errors.Is(err, syscall.ECONNRESET) {
			t.Fatalf("peer sees %v", err)
		}
	})
}

func TestResetIsAnErrno(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		pair(t, o, func(c net.Conn) {
			c.Read(make([]byte, 1))
			c.(*net.TCPConn).SetLinger(0)
		}, func(tk *reactor.Task, c *reactor.Conn) {
			c.Write([]byte("x"))
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("read: %v", err)
			}
		})
	})
}

func TestCloseWakesTheReader(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		pair(t, o, untilEOF, func(tk *reactor.Task, c *reactor.Conn) {
			c.Loop().Go(runner(func(*reactor.Task) { c.Close() }))
			if _, err := c.Read(make([]byte, 1)); err != net.ErrClosed {
				t.Errorf("read: %v", err)
			}
			if err := c.Close(); err != net.ErrClosed {
				t.Errorf("second close: %v", err)
			}
		})
	})
}

func TestTwoReadersAreRefused(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		pair(t, o, untilEOF, func(tk *reactor.Task, c *reactor.Conn) {
			var second error
			c.Loop().Go(runner(func(*reactor.Task) { _, second = c.Read(make([]byte, 1)); c.Close() }))
			c.Read(make([]byte, 1))
			if second != reactor.ErrBusy {
				t.Errorf("second reader: %v", second)
			}
		})
	})
}

func TestBlockingOutsideATaskIsRefused(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		pair(t, o, untilEOF, func(tk *reactor.Task, c *reactor.Conn) {
			var err error
			c.Loop().Post(func() { _, err = c.Read(make([]byte, 1)); tk.Resume() })
			tk.Park()
			if err != reactor.ErrNotInTask {
				t.Errorf("read: %v", err)
			}
		})
	})
}

func TestUnixSocket(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		path := filepath.Join(t.TempDir(), "s")
		r := start(t, o)
		ln, err := r.Listen("unix", path, reactor.ListenOptions{}, acceptTask(echo))
		if err != nil {
			t.Fatal(err)
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o666 {
			t.Errorf("socket file: %v, %v", st, err)
		}
		l := r.Loops()[0]
		in(t, l, func(tk *reactor.Task) {
			c, err := l.Dial(tk, reactor.Addr{Unix: path}, reactor.DialOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			c.Write([]byte("hello"))
			var b [5]byte
			if _, err := io.ReadFull(c, b[:]); err != nil || string(b[:]) != "hello" {
				t.Errorf("got %q, %v", b, err)
			}
			if !c.IsUnix() || c.UnixPath() != path || c.Remote().IsValid() {
				t.Errorf("unix %v, path %q, remote %v", c.IsUnix(), c.UnixPath(), c.Remote())
			}
		})
		ln.Close()
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("socket file after Close: %v", err)
		}
	})
}

func TestAddresses(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		type ends struct{ local, remote string }
		got := make(chan ends, 1)
		ln := listen(t, r, acceptTask(func(tk *reactor.Task, c *reactor.Conn) {
			got <- ends{c.Local().String(), c.Remote().String()}
		}))
		c := dial(t, ln)
		if e := wait(t, got); e.local != c.RemoteAddr().String() || e.remote != c.LocalAddr().String() {
			t.Errorf("%v, but the client has %v → %v", e, c.LocalAddr(), c.RemoteAddr())
		}
	})
}

func TestDialRefused(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		ln, _ := net.Listen("tcp", "127.0.0.1:0")
		a := ln.Addr().(*net.TCPAddr)
		ln.Close()
		r := start(t, o)
		l := r.Loops()[0]
		in(t, l, func(tk *reactor.Task) {
			_, err := l.Dial(tk, addr(a), reactor.DialOptions{Timeout: patience})
			var se *os.SyscallError
			if !errors.Is(err, syscall.ECONNREFUSED) || !errors.As(err, &se) || se.Syscall != "connect" {
				t.Errorf("dial: %v", err)
			}
			_, err = l.Dial(tk, reactor.Addr{Unix: filepath.Join(t.TempDir(), "none")}, reactor.DialOptions{})
			if !errors.Is(err, syscall.ENOENT) {
				t.Errorf("dial unix: %v", err)
			}
		})
	})
}
