package cycle

import (
	"errors"
	"os"
	"runtime"

	"understudy/errlog"
	"understudy/reactor"
)

func logSystem(log *errlog.Log) { log.Printf(errlog.Notice, 0, "OS: %s", runtime.GOOS) }

// setLimits: there are no such limits here, and a configuration that sets them is told so.
func setLimits(s Settings, log *errlog.Log) {
	if s.Nofile > 0 || s.Core >= 0 {
		log.Printf(errlog.Warn, 0, "\"worker_rlimit_nofile\" and \"worker_rlimit_core\" are not supported on this platform, ignored")
	}
}

// warnLimit: there is no such limit here.
func warnLimit(Settings, *errlog.Log) {}

var errSystem = errors.New("not possible on this system")

func dupFile(*os.File) (*os.File, error) { return nil, errSystem }

func dupToStderr(f *os.File) error { os.Stderr = f; return nil }

func keepNonblocking([]*os.File) {}

func clearMask() {}

func closeOnExec(*os.File) {}

func socketKey(*os.File) (string, error) { return "", errSystem }

// setBacklog: a socket that is open keeps its queue here.
func setBacklog(_ *reactor.Listener, backlog int, log *errlog.Log, text string) {
	log.Printf(errlog.Notice, 0, "the backlog of %s stays as it is until the next start", text)
}
