package reactor

// System calls on sockets that never wait, Linux. The scheduler is not told of them: that would wake its monitor, which then looks
// for milliseconds whether somebody waits.

import (
	"math/bits"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// failure is e as an error, nil if there is none.
func failure(e syscall.Errno) error {
	if e == 0 {
		return nil
	}
	return e
}

func closeFd(fd int) { _, _, _ = syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }

func setOption(fd, level, name, value int) error {
	v := int32(value)
	_, _, e := syscall.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(level), uintptr(name), uintptr(unsafe.Pointer(&v)), unsafe.Sizeof(v), 0)
	return failure(e)
}

// setReset has the next close send RST and drop what was not sent yet.
func setReset(fd int) {
	v := unix.Linger{Onoff: 1}
	_, _, _ = syscall.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_LINGER, uintptr(unsafe.Pointer(&v)), unsafe.Sizeof(v), 0)
}

// pendingError takes what became of a connect.
func pendingError(fd int) error {
	var v int32
	size := uint32(unsafe.Sizeof(v))
	_, _, e := syscall.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_ERROR, uintptr(unsafe.Pointer(&v)), uintptr(unsafe.Pointer(&size)), 0)
	if e == 0 {
		e = syscall.Errno(v)
	}
	return failure(e)
}

// TCPInfo asks the kernel; false where it has nothing to say: of a unix socket, or with the portable driver.
func (c *Conn) TCPInfo() (TCPInfo, bool) {
	if c.port != nil || c.flags&(closed|unixConn) != 0 {
		return TCPInfo{}, false
	}
	var v unix.TCPInfo
	size := uint32(unsafe.Sizeof(v))
	_, _, e := syscall.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(c.slot), unix.IPPROTO_TCP, unix.TCP_INFO, uintptr(unsafe.Pointer(&v)), uintptr(unsafe.Pointer(&size)), 0)
	return TCPInfo{RTT: v.Rtt, RTTVar: v.Rttvar, SndCwnd: v.Snd_cwnd, RcvSpace: v.Rcv_space}, e == 0
}

func closeWrite(fd int) error {
	_, _, e := syscall.RawSyscall(unix.SYS_SHUTDOWN, uintptr(fd), unix.SHUT_WR, 0)
	return failure(e)
}

// connect begins to connect a non-blocking socket.
func connect(fd int, sa *rawAddr) error {
	_, _, e := syscall.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&sa.any)), uintptr(sa.size))
	return failure(e)
}

func bind(fd int, sa *rawAddr) error {
	_, _, e := syscall.RawSyscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&sa.any)), uintptr(sa.size))
	return failure(e)
}

func localOf(fd int) netip.AddrPort {
	var sa unix.RawSockaddrAny
	size := uint32(unix.SizeofSockaddrAny)
	_, _, e := syscall.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(fd), uintptr(unsafe.Pointer(&sa)), uintptr(unsafe.Pointer(&size)))
	if e != 0 {
		return netip.AddrPort{}
	}
	return addrPort(&sa)
}

// sendFile sends up to n bytes of the file in from offset at.
func sendFile(to, in int, at, n int64) (int64, syscall.Errno) {
	// With 32 bits the plain call takes small offsets only.
	if bits.UintSize < 64 || !inMemory(in, at+min(n, sendAhead)-1) {
		m, err := syscall.Sendfile(to, in, &at, int(n))
		e, _ := err.(syscall.Errno)
		return int64(m), e
	}
	m, _, e := syscall.RawSyscall6(unix.SYS_SENDFILE, uintptr(to), uintptr(in), uintptr(unsafe.Pointer(&at)), uintptr(n), 0, 0)
	return int64(m), e
}

// sendAhead is about what a socket takes at once.
const sendAhead = 1 << 20

// inMemory tells whether the byte at off is in the cache of pages, and with it, most likely, what is before it. It says no where the
// file system cannot tell.
func inMemory(fd int, off int64) bool {
	var b byte
	v := unix.Iovec{Base: &b}
	v.SetLen(1)
	_, _, e := syscall.RawSyscall6(unix.SYS_PREADV2, uintptr(fd), uintptr(unsafe.Pointer(&v)), 1, uintptr(off), uintptr(off>>32), unix.RWF_NOWAIT)
	return e == 0
}
