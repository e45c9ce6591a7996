package web

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"understudy/errlog"
)

// FilePath is AppendPath for handlers that open the file: false where the path makes no sense, because rewrite has taken the URI
// out of a location with alias (logged; the answer is 500).
func (x *Exchange) FilePath(dst []byte) ([]byte, bool) {
	if x.Location.root.alias && x.left {
		x.Errorf(errlog.Alert, "\"alias\" cannot be used in location \"%s\" where URI was rewritten", x.Location.Name)
		return dst, false
	}
	return x.AppendPath(dst), true
}

// OpenFile opens a file to send it; a fifo does not make it wait. The file of a directory is open too.
func OpenFile(name string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// Missing tells the errors of a name that leads nowhere.
func Missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG)
}

// FileError logs a failed open() or stat() of a file that was asked for, and gives the status to answer with.
func (x *Exchange) FileError(call, name string, err error) Result {
	var p *fs.PathError
	if errors.As(err, &p) && p.Op == "openat" {
		call = p.Op
	}
	level, status := errlog.Crit, Result(statusInternalError)
	switch {
	case Missing(err):
		if !x.Location.Conf.LogNotFound.On() {
			return statusNotFound
		}
		level, status = errlog.Error, statusNotFound
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EMLINK), errors.Is(err, syscall.ELOOP):
		level, status = errlog.Error, statusForbidden
	}
	x.Errorf(level, "%s() \"%s\" failed (%s)", call, name, ErrnoText(err))
	return status
}

// SetETag gives the answer the ETag that nginx makes of time and length, unless `etag off`.
func (x *Exchange) SetETag() {
	if !x.Location.Conf.ETag.On() {
		return
	}
	var b [40]byte
	t := strconv.AppendInt(append(b[:0], '"'), x.Out.LastModified, 16)
	t = strconv.AppendInt(append(t, '-'), x.Out.Length, 16)
	x.Out.tagAt = len(x.Out.Headers)
	x.Out.ETag = x.VarState().Keep(append(t, '"'))
}
