package reactor

// How a loop waits that has nothing to do: its epoll instance is itself watched by the scheduler's poller, so that the loop's
// goroutine parks like any other. A wait in a system call would keep the scheduler's monitor awake for milliseconds after every
// wake-up, which at a few requests a second costs many times the work itself.

import (
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

type parking struct {
	file    *os.File // the epoll instance, as the scheduler's poller knows it
	conn    syscall.RawConn
	look    func(uintptr) bool // fetches events; whether there are any
	alarmFd int                // ends the wait in time
	alarm   int64              // when it goes off, by the loop's clock; 0 = it was never set
}

// openParking has the scheduler's poller watch the epoll instance, which closeParking closes.
func (p *epoll) openParking() (err error) {
	p.alarmFd = -1
	if err = unix.SetNonblock(p.fd, true); err != nil { // what os.NewFile wants to see, to have it watched
		return err
	}
	p.file = os.NewFile(uintptr(p.fd), "epoll")
	if err = p.file.SetReadDeadline(time.Time{}); err != nil { // says whether it is
		return err
	}
	if p.conn, err = p.file.SyscallConn(); err != nil {
		return err
	}
	p.look = func(uintptr) bool {
		p.fetch(0)
		return p.n > 0
	}
	if p.alarmFd, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return err
	}
	// Edge-triggered: setting the timer anew takes back that it has expired, so it need never be read.
	return p.ctl(unix.EPOLL_CTL_ADD, p.alarmFd, unix.EPOLLIN|unix.EPOLLET, alarmGen)
}

func (p *epoll) closeParking() {
	if p.alarmFd >= 0 {
		closeFd(p.alarmFd)
	}
	if p.file == nil {
		closeFd(p.fd)
		return
	}
	_ = p.file.Close()
}

// park waits for events, for ms milliseconds from now on at most (-1 = for ever) or less.
func (p *epoll) park(now, ms int64) {
	if ms > 0 && (p.alarm <= now || p.alarm > now+ms) {
		p.alarm = now + ms
		spec := unix.ItimerSpec{Value: unix.NsecToTimespec(ms * 1e6)}
		_, _, _ = syscall.RawSyscall6(unix.SYS_TIMERFD_SETTIME, uintptr(p.alarmFd), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	}
	// The only error is that of a closed file.
	_ = p.conn.Read(p.look)
}
