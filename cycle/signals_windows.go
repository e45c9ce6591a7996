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

func catchSignals() *signals {
	s := &signals{c: make(chan os.Signal, 8)}
	signal.Notify(s.c, os.Interrupt, syscall.SIGTERM)
	return s
}

// received logs a signal and says what it asks for: there is only the end.
func (p *Program) received(os.Signal) event {
	p.log.Load().Printf(errlog.Notice, 0, "signal received, exiting")
	return stopNow
}

var errNoSignals = errors.New("signals to another process do not exist on this system")

// sendSignal can only stop: there is no way to ask a process for more here.
func sendSignal(what string, pid int, log *errlog.Log) error {
	if what != "stop" {
		log.Printf(errlog.Error, 0, "\"-s %s\" is not possible on Windows: %s", what, errNoSignals)
		return errNoSignals
	}
	proc, err := os.FindProcess(pid)
	if err == nil {
		err = proc.Kill()
	}
	if err != nil {
		log.Errorf(errlog.Error, 0, err, "TerminateProcess(%d) failed", pid)
	}
	return err
}

func logExit(log *errlog.Log, what string, state *os.ProcessState) {
	log.Printf(errlog.Notice, 0, "%s %d exited with code %d", what, state.Pid(), state.ExitCode())
}

func parentID() int { return os.Getppid() }

func isOutOfFiles(error) bool { return false }

func isAborted(err error) bool { return errors.Is(err, syscall.WSAECONNABORTED) }

// CanDaemonize tells whether `daemon on` can be carried out on this system.
const CanDaemonize = false

func detached(*exec.Cmd) {}

func giveTo(string, User) error { return nil }
