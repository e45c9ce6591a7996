package rig

// A server under test: one process (or nginx's master and its workers) in a directory of its own.

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startLimit bounds how long a program may take from exec to a written pid file. It is for hangs, not for busy machines.
const startLimit = 20 * time.Second

// Options says what to run.
type Options struct {
	Bin     string            // the program, nginx or one that plays its part
	Conf    string            // text of nginx.conf; must not contain daemon, pid or user, which Start gives by -g
	Files   map[string]string // further files, by path relative to the directory
	Globals string            // more text for -g
	Env     []string          // added to the environment, KEY=value
}

// Server is a running program.
type Server struct {
	Dir  string // holds nginx.conf, error.log, nginx.pid
	Pid  int    // the process that was started (nginx: the master)
	bin  string
	args []string
	cmd  *exec.Cmd

	out    lockedBuffer
	exited chan struct{}
	err    error // of Wait; read after exited is closed
}

// Start writes the files, runs the program in the foreground and returns when its pid file is there. The error
// holds what the program printed.
func Start(o Options) (*Server, error) {
	dir, err := NewDir()
	if err != nil {
		return nil, err
	}
	s, err := StartIn(dir, o)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// NewDir makes a directory that an unprivileged worker process can also enter. The caller removes it.
func NewDir() (string, error) {
	dir, err := os.MkdirTemp("", "rig-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// StartIn is Start in a directory of the caller's.
func StartIn(dir string, o Options) (*Server, error) {
	s := &Server{Dir: dir, bin: o.Bin, exited: make(chan struct{})}
	if err := errors.Join(s.WriteConf(o.Conf), WriteFiles(dir, o.Files)); err != nil {
		return nil, err
	}
	s.args = Args(dir, o.Globals)
	s.cmd = exec.Command(s.bin, s.args...)
	s.cmd.Env = append(os.Environ(), o.Env...)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.Pid = s.cmd.Process.Pid
	go func() {
		s.err = s.cmd.Wait()
		close(s.exited)
	}()
	if err := s.awaitPidFile(); err != nil {
		s.Kill()
		return nil, err
	}
	return s, nil
}

// WriteFiles writes files, by path relative to dir, making the directories they need.
func WriteFiles(dir string, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Args are the command-line arguments that keep a program in the foreground and inside dir.
func Args(dir, globals string) []string {
	g := "daemon off; pid " + filepath.Join(dir, "nginx.pid") + ";" + userDirective() + globals
	return []string{"-p", dir + "/", "-c", filepath.Join(dir, "nginx.conf"), "-e", filepath.Join(dir, "error.log"), "-g", g}
}

// userDirective keeps nginx, started by root, from handing Debian's temporary directories to "nobody".
func userDirective() string {
	if os.Geteuid() != 0 {
		return ""
	}
	if _, err := user.Lookup("www-data"); err != nil {
		return ""
	}
	return " user www-data;"
}

// WriteConf replaces nginx.conf; Signal(SIGHUP) then makes the program read it.
func (s *Server) WriteConf(text string) error {
	return os.WriteFile(filepath.Join(s.Dir, "nginx.conf"), []byte(text), 0o644)
}

func (s *Server) awaitPidFile() error {
	pidFile := filepath.Join(s.Dir, "nginx.pid")
	deadline := time.Now().Add(startLimit)
	for time.Now().Before(deadline) {
		if text, err := os.ReadFile(pidFile); err == nil {
			if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
				if pid != s.Pid {
					return fmt.Errorf("%s: pid file says %d, the process is %d", s.bin, pid, s.Pid)
				}
				return nil
			}
		}
		select {
		case <-s.exited:
			return fmt.Errorf("%s exited at start: %v\n%s%s", s.bin, s.err, s.out.String(), s.ErrorLog())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s wrote no pid file within %v\n%s%s", s.bin, startLimit, s.out.String(), s.ErrorLog())
}

// Signal sends a signal to the started process.
func (s *Server) Signal(sig os.Signal) error { return s.cmd.Process.Signal(sig) }

// Exited is closed when the process is gone.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// ExitError is the error of the process's exit, nil for code 0. It waits for the exit.
func (s *Server) ExitError() error {
	<-s.exited
	return s.err
}

// ErrorLog is the error log so far.
func (s *Server) ErrorLog() string {
	text, _ := os.ReadFile(filepath.Join(s.Dir, "error.log"))
	return string(text)
}

// Stop ends the program with TERM (nginx's fast shutdown) and removes its directory. It is an error when the
// program does not go within five seconds; it is killed then.
func (s *Server) Stop() error {
	err := s.Terminate()
	return errors.Join(err, os.RemoveAll(s.Dir))
}

// Terminate is Stop without removing the directory.
func (s *Server) Terminate() error {
	if err := s.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(5 * time.Second):
		s.Kill()
		return fmt.Errorf("%s did not stop on TERM\n%s", s.bin, s.ErrorLog())
	}
}

// Kill ends the process and its workers at once.
func (s *Server) Kill() {
	for _, pid := range tree(s.Pid) {
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill() // a worker may have gone on its own
		}
	}
	<-s.exited
}

// lockedBuffer collects a child's output while the test reads it.
type lockedBuffer struct {
	lock sync.Mutex
	buf  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.buf.String()
}
