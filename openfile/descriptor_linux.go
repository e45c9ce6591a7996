package openfile

// System calls with names in bytes, so that no string is made of them. What does not have to wait for a disk is done without telling
// the scheduler: that would wake its monitor, which costs more than the call.

import (
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// resolveCached is RESOLVE_CACHED of openat2(2), since Linux 5.12: the path is in the kernel's cache of names, else EAGAIN.
const resolveCached = 0x20

// noCachedOpen and noCachedRead are set where the kernel, a sandbox or a file system does not know the call.
var noCachedOpen, noCachedRead atomic.Bool

// openPlain opens path, which ends with a NUL.
func openPlain(path []byte) (descriptor, error) {
	at := unix.AT_FDCWD
	if !noCachedOpen.Load() {
		how := unix.OpenHow{Flags: readFlags | unix.O_LARGEFILE, Resolve: resolveCached}
		fd, _, e := syscall.RawSyscall6(unix.SYS_OPENAT2, uintptr(at), uintptr(unsafe.Pointer(&path[0])), uintptr(unsafe.Pointer(&how)), unsafe.Sizeof(how), 0, 0)
		switch e {
		case 0:
			return descriptor(fd), nil
		case unix.ENOENT, unix.ENOTDIR:
			return noDescriptor, e
		case unix.ENOSYS, unix.EINVAL, unix.EPERM:
			noCachedOpen.Store(true)
		}
	}
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

func sysClose(fd int) { _, _, _ = syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }

// sysPread reads what is in the cache of pages, or else waits for the disk.
func sysPread(fd int, p []byte, off int64) (int, error) {
	if !noCachedRead.Load() {
		v := unix.Iovec{Base: &p[0]}
		v.SetLen(len(p))
		n, _, e := syscall.RawSyscall6(unix.SYS_PREADV2, uintptr(fd), uintptr(unsafe.Pointer(&v)), 1, uintptr(off), uintptr(off>>32), unix.RWF_NOWAIT)
		switch e {
		case 0:
			return int(n), nil
		case unix.ENOSYS, unix.EOPNOTSUPP:
			noCachedRead.Store(true)
		}
	}
	return unix.Pread(fd, p, off)
}
