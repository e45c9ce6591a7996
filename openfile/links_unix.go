//go:build unix

package openfile

import (
	"strings"

	"golang.org/x/sys/unix"
)

// LinksCanBeRefused tells whether the system can open a path step by step.
const LinksCanBeRefused = true

// openBeneath opens a file for reading step by step, so that no link is followed that mode does not allow; the first from bytes
// of the path, which end before a "/", are opened as they are (ngx_open_file_wrapper). With an error comes the call that failed.
func openBeneath(name string, mode LinkMode, from int) (descriptor, string, error) {
	at, rest := unix.AT_FDCWD, name
	first := ""
	switch {
	case from > 0:
		first, rest = name[:from], name[from+1:]
	case strings.HasPrefix(name, "/"):
		first, rest = "/", name[1:]
	}
	if first != "" {
		fd, err := unix.Open(first, searchFlags|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != nil {
			return noDescriptor, "open", err
		}
		at = fd
	}
	failed := func(err error) (descriptor, string, error) {
		if at != unix.AT_FDCWD {
			unix.Close(at)
		}
		return noDescriptor, "openat", err
	}
	for {
		step, after, more := strings.Cut(rest, "/")
		if !more {
			break
		}
		if rest = after; step == "" {
			continue
		}
		fd, err := openStep(at, step, searchFlags|unix.O_NONBLOCK|unix.O_CLOEXEC, mode)
		if err != nil {
			return failed(err)
		}
		if at != unix.AT_FDCWD {
			unix.Close(at)
		}
		at = fd
	}
	var fd int
	var err error
	if rest == "" {
		fd, err = unix.Openat(at, ".", readFlags, 0)
	} else {
		fd, err = openStep(at, rest, readFlags, mode)
	}
	if err != nil {
		return failed(err)
	}
	if at != unix.AT_FDCWD {
		unix.Close(at)
	}
	return descriptor(fd), "", nil
}

// openStep opens one name of a path.
func openStep(at int, name string, flags int, mode LinkMode) (int, error) {
	if mode == LinksRefused {
		return unix.Openat(at, name, flags|unix.O_NOFOLLOW, 0)
	}
	fd, err := unix.Openat(at, name, flags, 0)
	if err != nil {
		return -1, err
	}
	// whether it was a link when it was opened cannot be known, so the owners are compared in any case
	var link, file unix.Stat_t
	if err = unix.Fstatat(at, name, &link, unix.AT_SYMLINK_NOFOLLOW); err == nil {
		if err = unix.Fstat(fd, &file); err == nil && link.Uid != file.Uid {
			err = unix.ELOOP
		}
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
