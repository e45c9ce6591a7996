package reactor

// System calls on connections, Linux. Raw: they do not block, so the scheduler need not hear of them.

import (
	"math"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func (c *Conn) sysRead(p []byte) (int, syscall.Errno) {
	if c.port != nil {
		return c.port.read(p)
	}
	for {
		n, _, e := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(c.slot), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), 0, 0, 0)
		if e == 0 {
			return int(n), 0
		}
		if e != syscall.EINTR {
			return 0, e
		}
	}
}

// sysPeek is sysRead that leaves the bytes where they are.
func (c *Conn) sysPeek(p []byte) (int, syscall.Errno) {
	if c.port != nil {
		return c.port.peek(p)
	}
	for {
		n, _, e := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(c.slot), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), unix.MSG_PEEK, 0, 0)
		if e == 0 {
			return int(n), 0
		}
		if e != syscall.EINTR {
			return 0, e
		}
	}
}

func (c *Conn) sysWrite(p []byte) (int, syscall.Errno) { return c.sysSend(p, unix.MSG_NOSIGNAL) }

// sysWriteMore is sysWrite for bytes that others follow at once.
func (c *Conn) sysWriteMore(p []byte) (int, syscall.Errno) {
	return c.sysSend(p, unix.MSG_NOSIGNAL|unix.MSG_MORE)
}

func (c *Conn) sysSend(p []byte, flags uintptr) (int, syscall.Errno) {
	if c.port != nil {
		return c.port.write(p, nil)
	}
	for {
		n, _, e := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(c.slot), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), flags, 0, 0)
		if e == 0 {
			return int(n), 0
		}
		if e != syscall.EINTR {
			return 0, e
		}
	}
}

// sysWritev sends a and b (neither empty) in one call.
func (c *Conn) sysWritev(a, b []byte) (int, syscall.Errno) {
	if c.port != nil {
		return c.port.write(a, b)
	}
	v := [2]unix.Iovec{{Base: &a[0]}, {Base: &b[0]}}
	v[0].SetLen(len(a))
	v[1].SetLen(len(b))
	m := unix.Msghdr{Iov: &v[0]}
	m.SetIovlen(2)
	for {
		n, _, e := syscall.RawSyscall(unix.SYS_SENDMSG, uintptr(c.slot), uintptr(unsafe.Pointer(&m)), unix.MSG_NOSIGNAL)
		if e == 0 {
			return int(n), 0
		}
		if e != syscall.EINTR {
			return 0, e
		}
	}
}

func (c *Conn) sysCloseWrite() error {
	if c.port != nil {
		return c.port.closeWrite()
	}
	return closeWrite(int(c.slot))
}

// sysClose closes the descriptor; epoll forgets it by itself, for nobody has a duplicate.
func (c *Conn) sysClose(reset bool) {
	if c.port != nil {
		c.port.close(reset)
		return
	}
	if reset {
		setReset(int(c.slot))
	}
	closeFd(int(c.slot))
}

// Fd is the descriptor, -1 with the portable driver. It stays the connection's.
func (c *Conn) Fd() int {
	if c.port != nil || c.flags&closed != 0 {
		return -1
	}
	return int(c.slot)
}

// SendFile writes n bytes of f from offset off, waiting as Write does, and returns how many were sent; fewer without an
// error mean that the file has ended. After chunk bytes other connections have their turn (sendfile_max_chunk); 0 = no limit.
// Reading a file that is not in the page cache holds the loop, but no processor; see Task.Offload.
func (c *Conn) SendFile(f Source, off, n, chunk int64) (int64, error) {
	if c.port != nil {
		return c.copyFile(f, off, n, chunk)
	}
	if chunk <= 0 {
		chunk = math.MaxInt32 &^ 4095 // the most that one call takes
	}
	in := int(f.Fd())
	done, left := int64(0), chunk
	for done < n {
		if c.wdead != 0 && c.wdead <= c.loop.mono {
			return done, ErrTimeout
		}
		if c.flags&closed != 0 {
			return done, c.closedErr()
		}
		if c.flags&canWrite != 0 {
			at := off + done
			m, e := sendFile(int(c.slot), in, at, min(n-done, left))
			switch {
			case e == syscall.EAGAIN:
				c.flags &^= canWrite
			case e == syscall.EINTR:
			case e != 0:
				return done, e
			case m == 0:
				return done, nil
			default:
				done += m
				if left -= m; left <= 0 && done < n {
					left = chunk
					if t := c.loop.cur; t != nil {
						t.pause()
					}
				}
			}
			continue
		}
		if err := c.waitWrite(); err != nil {
			return done, err
		}
		left = chunk
	}
	return done, nil
}

func (c *Conn) setInt(level, name, value int) error {
	if c.flags&closed != 0 {
		return c.closedErr()
	}
	return os.NewSyscallError("setsockopt", setOption(int(c.slot), level, name, value))
}

// SetNoDelay turns Nagle's algorithm off (true) or on. No effect on unix sockets.
func (c *Conn) SetNoDelay(on bool) error {
	switch {
	case c.flags&unixConn != 0:
		return nil
	case c.port != nil:
		return c.port.setNoDelay(on)
	}
	return c.setInt(syscall.IPPROTO_TCP, syscall.TCP_NODELAY, boolInt(on))
}

// SetKeepAlive turns TCP keepalive probes on or off. No effect on unix sockets.
func (c *Conn) SetKeepAlive(on bool) error {
	switch {
	case c.flags&unixConn != 0:
		return nil
	case c.port != nil:
		return c.port.setKeepAlive(on)
	}
	return c.setInt(syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, boolInt(on))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
