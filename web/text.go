package web

import (
	"errors"
	"fmt"
	"syscall"
)

func appendf(b []byte, format string, args ...any) []byte { return fmt.Appendf(b, format, args...) }

func errnoOf(err error) (syscall.Errno, bool) {
	var errno syscall.Errno
	ok := errors.As(err, &errno)
	return errno, ok
}
