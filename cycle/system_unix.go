//go:build unix

// What a process asks of a Unix system: limits, descriptors, its name.

package cycle

import (
	"errors"
	"net"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"understudy/errlog"
	"understudy/reactor"
)

// logSystem writes what nginx says about the system at its start.
func logSystem(log *errlog.Log) {
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		log.Printf(errlog.Notice, 0, "OS: %s %s", unix.ByteSliceToString(u.Sysname[:]), unix.ByteSliceToString(u.Release[:]))
	}
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err == nil {
		log.Printf(errlog.Notice, 0, "getrlimit(RLIMIT_NOFILE): %d:%d", l.Cur, l.Max)
	}
}

// setLimits carries out worker_rlimit_nofile and worker_rlimit_core. The hard limit is only ever raised:
// a later reload may ask for more again.
func setLimits(s Settings, log *errlog.Log) {
	if s.Nofile > 0 {
		setLimit(syscall.RLIMIT_NOFILE, "RLIMIT_NOFILE", s.Nofile, log)
	}
	if s.Core >= 0 {
		setLimit(unix.RLIMIT_CORE, "RLIMIT_CORE", s.Core, log)
	}
}

func setLimit(what int, name string, n int64, log *errlog.Log) {
	var l syscall.Rlimit
	err := syscall.Getrlimit(what, &l)
	if err == nil {
		if want := limitValue(n); l.Cur != want {
			l.Cur = want
			if l.Max < want {
				l.Max = want
			}
			err = syscall.Setrlimit(what, &l)
		}
	}
	if err != nil {
		log.Errorf(errlog.Alert, 0, err, "setrlimit(%s, %d) failed", name, n)
	}
}

// warnLimit says that the process may not open as many files as a loop may have connections (ngx_event_module_init).
func warnLimit(s Settings, log *errlog.Log) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		log.Errorf(errlog.Alert, 0, err, "getrlimit(RLIMIT_NOFILE) failed, ignored")
		return
	}
	limit := uint64(l.Cur)
	if n := uint64(s.Connections); n > limit && n > uint64(max(s.Nofile, 0)) {
		if s.Nofile > 0 {
			limit = uint64(s.Nofile)
		}
		log.Printf(errlog.Warn, 0, "%d worker_connections exceed open file resource limit: %d", n, limit)
	}
}

// dupFile duplicates a descriptor.
func dupFile(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// keepNonblocking undoes what os/exec does to descriptors it hands on: their mode is shared with ours.
func keepNonblocking(files []*os.File) {
	for _, f := range files {
		raw, err := f.SyscallConn()
		if err != nil {
			continue
		}
		_ = raw.Control(func(fd uintptr) { _ = unix.SetNonblock(int(fd), true) })
	}
}

// clearMask is the daemon's umask, as nginx sets it.
func clearMask() { syscall.Umask(0) }

func closeOnExec(f *os.File) { syscall.CloseOnExec(int(f.Fd())) }

// socketKey gives the network and address of a listening socket, spelled as in Listen.
func socketKey(f *os.File) (string, error) {
	unix.CloseOnExec(int(f.Fd()))
	sa, err := unix.Getsockname(int(f.Fd()))
	if err != nil {
		return "", err
	}
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return "tcp4 " + net.JoinHostPort(net.IP(a.Addr[:]).String(), strconv.Itoa(a.Port)), nil
	case *unix.SockaddrInet6:
		return "tcp6 " + net.JoinHostPort(net.IP(a.Addr[:]).String(), strconv.Itoa(a.Port)), nil
	case *unix.SockaddrUnix:
		return "unix " + a.Name, nil
	}
	return "", errors.New("the socket has an unsupported protocol family")
}

// setBacklog applies another listen queue to a socket that is kept.
func setBacklog(ln *reactor.Listener, backlog int, log *errlog.Log, text string) {
	f, err := ln.File()
	if err == nil {
		err = unix.Listen(int(f.Fd()), backlog)
		f.Close()
	}
	if err != nil {
		log.Errorf(errlog.Alert, 0, err, "listen() to %s, backlog %d failed, ignored", text, backlog)
	}
}
