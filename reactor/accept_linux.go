package reactor

// Accepting under epoll: one descriptor watched by every loop (EPOLLEXCLUSIVE, level-triggered), or one per loop with
// SO_REUSEPORT.

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// acceptMax bounds the connections accepted at once.
	acceptMax = 16
	// acceptTurn is after how many connections a loop goes to the end of the line for a shared descriptor; without, the
	// kernel keeps waking the first loop that is not busy.
	acceptTurn = 16
)

// acceptor is a listener as one loop sees it.
type acceptor struct {
	ln      *Listener
	l       *Loop
	fd      int
	num     int // in acceptors
	shared  bool
	count   int
	watched bool // in the loop's epoll; on the loop only
	paused  Timer
}

// acceptors numbers what the loops of all reactors watch, by copying: events carry the number.
type acceptors struct{ list atomic.Pointer[[]*acceptor] }

func (s *acceptors) load() []*acceptor {
	if p := s.list.Load(); p != nil {
		return *p
	}
	return nil
}

// put enters a, under Reactor.mu.
func (s *acceptors) put(a *acceptor) {
	old := s.load()
	list := make([]*acceptor, len(old), len(old)+1)
	copy(list, old)
	for a.num = range list {
		if list[a.num] == nil {
			list[a.num] = a
			s.list.Store(&list)
			return
		}
	}
	a.num = len(list)
	list = append(list, a)
	s.list.Store(&list)
}

// drop frees a's number.
func (s *acceptors) drop(a *acceptor) {
	for {
		p := s.list.Load()
		list := append([]*acceptor(nil), *p...)
		list[a.num] = nil
		if s.list.CompareAndSwap(p, &list) {
			return
		}
	}
}

func (ln *Listener) open(ap netip.AddrPort) error {
	if ln.r.driver == "portable" {
		return ln.openPortable(ap)
	}
	loops := ln.r.loops
	var fds []int
	fail := func(err error) error {
		for _, fd := range fds {
			closeFd(fd)
		}
		return err
	}
	n := 1
	if ln.opts.ReusePort && ln.network == "tcp" && ln.opts.File == nil {
		n = len(loops)
	}
	for i := range n {
		fd, err := ln.socket(ap)
		if err != nil {
			return fail(err)
		}
		fds = append(fds, fd)
		if i == 0 && ln.network == "tcp" {
			ln.local = localOf(fd)
			ln.addr = net.TCPAddrFromAddrPort(ln.local)
			ap = netip.AddrPortFrom(ap.Addr(), ln.local.Port())
		}
	}
	if ln.network == "unix" {
		ln.addr = &net.UnixAddr{Name: ln.path, Net: "unix"}
	}
	for i, l := range loops {
		a := &acceptor{ln: ln, l: l, fd: fds[i%n], shared: n == 1 && len(loops) > 1, watched: true}
		a.paused.loop, a.paused.owner, a.paused.f = l, &a.paused, a.watch
		l.accs.put(a)
		ln.accs = append(ln.accs, a)
		if err := a.register(); err != nil {
			for _, a := range ln.accs {
				a.l.accs.drop(a)
			}
			ln.accs = nil
			return fail(os.NewSyscallError("epoll_ctl", err))
		}
	}
	return nil
}

