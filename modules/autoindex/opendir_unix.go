//go:build unix

package autoindex

import (
	"os"
	"syscall"
)

// openDir opens a directory and nothing else; a fifo does not make it wait.
func openDir(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NONBLOCK, 0)
}
