package reactor

// Connecting, Linux.

import (
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Dial connects from task t of this loop. Errors: ErrTimeout, ErrMaxConns, or *os.SyscallError ("socket", "bind",
// "connect") around the syscall.Errno.
func (l *Loop) Dial(t *Task, a Addr, o DialOptions) (*Conn, error) {
	if t == nil || l.cur != t {
		return nil, ErrNotInTask
	}
	if l.shut {
		t.spun()
		return nil, net.ErrClosed
	}
	if l.makeRoom(); l.Full() {
		return nil, ErrMaxConns
	}
	if _, ok := l.p.(*portable); ok {
		return l.dialPortable(t, a, o)
	}
	var sa rawAddr
	if a.Unix == "" {
		sa.set(a.IP)
	} else if err := sa.setUnix(a.Unix); err != nil {
		return nil, os.NewSyscallError("connect", err)
	}
	fd, err := unix.Socket(sa.family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := o.prepare(fd, sa.family); err != nil {
		closeFd(fd)
		return nil, err
	}
	err = connect(fd, &sa)
	if err != nil && err != unix.EINPROGRESS && err != unix.EINTR {
		closeFd(fd)
		return nil, os.NewSyscallError("connect", err)
	}
	waiting := err != nil
	c, err := l.adopt(fd)
	if err != nil {
		return nil, os.NewSyscallError("epoll_ctl", err)
	}
	if a.Unix != "" {
		c.flags |= unixConn
		c.names().remotePath = a.Unix
	} else {
		c.setRemote(a.IP)
	}
	if !waiting {
		return c, nil
	}
	c.flags &^= canWrite
	if err = o.connected(t, c); err == nil {
		if c.flags&closed != 0 {
			return nil, net.ErrClosed
		}
		err = os.NewSyscallError("connect", pendingError(fd))
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// prepare sets a socket's options before it connects.
func (o *DialOptions) prepare(fd, family int) error {
	if o.RcvBuf > 0 {
		_ = setOption(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, o.RcvBuf)
	}
	if o.SndBuf > 0 {
		_ = setOption(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, o.SndBuf)
	}
	if family == unix.AF_UNIX && !o.LocalAddr.IsValid() {
		return nil
	}
	_ = setOption(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if o.KeepAlive {
		_ = setOption(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	}
	if o.LocalAddr.IsValid() {
		if o.Transparent {
			if err := transparent(fd, family == unix.AF_INET6); err != nil {
				return os.NewSyscallError("setsockopt", err)
			}
		}
		if o.LocalPort == 0 {
			_ = setOption(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
		}
		var sa rawAddr
		sa.set(o.local())
		return os.NewSyscallError("bind", bind(fd, &sa))
	}
	return nil
}

// transparent lets a socket be bound to an address of another host. A process that serves as another user than root, and kept the
// way back, has the right to in store only: the thread takes it out for that long.
func transparent(fd int, inet6 bool) error {
	set := func() error {
		if inet6 {
			return setOption(fd, unix.IPPROTO_IPV6, unix.IPV6_TRANSPARENT, 1)
		}
		return setOption(fd, unix.IPPROTO_IP, unix.IP_TRANSPARENT, 1)
	}
	err := set()
	if err != unix.EPERM {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var had [2]unix.CapUserData
	if unix.Capget(&head, &had[0]) != nil || had[0].Permitted&(1<<unix.CAP_NET_RAW) == 0 {
		return err
	}
	with := had
	with[0].Effective |= 1 << unix.CAP_NET_RAW
	if unix.Capset(&head, &with[0]) != nil {
		return err
	}
	err = set()
	_ = unix.Capset(&head, &had[0]) // giving up a right cannot fail
	return err
}
