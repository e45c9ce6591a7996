//go:build unix

package cycle

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"understudy/errlog"
)

// signals is what the process listens to.
type signals struct{ c chan os.Signal }

// signalTable is nginx's: what a signal asks for, and how the log words it.
var signalTable = []struct {
	signal syscall.Signal
	name   string
	action string
	event  event
}{
	{syscall.SIGHUP, "SIGHUP", ", reconfiguring", reload},
	{syscall.SIGUSR1, "SIGUSR1", ", reopening logs", reopen},
	{syscall.SIGWINCH, "SIGWINCH", ", stop accepting connections", stopAccepting},
	{syscall.SIGTERM, "SIGTERM", ", exiting", stopNow},
	{syscall.SIGINT, "SIGINT", ", exiting", stopNow},
	{syscall.SIGQUIT, "SIGQUIT", ", shutting down", stopGracefully},
	{syscall.SIGUSR2, "SIGUSR2", ", changing binary", changeBinary},
}

// sentSignals are the words of -s.
var sentSignals = map[string]syscall.Signal{
	"stop": syscall.SIGTERM, "quit": syscall.SIGQUIT, "reopen": syscall.SIGUSR1, "reload": syscall.SIGHUP,
}

func catchSignals() *signals {
	s := &signals{c: make(chan os.Signal, 64)}
	for _, e := range signalTable {
		signal.Notify(s.c, e.signal)
	}
	signal.Ignore(syscall.SIGPIPE)
	return s
}

// received logs a signal and says what it asks for; 0 for nothing.
func (p *Program) received(s os.Signal) event {
	log := p.log.Load()
	for _, e := range signalTable {
		if e.signal != s {
			continue
		}
		action, what, ignored := e.action, e.event, false
		switch {
		case what == stopAccepting && !p.current.settings.Daemon && !p.inherit.used:
			action, what = "", 0
		case what == changeBinary && (p.upgrade.running() || parentID() == p.parent):
			action, what, ignored = ", ignoring", 0, true
		}
		log.Printf(errlog.Notice, 0, "signal %d (%s) received%s", int(e.signal), e.name, action)
		if ignored {
			log.Printf(errlog.Crit, 0, "the changing binary signal is ignored: you should shutdown or terminate before either old or new binary's process")
		}
		return what
	}
	return 0
}

// sendSignal is the far end of -s.
func sendSignal(what string, pid int, log *errlog.Log) error {
	number := sentSignals[what]
	if err := syscall.Kill(pid, number); err != nil {
		log.Errorf(errlog.Alert, 0, err, "kill(%d, %d) failed", pid, int(number))
		return err
	}
	return nil
}

// logExit words the end of a child as nginx does.
func logExit(log *errlog.Log, what string, state *os.ProcessState) {
	status, ok := state.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		log.Printf(errlog.Alert, 0, "%s %d exited on signal %d", what, state.Pid(), int(status.Signal()))
		return
	}
	log.Printf(errlog.Notice, 0, "%s %d exited with code %d", what, state.Pid(), state.ExitCode())
}

func parentID() int { return os.Getppid() }

func isOutOfFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

func isAborted(err error) bool { return errors.Is(err, syscall.ECONNABORTED) }

// CanDaemonize tells whether `daemon on` can be carried out on this system.
const CanDaemonize = true

// detached makes a child the leader of a session of its own.
func detached(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// giveTo makes user the owner of a file, if it is not and there is one.
func giveTo(name string, user User) error {
	if user.Name == "" || os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return cause(err)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) == user.UID {
		return nil
	}
	return cause(os.Chown(name, user.UID, -1))
}
