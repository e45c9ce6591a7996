package errlog

import (
	"os"
	"syscall"
	"unsafe"
)

// isPlain tells a regular file from a pipe or a terminal, whose readers may keep a writer waiting.
func isPlain(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// appendPlain writes to a regular file without telling the scheduler: that would wake its monitor, which at a low rate of requests
// costs more than the write.
func appendPlain(f *os.File, p []byte) (int, error) {
	for done := 0; done < len(p); {
		n, _, e := syscall.RawSyscall(syscall.SYS_WRITE, f.Fd(), uintptr(unsafe.Pointer(&p[done])), uintptr(len(p)-done))
		switch e {
		case 0:
			done += int(n)
		case syscall.EINTR:
		default:
			return done, &os.PathError{Op: "write", Path: f.Name(), Err: e}
		}
	}
	return len(p), nil
}
