package reactor_test

// CPU per echo round trip of a server process of its own, beside the barest possible loop with coroutines (the approach
// the reactor grew out of: no timers, no limits, no errors), so that what the rest costs can be seen.

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"understudy/reactor"
)

const benchServer = "REACTOR_BENCH_SERVER"

func TestMain(m *testing.M) {
	if kind := os.Getenv(benchServer); kind != "" {
		serveBench(kind)
		return
	}
	os.Exit(m.Run())
}

// serveBench prints its port, and then its CPU time in µs for every line it reads.
func serveBench(kind string) {
	switch kind {
	case "bare":
		ln, _ := net.Listen("tcp", "127.0.0.1:0")
		f, _ := ln.(*net.TCPListener).File()
		fmt.Println(ln.Addr().(*net.TCPAddr).Port)
		go bareLoop(int(f.Fd()))
	default:
		r, err := reactor.New(reactor.Options{Driver: "epoll"})
		if err != nil {
			panic(err)
		}
		h := acceptTask(func(t *reactor.Task, c *reactor.Conn) {
			c.SetReadTimeout(time.Minute)
			echo(t, c)
		})
		ln, err := r.Listen("tcp4", "127.0.0.1:0", reactor.ListenOptions{}, h)
		if err != nil {
			panic(err)
		}
		if kind == "tunnel" {
			ln, err = r.Listen("tcp4", "127.0.0.1:0", reactor.ListenOptions{}, joinTo(ln, reactor.TunnelOptions{Timeout: time.Minute}))
			if err != nil {
				panic(err)
			}
		}
		fmt.Println(ln.AddrPort().Port())
		r.Start()
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		fmt.Println((u.Utime.Nano() + u.Stime.Nano()) / 1000)
	}
}

func BenchmarkServerCPU(b *testing.B) {
	for _, kind := range []string{"bare", "reactor", "tunnel"} {
		b.Run(kind, func(b *testing.B) { benchServerCPU(b, kind) })
	}
}

func benchServerCPU(b *testing.B, kind string) {
	const clients = 32
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), benchServer+"="+kind, "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	lines := bufio.NewReader(out)
	number := func() int {
		s, err := lines.ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		n, _ := strconv.Atoi(strings.TrimSpace(s))
		return n
	}
	cpu := func() int { io.WriteString(in, "\n"); return number() }
	port := strconv.Itoa(number())
	var conns [clients]net.Conn
	for i := range conns {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		conns[i] = c
	}
	run := func(each int) {
		var wg sync.WaitGroup
		for _, c := range conns {
			wg.Go(func() {
				var buf [125]byte
				for range each {
					if _, err := c.Write(buf[:]); err != nil {
						b.Error(err)
						return
					}
					if _, err := io.ReadFull(c, buf[:]); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	run(100)
	each := b.N/clients + 1
	before := cpu()
	b.ResetTimer()
	run(each)
	b.StopTimer()
	b.ReportMetric(float64(cpu()-before)/float64(each*clients), "server-cpu-µs/op")
}

type bareConn struct {
	fd    int
	ready bool
	next  func() (struct{}, bool)
}

// bareLoop echoes with one coroutine per connection and nothing else.
func bareLoop(lfd int) {
	ep, _ := syscall.EpollCreate1(0)
	syscall.SetNonblock(lfd, true)
	syscall.EpollCtl(ep, syscall.EPOLL_CTL_ADD, lfd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(lfd)})
	conns := make([]*bareConn, 1024)
	evs := make([]syscall.EpollEvent, 512)
	for {
		r, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(ep), uintptr(unsafe.Pointer(&evs[0])), uintptr(len(evs)), 0, 0, 0)
		n := int(r)
		if e != 0 || n == 0 {
			if n, _ = syscall.EpollWait(ep, evs, -1); n < 0 {
				continue
			}
		}
		for i := range n {
			if int(evs[i].Fd) == lfd {
				fd, _, err := syscall.Accept4(lfd, syscall.SOCK_NONBLOCK)
				if err != nil {
					continue
				}
				_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
				c := &bareConn{fd: fd}
				conns[fd] = c
				c.next, _ = iter.Pull(c.echo)
				const et = syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | 1<<31
				syscall.EpollCtl(ep, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: et, Fd: int32(fd)})
				continue
			}
			if c := conns[evs[i].Fd]; c != nil {
				c.ready = true
				c.next()
			}
		}
	}
}

func (c *bareConn) echo(yield func(struct{}) bool) {
	p := make([]byte, 65536)
	for {
		for !c.ready {
			yield(struct{}{})
		}
		n, _, e := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(c.fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), 0, 0, 0)
		if e == syscall.EAGAIN {
			c.ready = false
			continue
		}
		if e != 0 || n == 0 {
			_ = syscall.Close(c.fd)
			return
		}
		c.ready = int(n) == len(p)
		_, _, _ = syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(c.fd), uintptr(unsafe.Pointer(&p[0])), n, syscall.MSG_NOSIGNAL, 0, 0)
	}
}
