// Binary upgrade (USR2): the new binary inherits the listening sockets through the variable NGINX and
// serves beside the old one until that is told to quit.

package cycle

import (
	"os"
	"os/exec"
	"strconv"
	"strings"

	"understudy/errlog"
)

// inheritVariable lists descriptors, each followed by a semicolon (nginx's NGINX_VAR).
const inheritVariable = "NGINX"

// firstExtra is the number that the first of exec.Cmd.ExtraFiles gets.
const firstExtra = 3

// upgrade is the new binary, while it runs.
type upgrade struct {
	cmd    *exec.Cmd
	exited chan *exec.Cmd
}

func (u *upgrade) running() bool { return u.cmd != nil }

// changeBinary starts the program file anew with this process's sockets.
func (p *Program) changeBinary() {
	g := p.current
	g.log.Printf(errlog.Notice, 0, "changing binary")
	pid, old := g.settings.PidFile, g.settings.PidFile+OldSuffix
	path := p.Args[0]
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	var variable strings.Builder
	for _, l := range g.listens {
		f, err := l.file()
		if err != nil {
			g.log.Errorf(errlog.Alert, 0, err, "dup() of listening socket %s failed", l.Text)
			return
		}
		variable.WriteString(strconv.Itoa(firstExtra+len(files)) + ";")
		files = append(files, f)
	}
	if err := p.rename(pid, old); err != nil {
		g.log.Errorf(errlog.Alert, 0, cause(err), `rename() %s to %s failed before executing new binary process "%s"`, pid, old, path)
		return
	}
	cmd := exec.Command(path, p.Args[1:]...)
	cmd.Args[0] = path
	cmd.Env = append(withoutVariable(os.Environ()), inheritVariable+"="+variable.String())
	cmd.ExtraFiles = files
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	var err error
	p.rights.do(func() { err = cmd.Start() })
	keepNonblocking(files) // handing a socket to a child may have made it block, here as well
	if err != nil {
		g.log.Errorf(errlog.Alert, 0, cause(err), `execve() failed while executing new binary process "%s"`, path)
		if err := p.rename(old, pid); err != nil {
			g.log.Errorf(errlog.Alert, 0, cause(err), `rename() %s back to %s failed after an attempt to execute new binary process "%s"`, old, pid, path)
		}
		return
	}
	g.log.Printf(errlog.Notice, 0, "start new binary process %d", cmd.Process.Pid)
	p.upgrade.cmd = cmd
	if p.upgrade.exited == nil {
		p.upgrade.exited = make(chan *exec.Cmd)
	}
	exited := p.upgrade.exited
	go func() {
		_ = cmd.Wait() // how it ended is in cmd.ProcessState
		exited <- cmd
	}()
}

// binaryExited takes the pid file back, and accepts again if that had been stopped.
func (p *Program) binaryExited(cmd *exec.Cmd) {
	g := p.current
	logExit(g.log, "new binary process", cmd.ProcessState)
	pid, old := g.settings.PidFile, g.settings.PidFile+OldSuffix
	if err := p.rename(old, pid); err != nil {
		g.log.Errorf(errlog.Alert, 0, cause(err), `rename() %s back to %s failed after the new binary process "%s" exited`, old, pid, p.Args[0])
	}
	p.upgrade.cmd = nil
	p.resume()
}

func (p *Program) rename(from, to string) (err error) {
	p.rights.do(func() { err = os.Rename(from, to) })
	return err
}

func withoutVariable(env []string) []string {
	out := make([]string, 0, len(env)+1)
	for _, e := range env {
		if !strings.HasPrefix(e, inheritVariable+"=") {
			out = append(out, e)
		}
	}
	return out
}

// inherited are the sockets that the old binary left.
type inherited struct {
	used  bool // the process was started by an upgrade
	files map[string]*os.File
}

// adoptInherited reads the variable; what is wrong with it goes to the log.
func (p *Program) adoptInherited() {
	text, ok := os.LookupEnv(inheritVariable)
	if !ok {
		return
	}
	os.Unsetenv(inheritVariable)
	p.Log.Printf(errlog.Notice, 0, `using inherited sockets from "%s"`, text)
	p.inherit = inherited{used: true, files: map[string]*os.File{}}
	numbers, wrong := parseInherited(text)
	for _, fd := range numbers {
		f := os.NewFile(uintptr(fd), "inherited")
		key, err := socketKey(f)
		if err != nil {
			p.Log.Errorf(errlog.Crit, 0, err, "getsockname() of the inherited socket #%d failed", fd)
			continue
		}
		p.inherit.files[key] = f
	}
	if wrong != "" {
		p.Log.Printf(errlog.Emerg, 0, "%s", wrong)
	}
}

// parseInherited reads "3;4;". wrong is nginx's complaint, "" if there is none.
func parseInherited(text string) (numbers []int, wrong string) {
	from := 0
	for i := range len(text) {
		if text[i] != ';' && text[i] != ':' {
			continue
		}
		n, ok := parsePid([]byte(text[from:i]))
		if !ok {
			return numbers, `invalid socket number "` + text[from:] + `" in NGINX environment variable, ignoring the rest of the variable`
		}
		numbers = append(numbers, n)
		from = i + 1
	}
	if from != len(text) {
		wrong = `invalid socket number "` + text[from:] + `" in NGINX environment variable, ignoring`
	}
	return numbers, wrong
}

// take gives the socket for an address, once.
func (i *inherited) take(l Listen) *os.File {
	key := l.Network + " " + l.Address
	f := i.files[key]
	delete(i.files, key)
	return f
}

// dropRest closes the sockets that the configuration has no use for.
func (i *inherited) dropRest() {
	for key, f := range i.files {
		f.Close()
		delete(i.files, key)
	}
}
