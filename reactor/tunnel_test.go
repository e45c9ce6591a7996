package reactor_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"understudy/reactor"
)

// tunnel starts a listener that joins every connection to a server running peer, and returns a client of it.
func tunnel(t *testing.T, o reactor.Options, to reactor.TunnelOptions, peer func(c net.Conn)) (*net.TCPConn, <-chan reactor.TunnelResult) {
	t.Helper()
	back := tcpServer(t, peer)
	r := start(t, o)
	done := make(chan reactor.TunnelResult, 1)
	to.Done = func(res reactor.TunnelResult) { done <- res }
	ln := listen(t, r, acceptFunc(func(c *reactor.Conn) {
		c.Loop().Go(runner(func(tk *reactor.Task) {
			u, err := c.Loop().Dial(tk, addr(back), reactor.DialOptions{})
			if err != nil {
				t.Error(err)
				c.Close()
				return
			}
			reactor.Join(c, u, to)
		}))
	}))
	return dial(t, ln).(*net.TCPConn), done
}

func TestTunnelCarriesBothWays(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		c, done := tunnel(t, o, reactor.TunnelOptions{}, func(c net.Conn) { io.Copy(c, c) })
		msg := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
		go c.Write(msg)
		got := make([]byte, len(msg))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, msg) {
			t.Fatal("tunnel damaged the bytes", err)
		}
		c.Close()
		r := wait(t, done)
		if n := int64(len(msg)); r.AtoB != n || r.BtoA != n || r.Err != nil || r.TimedOut || !r.FromA {
			t.Errorf("result %+v", r)
		}
	})
}

func TestTunnelWaitsForASlowPeer(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		const size = 24 << 20
		read := make(chan struct{})
		got := make(chan int64, 1)
		c, done := tunnel(t, o, reactor.TunnelOptions{}, func(c net.Conn) {
			<-read
			n, _ := io.Copy(io.Discard, c)
			got <- n
		})
		// Write until the tunnel takes no more, and only then let the peer read.
		sent := 0
		for buf := make([]byte, 1<<20); sent < size; {
			c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			n, err := c.Write(buf[:min(len(buf), size-sent)])
			if sent += n; err != nil {
				break
			}
		}
		if sent == size {
			t.Fatalf("no back-pressure after %d bytes", sent)
		}
		close(read)
		c.SetWriteDeadline(time.Now().Add(patience))
		if _, err := c.Write(make([]byte, size-sent)); err != nil {
			t.Fatal(err)
		}
		c.CloseWrite()
		if n := wait(t, got); n != size {
			t.Errorf("peer got %d of %d", n, size)
		}
		if r := wait(t, done); r.AtoB != size || !r.FromA || r.Err != nil {
			t.Errorf("result %+v", r)
		}
	})
}

func TestTunnelEndsWithEitherSide(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		c, done := tunnel(t, o, reactor.TunnelOptions{}, func(c net.Conn) { c.Write([]byte("last words")) })
		got, err := io.ReadAll(c)
		if string(got) != "last words" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
		if r := wait(t, done); r.FromA || r.BtoA != 10 || r.Err != nil {
			t.Errorf("result %+v", r)
		}
	})
}

func TestTunnelPassesHalfCloseOn(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		c, done := tunnel(t, o, reactor.TunnelOptions{HalfClose: true}, func(c net.Conn) {
			all, _ := io.ReadAll(c)
			c.Write(bytes.ToUpper(all))
		})
		c.Write([]byte("question"))
		c.CloseWrite()
		got, err := io.ReadAll(c)
		if string(got) != "QUESTION" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
		if r := wait(t, done); r.AtoB != 8 || r.BtoA != 8 || r.Err != nil {
			t.Errorf("result %+v", r)
		}
	})
}

func TestTunnelTimesOutOnlyWhenIdle(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		c, done := tunnel(t, o, reactor.TunnelOptions{Timeout: 500 * time.Millisecond}, func(c net.Conn) { io.Copy(c, c) })
		var b [1]byte
		from := time.Now()
		for time.Since(from) < time.Second { // twice the timeout, never silent for long
			c.Write(b[:])
			if _, err := io.ReadFull(c, b[:]); err != nil {
				t.Fatalf("ended although busy: %v", err)
			}
			c.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
			c.Read(b[:]) // nothing comes: this is the pause
			c.SetReadDeadline(time.Now().Add(patience))
		}
		r := wait(t, done)
		if !r.TimedOut || r.Err != reactor.ErrTimeout {
			t.Errorf("result %+v", r)
		}
	})
}

