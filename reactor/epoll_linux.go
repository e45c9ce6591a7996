package reactor

// The epoll driver's part of a loop.

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const bestDriver = "epoll"

// Values of the generation half of an epoll event's data. A connection's is positive; a listener's is listenerGen minus
// its number.
const (
	wakeGen     = -1
	listenerGen = -2
)

// connEvents is what a connection is registered for, once, when it is made.
const connEvents = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET

type epoll struct {
	fd     int
	wakeFd int
	i, n   int // the part of events not yet dispatched (a task that ends by Goexit leaves one)
	events [512]unix.EpollEvent
}

func newPoller(name string) (poller, error) {
	switch name {
	case "epoll":
		return newEpoll()
	case "portable":
		return newPortable(), nil
	}
	return nil, ErrDriver
}

func newEpoll() (*epoll, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	p := &epoll{fd: fd, wakeFd: wake}
	// Edge-triggered: every write to the eventfd is an edge, so it need never be read.
	if err := p.ctl(unix.EPOLL_CTL_ADD, wake, unix.EPOLLIN|unix.EPOLLET, wakeGen); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *epoll) close() {
	_ = unix.Close(p.fd)
	_ = unix.Close(p.wakeFd)
}

func (p *epoll) ctl(op, fd int, events uint32, gen int32) error {
	ev := unix.EpollEvent{Events: events, Fd: int32(fd), Pad: gen}
	_, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(p.fd), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(&ev)), 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

func (p *epoll) wake() {
	one := uint64(1)
	_, _, _ = syscall.RawSyscall(unix.SYS_WRITE, uintptr(p.wakeFd), uintptr(unsafe.Pointer(&one)), 8)
}

func (p *epoll) wait(l *Loop, ms int64) {
	if p.i >= p.n {
		p.poll(l, ms)
	}
	for p.i < p.n {
		ev := &p.events[p.i]
		p.i++
		switch {
		case ev.Pad > 0:
			// A stale event, of a connection closed in this batch whose descriptor is another's now, has an older generation.
			if c := l.conns[ev.Fd]; c != nil && int32(c.gen) == ev.Pad {
				c.event(epollBits(ev.Events))
				l.runReady()
			}
		case ev.Pad <= listenerGen:
			l.acceptReady(int(listenerGen - ev.Pad))
		}
	}
}

// grace is how long, in milliseconds, a loop that has just had events waits for more through a raw system call. The scheduler does
// not know of such a wait, so that it costs neither a handover nor a wake-up; a garbage collection may have to wait as long.
const grace = 1

// poll fetches events: first through a raw system call, because a busy loop has some at once or soon, then in a way that the
// scheduler knows of.
func (p *epoll) poll(l *Loop, ms int64) {
	short := int64(0)
	if p.n > 0 && ms != 0 && l.offloads == 0 {
		short = grace
		if ms > 0 {
			short = min(ms, grace)
		}
	}
	n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), uintptr(short), 0, 0)
	if e != 0 {
		n = 0
	}
	if n == 0 && ms != 0 {
		if ms = l.beforeBlocking(); ms != 0 {
			m, err := unix.EpollWait(p.fd, p.events[:], int(min(ms, 1<<30)))
			if err == nil {
				n = uintptr(m)
			}
		}
	}
	p.i, p.n = 0, int(n)
	l.tick()
}

func epollBits(ev uint32) uint32 {
	var bits uint32
	if ev&unix.EPOLLIN != 0 {
		bits = canRead
	}
	if ev&unix.EPOLLOUT != 0 {
		bits |= canWrite
	}
	if ev&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		bits |= canRead | hungUp
		if ev&(unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			bits |= canWrite
		}
		if ev&unix.EPOLLERR != 0 {
			bits |= failed
		}
	}
	return bits
}

// adopt makes a connection of a non-blocking descriptor and registers it.
func (l *Loop) adopt(fd int) (*Conn, error) {
	c := &Conn{slot: int32(fd), flags: canWrite}
	l.addConn(c)
	if err := l.p.(*epoll).ctl(unix.EPOLL_CTL_ADD, fd, connEvents, int32(c.gen)); err != nil {
		c.detach()
		_ = unix.Close(fd)
		return nil, err
	}
	return c, nil
}
