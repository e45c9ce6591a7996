package stream_test

import (
	"fmt"
	"net/netip"
	"runtime"
	"syscall"
	"testing"

	"understudy/internal/stage"
	"understudy/reactor"
)

// Both ends of the sessions are bare descriptors, so that the heap holds nothing but the sessions.
const idle = 2000

// An idle session has no task, no buffer, and little memory.
func TestIdleSessionsTakeLittle(t *testing.T) {
	ln, addr := bareListener(t)
	stage.OursStream(t, with(`
map $remote_addr $m { default x; }
server { listen LISTEN; set $a $m; proxy_pass PEER; access_log DIR/access.log plain; error_log DIR/error.log warn; }
`, map[string]string{"PEER": addr}), func(t *testing.T, s *stage.Server) {
		if s.Name == "portable" {
			return // which has goroutines and buffers of its own for every connection
		}
		fds := make([]int, 0, 2*idle)
		defer func() {
			for _, fd := range fds {
				syscall.Close(fd)
			}
		}()
		before := heap()
		for range idle {
			near := bareDial(t, s.Addr)
			far, _, err := syscall.Accept(ln)
			if err != nil {
				t.Fatal(err)
			}
			fds = append(fds, near, far)
			roundTrip(t, near, far)
		}
		each := (heap() - before) / idle
		use := reactor.InUse()
		t.Logf("%d bytes each, %+v", each, use)
		if each > 2048 {
			t.Errorf("an idle session takes %d bytes", each)
		}
		if use.Coroutines > 8 || use.Buffers > 8 {
			t.Errorf("%d sessions keep %+v", idle, use)
		}
		s.Stream.Abort()
	})
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func bareListener(t *testing.T) (fd int, addr string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 511); err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, fmt.Sprintf("127.0.0.1:%d", sa.(*syscall.SockaddrInet4).Port)
}

func bareDial(t *testing.T, addr string) int {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	limit := syscall.NsecToTimeval(stage.Patience.Nanoseconds())
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit); err != nil {
		t.Fatal(err)
	}
	a := netip.MustParseAddrPort(addr)
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Addr: a.Addr().As4(), Port: int(a.Port())}); err != nil {
		t.Fatal(err)
	}
	return fd
}

func roundTrip(t *testing.T, near, far int) {
	t.Helper()
	var b [1]byte
	if _, err := syscall.Write(near, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if n, err := read(far, b[:]); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := syscall.Write(far, b[:]); err != nil {
		t.Fatal(err)
	}
	if n, err := read(near, b[:]); n != 1 || err != nil {
		t.Fatal(n, err)
	}
}

// read reads once. A socket with a time limit does not go on by itself after a signal, as other calls do, and Go's runtime sends
// them.
func read(fd int, p []byte) (int, error) {
	for {
		if n, err := syscall.Read(fd, p); err != syscall.EINTR {
			return n, err
		}
	}
}
