//go:build unix

package openfile

import (
	"io"

	"golang.org/x/sys/unix"
)

// descriptor is an open file; noDescriptor is none.
type descriptor int

const noDescriptor descriptor = -1

type rawStat = unix.Stat_t

// readFlags open a file to send it: a fifo, which nobody writes to, does not make it wait.
const readFlags = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_CLOEXEC

func (d descriptor) fd() uintptr { return uintptr(d) }

func (d descriptor) close() {
	if d != noDescriptor {
		sysClose(int(d)) // nothing was written to it
	}
}

func (d descriptor) info(o *Opener) (Info, error) {
	for {
		err := sysFstat(int(d), &o.stat)
		if err == nil {
			return infoOf(&o.stat), nil
		}
		if err != unix.EINTR {
			return Info{}, err
		}
	}
}

func (d descriptor) readAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		n, err := sysPread(int(d), p[done:], off+int64(done))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return done, err
		case n == 0:
			return done, io.EOF
		}
		done += max(n, 0)
	}
	return done, nil
}

func infoOf(st *unix.Stat_t) Info {
	seconds, _ := st.Mtim.Unix()
	info := Info{Size: st.Size, Modified: seconds, Executable: st.Mode&unix.S_IXUSR != 0, unique: uint64(st.Ino)}
	switch uint32(st.Mode) & unix.S_IFMT {
	case unix.S_IFREG:
		info.Kind = Regular
	case unix.S_IFDIR:
		info.Kind = Directory
	}
	return info
}
