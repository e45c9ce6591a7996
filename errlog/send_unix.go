//go:build unix

package errlog

import (
	"net"
	"syscall"
)

// sendNow writes one datagram without waiting.
func sendNow(conn net.Conn, b []byte) error {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		_, failed = syscall.Write(int(fd), b)
		return true
	})
	if failed == syscall.EAGAIN || failed == syscall.EINTR {
		return errNoRoom
	}
	if failed != nil {
		return failed
	}
	return err
}
