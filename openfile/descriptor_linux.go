package openfile

// System calls with names in bytes, so that no string is made of them.

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// openPlain opens path, which ends with a NUL.
func openPlain(path []byte) (descriptor, error) {
	at := unix.AT_FDCWD
	for {
		fd, _, e := syscall.Syscall6(unix.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(&path[0])), readFlags|unix.O_LARGEFILE, 0, 0, 0)
		if e == 0 {
			return descriptor(fd), nil
		}
		if e != unix.EINTR {
			return noDescriptor, e
		}
	}
}
