// What the program is put together from.

package main

import (
	"os"
	"runtime"
	"strings"

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
		PidFile:         s.pidFile(c, main.PID.S()),
		Workers:         main.Workers.N(),
		ShutdownTimeout: main.ShutdownTimeout.D(),
		Single:          !main.Master.On(),
		Core:            -1,
		Directory:       main.WorkingDirectory.S(),
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

// plainPid is the name that core declares as the default of `pid`.
const plainPid = "logs/nginx.pid"

// pidFile puts the layout's pid file in the place of the declared default.
func (s *session) pidFile(c *config.Config, name string) string {
	if name != c.FullName(plainPid, false) || s.layout.pid == plainPid || strings.Contains(c.Globals, plainPid) {
		return name
	}
	for _, file := range c.Files {
		if strings.Contains(file.Content, plainPid) {
			return name // written out by the user
		}
	}
	return s.places.pid
}

func builtWith() string { return runtime.Version() }

func isTerminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) }
