package reactor_test

import (
	"io"
	"net"
	"testing"
	"time"

	"understudy/reactor"
)

// BenchmarkEcho is one round trip through a task that reads and writes; the client is a plain socket on the same loop's
// machine, so the figure is for both ends. It must show 0 allocs/op.
func BenchmarkEcho(b *testing.B) {
	r := start(b, reactor.Options{Driver: driverNames[0]})
	ln := listen(b, r, acceptTask(echo))
	c := dial(b, ln)
	roundTrips(b, c)
}

// BenchmarkEchoTunnel is the same through a tunnel to an echo server on the same loop: two hops more.
func BenchmarkEchoTunnel(b *testing.B) {
	r := start(b, reactor.Options{Driver: driverNames[0]})
	back := listen(b, r, acceptTask(echo))
	ln := listen(b, r, joinTo(back, reactor.TunnelOptions{Timeout: time.Minute}))
	c := dial(b, ln)
	roundTrips(b, c)
}

// BenchmarkIdleEcho gives the connection back to the loop after every message, as keepalive does.
func BenchmarkIdleEcho(b *testing.B) {
	r := start(b, reactor.Options{Driver: driverNames[0]})
	ln := listen(b, r, acceptFunc(func(c *reactor.Conn) { c.Idle(idleEcho{}, time.Minute) }))
	c := dial(b, ln)
	roundTrips(b, c)
}

type idleEcho struct{}

func (h idleEcho) Ready(t *reactor.Task, c *reactor.Conn) {
	buf := t.Loop().Buf()
	defer t.Loop().PutBuf(buf)
	n, err := c.Read(buf)
	if err != nil {
		c.Close()
		return
	}
	c.Write(buf[:n])
	c.Idle(h, time.Minute)
}

func (idleEcho) Expired(c *reactor.Conn) { c.Close() }

func roundTrips(b *testing.B, c net.Conn) {
	c.SetDeadline(time.Time{})
	msg := make([]byte, 125)
	got := make([]byte, len(msg))
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, err := c.Write(msg); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, got); err != nil {
			b.Fatal(err)
		}
	}
}

// joinTo makes a tunnel to another listener for every connection.
func joinTo(back *reactor.Listener, o reactor.TunnelOptions) reactor.AcceptHandler {
	return acceptFunc(func(c *reactor.Conn) {
		c.Loop().Go(runner(func(t *reactor.Task) {
			u, err := c.Loop().Dial(t, reactor.Addr{IP: back.AddrPort()}, reactor.DialOptions{})
			if err != nil {
				c.Close()
				return
			}
			reactor.Join(c, u, o)
		}))
	})
}
