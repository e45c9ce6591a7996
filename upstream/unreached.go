package upstream

import (
	"errors"
	"syscall"

	"understudy/errlog"
)

// Unreached logs a connection to p that failed before there was anything to wait for (ngx_event_connect_peer); false leaves
// another failure to the caller's words.
func Unreached(x Asker, p *Peer, err error) bool {
	if p.Addr.Unix == "" && !errors.Is(err, syscall.ENETUNREACH) && !errors.Is(err, syscall.EADDRNOTAVAIL) {
		return false
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return false
	}
	level := errlog.Crit
	if errlog.OfNetwork(errno) || errno == syscall.EAGAIN {
		level = errlog.Error
	}
	x.Errorf(level, "%s", errlog.AppendErrno([]byte("connect() to "+string(p.Name)+" failed"), errno))
	return true
}
