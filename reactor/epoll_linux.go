package reactor

// The epoll driver's part of a loop.

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const bestDriver = "epoll"

// Values of the generation half of an epoll event's data. A connection's is positive; a listener's is listenerGen minus
// its number.
const (
	wakeGen     = -1
	alarmGen    = -2
	listenerGen = -3
)

// connEvents is what a connection is registered for, once, when it is made.
const connEvents = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET

type epoll struct {
	fd     int
	wakeFd int
	parking

	procs    int32 // processors that the scheduler has
	forecast forecast
	seen     int64 // when the scheduler last saw the loop park or call, by the loop's clock

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
	awake.Add(1)
	p := &epoll{fd: fd, wakeFd: -1, procs: int32(runtime.GOMAXPROCS(0))}
	err = p.openParking()
	if err == nil {
		p.wakeFd, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	}
	if err == nil {
		// Edge-triggered: every write to the eventfd is an edge, so it need never be read.
		err = p.ctl(unix.EPOLL_CTL_ADD, p.wakeFd, unix.EPOLLIN|unix.EPOLLET, wakeGen)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *epoll) close() {
	awake.Add(-1)
	if p.wakeFd >= 0 {
		closeFd(p.wakeFd)
	}
	p.closeParking()
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

// awake counts the loops of the process that are not parked.
var awake atomic.Int32

// grace is how long, in milliseconds, a loop that expects events soon waits for them by itself, without telling the scheduler: that
// costs neither a handover nor a wake-up. It keeps a processor meanwhile, so it depends on how many are left for others. A garbage
// collection does not have to wait: its signal ends the system call.
func (p *epoll) grace() int64 {
	switch n := awake.Load(); {
	case n < p.procs:
		return 4
	case n == p.procs:
		return 1
	}
	return 0
}

// forecast says whether the next wait will be short, by what came after a wait like the last one: a busy loop has one short wait
// after the other, one that passes a lone request on has a long one and a short one in turn.
type forecast struct {
	last  int     // 1 if the last wait was short, else 0
	after [2]bool // whether the wait after a long one, after a short one, was short
}

func (f *forecast) short() bool { return f.after[f.last] }

func (f *forecast) learn(short bool) {
	f.after[f.last] = short
	f.last = boolInt(short)
}

// breath is after how many milliseconds the scheduler has to have seen a loop: it parks before that if it can, and if it is never
// idle makes sure that the scheduler's monitor is awake, for else nothing interrupts it where another goroutine waits for its
// processor.
const breath = 10

// poll fetches events, waiting up to ms milliseconds (-1 = for ever) for the first: a little by itself if it expects them, else parked.
func (p *epoll) poll(l *Loop, ms int64) {
	grace := int64(0)
	if ms != 0 && l.offloads == 0 && p.forecast.short() && l.mono-p.seen < breath/2 {
		grace = p.grace()
		if ms > 0 {
			grace = min(ms, grace)
		}
	}
	p.fetch(grace)
	if p.n == 0 && ms != 0 {
		if ms = l.beforeBlocking(); ms != 0 {
			since := l.mono
			awake.Add(-1)
			p.park(since, ms)
			awake.Add(1)
			l.tick()
			p.seen = l.mono
			p.forecast.learn(l.mono-since <= p.grace())
			return
		}
	}
	l.tick()
	if ms != 0 {
		p.forecast.learn(true)
	}
	if l.mono-p.seen >= breath {
		p.seen = l.mono
		_, _ = unix.FcntlInt(uintptr(p.fd), unix.F_GETFD, 0) // any system call that the scheduler knows of wakes it
	}
}

// fetch takes what is there from the kernel, waiting up to ms milliseconds for the first.
func (p *epoll) fetch(ms int64) {
	n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), uintptr(ms), 0, 0)
	if e != 0 {
		n = 0
	}
	p.i, p.n = 0, int(n)
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
		closeFd(fd)
		return nil, err
	}
	return c, nil
}
