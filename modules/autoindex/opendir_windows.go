package autoindex

import (
	"os"
	"syscall"
)

// openDir opens a directory and nothing else.
func openDir(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &os.PathError{Op: "open", Path: name, Err: syscall.ENOTDIR}
	}
	return os.Open(name)
}
