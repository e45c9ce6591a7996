//go:build unix && !linux

package cycle

import (
	"os"
	"syscall"
)

// dupToStderr puts a file in the place of descriptor 2.
func dupToStderr(f *os.File) error { return syscall.Dup2(int(f.Fd()), 2) }
