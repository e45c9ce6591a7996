//go:build unix && !(linux && (amd64 || arm64))

package openfile

import "golang.org/x/sys/unix"

// statPlain looks at path, which ends with a NUL.
func (o *Opener) statPlain(path []byte) (Info, error) {
	for {
		err := unix.Stat(string(path[:len(path)-1]), &o.stat)
		if err == nil {
			return infoOf(&o.stat), nil
		}
		if err != unix.EINTR {
			return Info{}, err
		}
	}
}

func sysFstat(fd int, st *unix.Stat_t) error { return unix.Fstat(fd, st) }
