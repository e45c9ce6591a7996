// What the program does when it is called as nginx is.

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"understudy/config"
	"understudy/cycle"
	"understudy/errlog"
	"understudy/parser"
)

// nginx carries out nginx's command line and gives the exit code.
func nginx(self string, args []string) int {
	f, err := parseFlags(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "nginx: "+err.Error())
		io.WriteString(os.Stderr, usageHint(args))
		return 1
	}
	l := chooseLayout()
	r := registry(l)
	if f.version {
		writeVersion(os.Stderr, f, l, r)
		if !f.test {
			return 0
		}
	}
	s := &session{flags: f, places: f.places(l), layout: l, registry: r, args: append([]string{self}, args...)}
	switch {
	case f.test:
		return s.test()
	case f.signal != nil:
		return s.signal()
	}
	return s.serve()
}

// session is one call of the program.
type session struct {
	flags    *flags
	places   places
	layout   layout
	registry *config.Registry
	args     []string
	program  *cycle.Program
}

// start makes the program without touching anything.
func (s *session) start() *cycle.Program {
	s.program = &cycle.Program{
		Args: s.args, Version: nginxVersion, Built: "built with " + builtWith(),
		Load: s.load, Settings: s.settings, Build: cycle.Build,
	}
	return s.program
}

// openLog opens the log that is used until the configuration's own are.
func (s *session) openLog(lv errlog.Level) {
	p := s.program
	p.Console = errlog.NewConsole(os.Stderr)
	name := s.places.errorLog
	if name != "" {
		name = s.places.full(name)
	}
	p.Log, p.LogFile = errlog.Open(name, lv, p.Console)
}

func (s *session) load() (*config.Config, error) {
	o := config.LoadOptions{
		Prefix: s.places.prefix, ConfPrefix: s.places.confPrefix, File: s.places.conf,
		Test: s.flags.test, ErrorLog: s.places.errorLog, Version: ownVersion,
	}
	if s.flags.globals != nil {
		o.Globals = *s.flags.globals
	}
	return config.Load(s.registry, o)
}

// report logs what the load found, and below a mistake what to do about it.
func (s *session) report(l *cycle.Loaded) error {
	err := l.Report(s.program.Log)
	switch {
	case err == nil:
	case s.hints():
		s.explain(l.Config(), err)
	case s.flags.hints == nil:
		s.owned(err)
	}
	return err
}

func (s *session) hints() bool {
	if s.flags.hints != nil {
		return *s.flags.hints
	}
	return isTerminal(os.Stderr)
}

// owned says, where no hints are shown, that it is not the configuration that is wrong.
func (s *session) owned(err error) {
	var e *parser.Error
	if errors.As(err, &e) && e.Unsupported {
		io.WriteString(os.Stderr, "nginx: [notice]"+config.Render(e, "", false)) // a line of its own for those who read lines
	}
}

func (s *session) explain(c *config.Config, err error) {
	var e *parser.Error
	if c == nil || !errors.As(err, &e) {
		return
	}
	if errors.Is(err, fs.ErrNotExist) && len(c.Files) == 0 {
		s.advise(confHint(s.places.conf, s.flags.conf != nil))
		return
	}
	line, _ := c.Line(e.File, e.Line)
	io.WriteString(os.Stderr, config.Render(e, line, isTerminal(os.Stderr)))
}

// test is -t and -T.
func (s *session) test() int {
	p := s.start()
	s.openLog(errlog.Info)
	l := p.Read()
	l.ReportEarly(p.Log)
	err := l.Err()
	if !s.flags.quiet && (err == nil || l.Config() != nil && l.Config().ReadToTheEnd()) {
		fmt.Fprintf(os.Stderr, "nginx: the configuration file %s syntax is ok\n", s.places.conf)
	}
	if s.report(l) != nil {
		err = l.Err()
	} else if err = l.Check(); err != nil {
		s.advise(environmentHint(l))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "nginx: configuration file %s test failed\n", s.places.conf)
		return 1
	}
	if !s.flags.quiet {
		fmt.Fprintf(os.Stderr, "nginx: configuration file %s test is successful\n", s.places.conf)
	}
	if s.flags.dump {
		for _, file := range l.Config().Files {
			fmt.Printf("# configuration file %s:\n%s\n", file.Path, file.Content)
		}
	}
	return 0
}

// signal is -s.
func (s *session) signal() int {
	p := s.start()
	s.openLog(errlog.Notice)
	l := p.Read()
	if s.report(l) != nil {
		return 1
	}
	code := cycle.Signal(*s.flags.signal, l.Settings().PidFile, p.Log)
	if code != 0 {
		s.advise(signalHint(l))
	}
	return code
}

// serve is nginx without -t and -s.
func (s *session) serve() int {
	p := s.start()
	l := p.Read()
	if l.Err() == nil && l.Settings().Daemon && !cycle.IsDaemon() && !cycle.Inherits() && cycle.CanDaemonize {
		code, err := cycle.Detach(s.args)
		if err != nil {
			fmt.Fprintf(os.Stderr, "nginx: [emerg] the daemon could not be started: %v\n", err)
		}
		return code
	}
	ready := cycle.DaemonReady()
	p.Detached = ready != nil
	s.openLog(errlog.Notice)
	if l.Err() != nil {
		_ = s.report(l)
		return 1
	}
	served := false
	code := p.Run(l, func() {
		served = true
		if ready != nil {
			ready()
		}
	})
	if code != 0 && !served {
		s.advise(environmentHint(l))
	}
	return code
}
