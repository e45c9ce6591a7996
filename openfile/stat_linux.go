//go:build linux && (amd64 || arm64)

package openfile

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// statPlain looks at path, which ends with a NUL.
func (o *Opener) statPlain(path []byte) (Info, error) {
	at := unix.AT_FDCWD
	for {
		_, _, e := syscall.Syscall6(sysFstatat, uintptr(at), uintptr(unsafe.Pointer(&path[0])), uintptr(unsafe.Pointer(&o.stat)), 0, 0, 0)
		if e == 0 {
			return infoOf(&o.stat), nil
		}
		if e != unix.EINTR {
			return Info{}, e
		}
	}
}

// sysFstat looks at an open file, which the kernel knows by heart.
func sysFstat(fd int, st *unix.Stat_t) error {
	_, _, e := syscall.RawSyscall(unix.SYS_FSTAT, uintptr(fd), uintptr(unsafe.Pointer(st)), 0)
	if e == 0 {
		return nil
	}
	return e
}
