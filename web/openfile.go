package web

import (
	"errors"
	"io/fs"
	"strconv"
	"syscall"

	"understudy/errlog"
	"understudy/openfile"
)

// FilePath is AppendPath for handlers that open the file: false where the path makes no sense, because rewrite has taken the URI
// out of a location with alias (logged; the answer is 500).
func (x *Exchange) FilePath(dst []byte) ([]byte, bool) {
	if !x.underAlias() {
		return dst, false
	}
	return x.AppendPath(dst), true
}

// FileRoot is AppendRoot with the same check.
func (x *Exchange) FileRoot(dst []byte) ([]byte, bool) {
	if !x.underAlias() {
		return dst, false
	}
	return x.AppendRoot(dst), true
}

// underAlias tells that an alias, if there is one, still stands for the beginning of the URI.
func (x *Exchange) underAlias() bool {
	if x.Location.root.alias && x.left {
		x.Errorf(errlog.Alert, "\"alias\" cannot be used in location \"%s\" where URI was rewritten", x.Location.Name)
		return false
	}
	return true
}

// OpenFile opens a file to send it, as disable_symlinks and open_file_cache of the location have it. A directory is found too.
func (x *Exchange) OpenFile(name []byte) (*openfile.File, error) {
	how := x.how(name)
	return x.client.worker.opener.Open(name, &how)
}

// Stat looks at a file in the same way.
func (x *Exchange) Stat(name []byte) (openfile.Info, error) {
	how := x.how(name)
	return x.client.worker.opener.Stat(name, &how)
}

// FailedCall is the system call, as nginx names it, that made the last OpenFile or Stat fail.
func (x *Exchange) FailedCall() string { return x.client.worker.opener.Call() }

// how says how the location has files opened.
func (x *Exchange) how(name []byte) openfile.How {
	conf := x.Location.Conf
	how := openfile.How{}
	if conf.DisableSymlinks.mode > openfile.LinksFollowed {
		how.Links, how.From = x.links(name)
	}
	if i := x.Location.openFiles; i >= 0 {
		how.Cache, how.Now = x.client.worker.openFiles(i), x.Loop().Mono()
		how.Valid = conf.OpenFileCacheValid.D().Milliseconds()
		how.MinUses, how.Errors = conf.OpenFileCacheMinUses.N(), conf.OpenFileCacheErrors.On()
	}
	return how
}

// Missing tells the errors of a name that leads nowhere.
func Missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG)
}

// FileError logs a failed open() or stat() of a file that was asked for, and gives the status to answer with.
func (x *Exchange) FileError(name []byte, err error) Result {
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
	x.Errorf(level, "%s", errlog.AppendErrno(appendf(nil, "%s() \"%s\" failed", x.FailedCall(), name), err))
	return status
}

// DirError logs a failed opendir() of a directory that was asked for, and gives the status to answer with.
func (x *Exchange) DirError(name string, err error) Result {
	level, status := errlog.Crit, Result(statusInternalError)
	switch {
	case Missing(err):
		level, status = errlog.Error, statusNotFound
	case errors.Is(err, fs.ErrPermission):
		level, status = errlog.Error, statusForbidden
	}
	x.Errorf(level, "opendir() \"%s\" failed (%s)", name, ErrnoText(err))
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
