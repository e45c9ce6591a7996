//go:build unix && !linux

package openfile

import "golang.org/x/sys/unix"

// searchFlags open a directory on the way.
const searchFlags = unix.O_RDONLY | unix.O_DIRECTORY