func TestTunnelReportsAReset(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		c, done := tunnel(t, o, reactor.TunnelOptions{HalfClose: true}, func(c net.Conn) { io.Copy(c, c) })
		c.Write([]byte("x"))
		io.ReadFull(c, make([]byte, 1))
		c.SetLinger(0)
		c.Close()
		if r := wait(t, done); r.Err == nil || !r.FromA {
			t.Errorf("result %+v", r)
		}
	})
}

func TestReactorCloseEndsTunnels(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		back := echoServer(t)
		r := start(t, o)
		done := make(chan reactor.TunnelResult, 1)
		up := make(chan *reactor.Tunnel, 1)
		ln := listen(t, r, acceptFunc(func(c *reactor.Conn) {
			c.Loop().Go(runner(func(tk *reactor.Task) {
				u, _ := c.Loop().Dial(tk, addr(back), reactor.DialOptions{})
				up <- reactor.Join(c, u, reactor.TunnelOptions{Done: func(res reactor.TunnelResult) { done <- res }})
			}))
		}))
		c := dial(t, ln)
		wait(t, up)
		r.Close()
		if res := wait(t, done); res.Err != net.ErrClosed {
			t.Errorf("result %+v", res)
		}
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("the client is still connected")
		}
	})
}

// TestTunnelOfAClosedConnection tells its owner, after Join and before the loop ends.
func TestTunnelOfAClosedConnection(t *testing.T) {
	for name, which := range map[string][2]bool{"the first": {true, false}, "the second": {false, true}, "both": {true, true}} {
		t.Run(name, func(t *testing.T) {
			drivers(t, func(t *testing.T, o reactor.Options) {
				back := tcpServer(t, func(c net.Conn) { io.Copy(io.Discard, c) })
				r := start(t, o)
				done := make(chan reactor.TunnelResult, 2)
				ln := listen(t, r, acceptFunc(func(c *reactor.Conn) {
					c.Loop().Go(runner(func(tk *reactor.Task) {
						u, err := c.Loop().Dial(tk, addr(back), reactor.DialOptions{})
						if err != nil {
							t.Error(err)
							return
						}
						if which[0] {
							c.Close()
						}
						if which[1] {
							u.Close()
						}
						joined := false
						reactor.Join(c, u, reactor.TunnelOptions{Timeout: time.Minute, Done: func(res reactor.TunnelResult) {
							if !joined {
								t.Error("told before Join returned")
							}
							done <- res
						}})
						joined = true
					}))
				}))
				c := dial(t, ln)
				if res := wait(t, done); res.Err != net.ErrClosed || res.FromA != which[0] {
					t.Errorf("%+v", res)
				}
				if _, err := io.ReadAll(c); err != nil {
					t.Error(err)
				}
				on(t, r.Loops()[0], func() {}) // behind the task that joins
				if n := r.Conns(); n != 0 {
					t.Errorf("%d connections are left", n)
				}
			})
		})
	}
}

func TestTunnelReadsNoFasterThanItsRate(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		const rate, size = 1_000_000, 700_000
		// Behind every read comes a pause, so that all but the last one have taken their time.
		const least = (size - 72<<10) * time.Second / rate
		for _, c := range []struct {
			name         string
			rateA, rateB int64
		}{{"up", rate, 0}, {"down", 0, rate}, {"none", rate << 30, 0}} {
			t.Run(c.name, func(t *testing.T) {
				conn, done := tunnel(t, o, reactor.TunnelOptions{RateA: c.rateA, RateB: c.rateB, Timeout: 500 * time.Millisecond}, func(c net.Conn) { io.Copy(c, c) })
				from := time.Now()
				go conn.Write(make([]byte, size))
				if _, err := io.ReadFull(conn, make([]byte, size)); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(from); c.name != "none" && took < least {
					t.Errorf("took %v, should be %v or more", took, least)
				}
				conn.Close()
				if r := wait(t, done); r.AtoB != size || r.BtoA != size || r.ReadA != size || r.ReadB != size || r.FirstB == 0 || r.TimedOut {
					t.Errorf("result %+v", r)
				}
			})
		}
	})
}

func TestTunnelTellsWhichSideEndedLast(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		c, done := tunnel(t, o, reactor.TunnelOptions{HalfClose: true}, func(c net.Conn) { io.Copy(io.Discard, c) })
		c.CloseWrite()
		if r := wait(t, done); r.FromA || r.FirstB != 0 {
			t.Errorf("result %+v", r)
		}
	})
}
