package cache

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// resolveCached is RESOLVE_CACHED of openat2(2), since Linux 5.12.
const resolveCached = 0x20

// openCached opens a file and reads its beginning if neither has to wait for a disk: the path is in the kernel's cache of names,
// the data in its cache of pages. Else the error is errWouldWait.
func openCached(name string, buf []byte) (f *os.File, n int, size int64, uniq uint64, err error) {
	how := unix.OpenHow{Flags: unix.O_RDONLY | unix.O_CLOEXEC, Resolve: resolveCached}
	fd, err := unix.Openat2(unix.AT_FDCWD, name, &how)
	switch err {
	case nil:
	case unix.ENOENT, unix.ENOTDIR:
		return nil, 0, 0, 0, err
	default: // EAGAIN, or a kernel or a sandbox without openat2
		return nil, 0, 0, 0, errWouldWait
	}
	n, err = unix.Preadv2(fd, [][]byte{buf}, 0, unix.RWF_NOWAIT)
	var st unix.Stat_t
	if err == nil && n > 0 {
		err = unix.Fstat(fd, &st)
	} else if n >= 0 {
		err = errWouldWait
	}
	if err != nil || n < len(buf) && int64(n) < st.Size {
		unix.Close(fd)
		return nil, 0, 0, 0, errWouldWait
	}
	return os.NewFile(uintptr(fd), name), n, st.Size, st.Ino, nil
}

// readAhead has the kernel read a file while it is being sent.
func readAhead(f *os.File) {
	if raw, err := f.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { unix.Fadvise(int(fd), 0, 0, unix.FADV_WILLNEED) })
	}
}

func uniqueOf(info os.FileInfo) uint64 { return info.Sys().(*syscall.Stat_t).Ino }

// diskSize is what a file takes on its disk, bytes.
func diskSize(info os.FileInfo) int64 { return info.Sys().(*syscall.Stat_t).Blocks * 512 }

// blockSize is the unit in which a file system gives space away, bytes.
func blockSize(dir string) int64 {
	var fs unix.Statfs_t
	if unix.Statfs(dir, &fs) != nil || fs.Bsize <= 0 || fs.Bsize%512 != 0 {
		return 512
	}
	return fs.Bsize
}

// freeSpace is what a file system has left, bytes.
func freeSpace(dir string) int64 {
	var fs unix.Statfs_t
	if unix.Statfs(dir, &fs) != nil {
		return 1<<63 - 1
	}
	return int64(fs.Bavail) * fs.Bsize
}
