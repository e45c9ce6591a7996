// What to do about failures that have no place in the configuration: hints below nginx's line, on a terminal or with --hints.

package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"understudy/config"
	"understudy/cycle"
	"understudy/parser"
)

// advise prints a hint below a line of nginx's.
func (s *session) advise(hint string) {
	if hint != "" && s.hints() {
		io.WriteString(os.Stderr, hintLine(hint))
	}
}

func hintLine(hint string) string {
	return config.Render(&parser.Error{Hint: hint}, "", isTerminal(os.Stderr))
}

// usageHint is for a command line that cannot be read.
func usageHint(args []string) string {
	hints := isTerminal(os.Stderr)
	for _, arg := range args {
		switch arg {
		case "--hints":
			hints = true
		case "--no-hints":
			hints = false
		}
	}
	if !hints {
		return ""
	}
	return hintLine("-h lists the options and commands")
}

// environmentHint looks for what keeps a good configuration from being served: files that may not be written,
// addresses that cannot be had.
func environmentHint(l *cycle.Loaded) string {
	if name := l.Settings().PidFile; !writable(name) {
		return fmt.Sprintf(`%s cannot be written; name another file: -g "pid /tmp/nginx.pid;"%s`, name, orRoot())
	}
	for _, name := range l.LogFiles() {
		if !writable(name) {
			return fmt.Sprintf("%s cannot be written; name another file with error_log and access_log, or stderr with -e%s", name, orRoot())
		}
	}
	for _, want := range l.Listens() {
		if want.Network == "unix" {
			continue
		}
		ln, err := net.Listen(want.Network, want.Address)
		if err == nil {
			ln.Close()
			continue
		}
		_, port, _ := net.SplitHostPort(want.Address)
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			return fmt.Sprintf("something else listens on port %s: `%s` tells what", port, whoListens(port))
		case errors.Is(err, syscall.EACCES):
			return fmt.Sprintf("port %s is for root; listen on 1024 or above, start as root, or allow it once: setcap cap_net_bind_service=+ep %s", port, program())
		case errors.Is(err, syscall.EADDRNOTAVAIL):
			return "this machine does not have the address of " + want.Text
		}
	}
	return ""
}

// writable tells whether a file can be opened for writing, or made. It leaves no trace.
func writable(name string) bool {
	_, err := os.Stat(name)
	missing := os.IsNotExist(err)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return false
	}
	f.Close()
	if missing {
		os.Remove(name)
	}
	return true
}

func orRoot() string {
	if os.Getuid() <= 0 {
		return ""
	}
	return ", or start as root"
}

func whoListens(port string) string {
	if _, err := exec.LookPath("ss"); err == nil {
		return "ss -ltnp sport = :" + port
	}
	return "lsof -i :" + port
}

func program() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	return filepath.Base(os.Args[0])
}

// signalHint is for -s that reached nobody.
func signalHint(l *cycle.Loaded) string {
	return fmt.Sprintf("no process of this configuration seems to run; %s names it while it does. Give -s the same -c, -p and -g as at the start", l.Settings().PidFile)
}

// confHint is for a configuration that is not there; given tells that the user named it.
func confHint(conf string, given bool) string {
	if !given {
		return "say which configuration: -c FILE; `demo` runs an example"
	}
	base := filepath.Base(conf)
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	if _, err := os.Stat(filepath.Join(here, base)); err != nil {
		return ""
	}
	return fmt.Sprintf(`a relative -c starts at the prefix, not here: -c "$PWD/%s"`, base)
}
