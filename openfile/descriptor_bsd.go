//go:build unix && !linux

package openfile

import "golang.org/x/sys/unix"

// openPlain opens path, which ends with a NUL.
func openPlain(path []byte) (descriptor, error) {
	for {
		fd, err := unix.Open(string(path[:len(path)-1]), readFlags, 0)
		if err == nil {
			return descriptor(fd), nil
		}
		if err != unix.EINTR {
			return noDescriptor, err
		}
	}
}

func sysClose(fd int) { _ = unix.Close(fd) }

func sysPread(fd int, p []byte, off int64) (int, error) { return unix.Pread(fd, p, off) }
