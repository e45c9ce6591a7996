//go:build !unix

package openfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// descriptor is an open file; noDescriptor is none.
type descriptor struct{ file *os.File }

var noDescriptor = descriptor{}

type rawStat struct{}

// openPlain opens path, which ends with a NUL.
func openPlain(path []byte) (descriptor, error) {
	f, err := os.Open(string(path[:len(path)-1]))
	if err != nil {
		return noDescriptor, errnoOf(err)
	}
	return descriptor{f}, nil
}

// statPlain looks at path, which ends with a NUL.
func (o *Opener) statPlain(path []byte) (Info, error) {
	info, err := os.Stat(string(path[:len(path)-1]))
	if err != nil {
		return Info{}, errnoOf(err)
	}
	return infoOf(info), nil
}

// errnoOf finds the errno in an error of package os.
func errnoOf(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

func (d descriptor) fd() uintptr { return d.file.Fd() }

func (d descriptor) close() {
	if d.file != nil {
		_ = d.file.Close() // nothing was written to it
	}
}

func (d descriptor) info(*Opener) (Info, error) {
	info, err := d.file.Stat()
	if err != nil {
		return Info{}, errnoOf(err)
	}
	return infoOf(info), nil
}

func (d descriptor) readAt(p []byte, off int64) (int, error) { return d.file.ReadAt(p, off) }

// infoOf has no number of the file to tell others by; that its time or length has changed has to do.
func infoOf(info fs.FileInfo) Info {
	i := Info{Size: info.Size(), Modified: info.ModTime().Unix(), Executable: info.Mode()&0o100 != 0}
	i.unique = uint64(info.ModTime().UnixNano())*31 + uint64(i.Size)
	switch {
	case info.Mode().IsRegular():
		i.Kind = Regular
	case info.IsDir():
		i.Kind = Directory
	}
	return i
}