// socket makes one listening descriptor.
func (ln *Listener) socket(ap netip.AddrPort) (int, error) {
	o := &ln.opts
	if o.File != nil {
		fd, err := unix.FcntlInt(o.File.Fd(), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return -1, os.NewSyscallError("dup", err)
		}
		if err = os.NewSyscallError("fcntl", unix.SetNonblock(fd, true)); err == nil {
			err = ln.retune(fd, o)
		}
		if err != nil {
			closeFd(fd)
			return -1, err
		}
		return fd, nil
	}
	var sa rawAddr
	protocol := 0
	if ln.network == "tcp" {
		sa.set(ap)
		if o.Multipath {
			protocol = unix.IPPROTO_MPTCP
		}
	} else if err := sa.setUnix(ln.path); err != nil {
		return -1, os.NewSyscallError("bind", err)
	}
	fd, err := unix.Socket(sa.family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := ln.prepare(fd, sa.family); err == nil {
		err = os.NewSyscallError("bind", bind(fd, &sa))
		if err == nil && ln.network == "unix" && ln.path[0] != '@' {
			err = os.Chmod(ln.path, 0o666) // as nginx leaves it: access is the directory's business
		}
		if err == nil {
			err = os.NewSyscallError("listen", unix.Listen(fd, o.Backlog))
		}
		if err == nil {
			return fd, nil
		}
		closeFd(fd)
		return -1, err
	} else {
		closeFd(fd)
		return -1, err
	}
}

// prepare sets the socket's options before it is bound.
func (ln *Listener) prepare(fd, family int) error {
	o := &ln.opts
	var first error
	set := func(level, name, value int) {
		if err := setOption(fd, level, name, value); err != nil && first == nil {
			first = os.NewSyscallError("setsockopt", err)
		}
	}
	set(unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if family != unix.AF_UNIX && o.ReusePort {
		set(unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}
	if family == unix.AF_INET6 {
		set(unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, boolInt(o.IPv6Only == nil || *o.IPv6Only))
	}
	if err := ln.tune(fd, o); first == nil {
		first = err
	}
	return first
}

// Retune gives a socket that stays open the parameters of another `listen` for it: buffers, so_keepalive, deferred, fastopen, backlog.
// Where it cannot be done the error is errors.ErrUnsupported.
func (ln *Listener) Retune(o ListenOptions) error {
	ln.mu.RLock()
	defer ln.mu.RUnlock()
	switch {
	case ln.closed:
		return net.ErrClosed
	case ln.nl != nil:
		return errors.ErrUnsupported
	case o.Backlog == 0:
		o.Backlog = defaultBacklog
	}
	for i, a := range ln.accs {
		if i > 0 && a.shared {
			break
		}
		if err := ln.retune(a.fd, &o); err != nil {
			return err
		}
	}
	return nil
}

func (ln *Listener) retune(fd int, o *ListenOptions) error {
	if ln.network != "unix" && o.DeferAccept == 0 {
		_ = setOption(fd, unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, 0) // some kinds of sockets do not know it at all
	}
	if err := ln.tune(fd, o); err != nil {
		return err
	}
	return os.NewSyscallError("listen", unix.Listen(fd, o.Backlog))
}

// tune sets those options of a socket that may change while it is open.
func (ln *Listener) tune(fd int, o *ListenOptions) error {
	var first error
	set := func(level, name, value int) {
		if err := setOption(fd, level, name, value); err != nil && first == nil {
			first = os.NewSyscallError("setsockopt", err)
		}
	}
	if o.RcvBuf > 0 {
		set(unix.SOL_SOCKET, unix.SO_RCVBUF, o.RcvBuf)
	}
	if o.SndBuf > 0 {
		set(unix.SOL_SOCKET, unix.SO_SNDBUF, o.SndBuf)
	}
	if ln.network == "unix" {
		return first
	}
	if k := o.KeepAlive; k != nil {
		set(unix.SOL_SOCKET, unix.SO_KEEPALIVE, boolInt(k.On))
		if k.Idle > 0 {
			set(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, int(k.Idle.Seconds()))
		}
		if k.Interval > 0 {
			set(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, int(k.Interval.Seconds()))
		}
		if k.Count > 0 {
			set(unix.IPPROTO_TCP, unix.TCP_KEEPCNT, k.Count)
		}
	}
	if o.DeferAccept > 0 {
		set(unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT, o.DeferAccept)
	}
	if o.FastOpen > 0 {
		set(unix.IPPROTO_TCP, unix.TCP_FASTOPEN, o.FastOpen)
	}
	return first
}

func (ln *Listener) sysClose() {
	if ln.nl != nil {
		_ = ln.nl.Close()
		return
	}
	for _, a := range ln.accs {
		// Said aloud, because the descriptor may live on in a duplicate (File).
		_ = a.l.p.(*epoll).ctl(unix.EPOLL_CTL_DEL, a.fd, 0, 0)
		a.l.accs.drop(a)
	}
	for i, a := range ln.accs {
		if i == 0 || !a.shared && len(ln.accs) > 1 {
			closeFd(a.fd)
		}
	}
}

// File returns a duplicate of the listening descriptor (the first, with ReusePort) to hand to another process.
func (ln *Listener) File() (*os.File, error) {
	ln.mu.RLock()
	defer ln.mu.RUnlock()
	if ln.closed {
		return nil, net.ErrClosed
	}
	if ln.nl != nil {
		return ln.filePortable()
	}
	fd, err := unix.FcntlInt(uintptr(ln.accs[0].fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	return os.NewFile(uintptr(fd), ln.addr.String()), nil
}

func (a *acceptor) register() error {
	events := uint32(unix.EPOLLIN)
	if a.shared {
		events |= unix.EPOLLEXCLUSIVE
	}
	return a.l.p.(*epoll).ctl(unix.EPOLL_CTL_ADD, a.fd, events, int32(listenerGen-a.num))
}

// unwatch takes the listener out of the loop's epoll.
func (a *acceptor) unwatch() {
	a.ln.mu.RLock()
	defer a.ln.mu.RUnlock()
	if a.watched && !a.ln.closed {
		_ = a.l.p.(*epoll).ctl(unix.EPOLL_CTL_DEL, a.fd, 0, 0)
	}
	a.watched = false
}

// watch puts it back.
func (a *acceptor) watch() {
	a.ln.mu.RLock()
	defer a.ln.mu.RUnlock()
	if a.ln.closed || a.watched {
		return
	}
	err := a.register()
	if a.watched = err == nil; !a.watched {
		a.l.acceptError(a.ln, os.NewSyscallError("epoll_ctl", err))
	}
}

// acceptReady takes a bounded number of connections from listener num of this loop.
func (l *Loop) acceptReady(num int) {
	list := l.accs.load()
	if num >= len(list) || list[num] == nil {
		return
	}
	a := list[num]
	for range acceptMax {
		if l.makeRoom(); l.Full() {
			l.hold()
			return
		}
		c, err := a.accept()
		switch {
		case err == nil:
			a.ln.accepted(c)
			l.runReady()
		case err == syscall.EAGAIN || err == net.ErrClosed:
			return
		case outOfFiles(err):
			l.acceptError(a.ln, os.NewSyscallError("accept4", err))
			a.unwatch()
			a.paused.Reset(acceptPause)
			return
		default: // ECONNABORTED, EPROTO …: that connection is lost, others may wait
			l.acceptError(a.ln, os.NewSyscallError("accept4", err))
		}
		if a.count++; a.shared && a.count%acceptTurn == 0 {
			a.unwatch()
			a.watch()
		}
	}
}

// accept takes one connection.
func (a *acceptor) accept() (*Conn, error) {
	var sa unix.RawSockaddrAny
	size := uint32(unix.SizeofSockaddrAny)
	a.ln.mu.RLock()
	if a.ln.closed {
		a.ln.mu.RUnlock()
		return nil, net.ErrClosed
	}
	r, _, e := syscall.RawSyscall6(unix.SYS_ACCEPT4, uintptr(a.fd), uintptr(unsafe.Pointer(&sa)), uintptr(unsafe.Pointer(&size)),
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	a.ln.mu.RUnlock()
	if e != 0 {
		if e == syscall.EINTR {
			e = syscall.EAGAIN // level-triggered: epoll says it again
		}
		return nil, e
	}
	fd := int(r)
	c, err := a.l.adopt(fd)
	if err != nil {
		return nil, err
	}
	if a.ln.network == "tcp" {
		c.setRemote(addrPort(&sa))
		_ = setOption(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		if a.ln.opts.DeferAccept > 0 {
			c.flags |= canRead // that is why it was accepted only now
		}
	}
	return c, nil
}

// hold stops watching all listeners of the loop until a connection closes.
func (l *Loop) hold() {
	for _, a := range l.accs.load() {
		if a != nil && a.watched {
			a.unwatch()
			l.held = append(l.held, a)
		}
	}
	if l.held != nil && !l.looking {
		l.looking = true
		l.After(acceptPause, l.lookForRoom)
	}
}

// lookForRoom tries again for connections that have become idle since the loop was full; a closed one is noticed at once.
func (l *Loop) lookForRoom() {
	if l.held != nil {
		l.makeRoom()
	}
	if l.looking = l.held != nil; l.looking {
		l.After(acceptPause, l.lookForRoom)
	}
}

// roomAgain watches the held listeners again if there is room.
func (l *Loop) roomAgain() {
	if l.r.opts.MaxConns == 0 || l.Full() {
		return
	}
	l.tellRoom()
	if l.held == nil {
		return
	}
	held := l.held
	l.held = nil
	for _, a := range held {
		a.watch()
	}
}
