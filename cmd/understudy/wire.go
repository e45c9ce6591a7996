// What the program is put together from.

package main

import (
	"os"
	"runtime"

	"github.com/mattn/go-isatty"

	"understudy/config"
	"understudy/cycle"
	"understudy/modules/core"
)

// settings hands the main and events contexts to the cycle.
func (s *session) settings(c *config.Config) (cycle.Settings, error) {
	main := core.Of(c.Main)
	out := cycle.Settings{
		Daemon:          main.Daemon.On(),
		PidFile:         main.PID.S(),
		Workers:         main.Workers.N(),
		ShutdownTimeout: main.ShutdownTimeout.D(),
		Single:          !main.Master.On(),
		Core:            -1,
		Directory:       main.WorkingDirectory.S(),
	}
	if !main.PID.Given {
		out.PidFile = s.places.pid
	}
	if events := core.EventsOf(c); events != nil {
		out.Connections = events.Connections.N()
	}
	if main.User.Set {
		out.User = cycle.User{Name: main.User.Name, UID: main.User.UID, GID: main.User.GID}
	}
	if main.RlimitNofile.IsSet() {
		out.Nofile = int64(main.RlimitNofile.N())
	}
	if main.RlimitCore.IsSet() {
		out.Core = main.RlimitCore.Bytes()
	}
	return out, nil
}

func builtWith() string { return runtime.Version() }

func isTerminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) }
