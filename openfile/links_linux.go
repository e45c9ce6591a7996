package openfile

import "golang.org/x/sys/unix"

// searchFlags open a directory on the way, which need not be readable.
const searchFlags = unix.O_PATH | unix.O_RDONLY | unix.O_DIRECTORY
