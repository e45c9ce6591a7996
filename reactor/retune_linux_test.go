package reactor_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"understudy/reactor"
)

// TestAnOpenSocketTakesOtherParameters: those of a reload, and those that another process left it with.
func TestAnOpenSocketTakesOtherParameters(t *testing.T) {
	first := reactor.ListenOptions{RcvBuf: 32 << 10, DeferAccept: 1}
	second := reactor.ListenOptions{RcvBuf: 16 << 10, SndBuf: 24 << 10, FastOpen: 5, KeepAlive: &reactor.KeepAlive{On: true, Count: 3}}
	r := start(t, reactor.Options{Driver: "epoll"})
	nobody := acceptFunc(func(c *reactor.Conn) { c.Abort() })
	ln, err := r.Listen("tcp4", "127.0.0.1:0", first, nobody)
	if err != nil {
		t.Fatal(err)
	}
	file, err := ln.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fd := int(file.Fd())
	expect := func(what string, rcv, snd, deferred, fastopen, keepalive, probes int) {
		t.Helper()
		for name, o := range map[string]struct{ level, name, want int }{
			"rcvbuf":    {unix.SOL_SOCKET, unix.SO_RCVBUF, 2 * rcv}, // the kernel doubles them
			"sndbuf":    {unix.SOL_SOCKET, unix.SO_SNDBUF, 2 * snd},
			"deferred":  {unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, deferred},
			"fastopen":  {unix.IPPROTO_TCP, unix.TCP_FASTOPEN, fastopen},
			"keepalive": {unix.SOL_SOCKET, unix.SO_KEEPALIVE, keepalive},
			"probes":    {unix.IPPROTO_TCP, unix.TCP_KEEPCNT, probes},
		} {
			if o.want == 0 && name != "deferred" {
				continue
			}
			if got, err := unix.GetsockoptInt(fd, o.level, o.name); err != nil || got != o.want {
				t.Errorf("%s: %s %d, %v; want %d", what, name, got, err, o.want)
			}
		}
	}
	expect("at first", 32<<10, 0, 1, 0, 0, 0)
	if err := ln.Retune(second); err != nil {
		t.Fatal(err)
	}
	expect("retuned", 16<<10, 24<<10, 0, 5, 1, 3)

	first.File = file
	if _, err := r.Listen("tcp4", ln.AddrPort().String(), first, nobody); err != nil {
		t.Fatal(err)
	}
	expect("handed on", 32<<10, 0, 1, 0, 0, 0)
	ln.Close()
	if ln.Retune(second) == nil {
		t.Error("a closed listener was retuned")
	}
}
