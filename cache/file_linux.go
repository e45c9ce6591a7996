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
func openCached(name string, buf []byte) (o opened, err error) {
	how := unix.OpenHow{Flags: unix.O_RDONLY | unix.O_CLOEXEC, Resolve: resolveCached}
	fd, err := unix.Openat2(unix.AT_FDCWD, name, &how)
	switch err {
	case nil:
	case unix.ENOENT, unix.ENOTDIR:
		return o, err
	default: // EAGAIN, or a kernel or a sandbox without openat2
		return o, errWouldWait
	}
	var st unix.Stat_t
	o.n, err = unix.Preadv2(fd, [][]byte{buf}, 0, unix.RWF_NOWAIT)
	if err != nil || o.n <= 0 || unix.Fstat(fd, &st) != nil || o.n < len(buf) && int64(o.n) < st.Size {
		unix.Close(fd)
		return opened{}, errWouldWait
	}
	o.size, o.uniq, o.disk = st.Size, st.Ino, st.Blocks*512
	if int64(o.n) >= st.Size {
		unix.Close(fd)
		return o, nil
	}
	o.file = os.NewFile(uintptr(fd), name)
	return o, nil
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
