// `daemon on`: the program starts itself anew in a session of its own and ends when that serves.

package cycle

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
)

// daemonVariable tells a process that it is the daemon, and on which descriptor to report.
const daemonVariable = "UNDERSTUDY_DAEMON"

// IsDaemon tells whether this process was started by Detach.
func IsDaemon() bool { return os.Getenv(daemonVariable) != "" }

// Inherits tells whether this process was started by a binary upgrade; it is not to detach then.
func Inherits() bool { return os.Getenv(inheritVariable) != "" }

// Detach starts args (the command line, args[0] the program) as a daemon: a session of its own, stdin
// and stdout on /dev/null, stderr kept until its error log takes over. It returns when that process
// serves (0), or has failed: its exit code then, its messages being on stderr already.
func Detach(args []string) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 1, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return 1, err
	}
	defer r.Close()
	cmd := exec.Command(self, args[1:]...)
	cmd.Args[0] = args[0]
	cmd.Env = append(os.Environ(), daemonVariable+"="+strconv.Itoa(firstExtra))
	cmd.ExtraFiles = []*os.File{w}
	cmd.Stderr = os.Stderr // stdin and stdout: /dev/null
	detached(cmd)
	if err := cmd.Start(); err != nil {
		w.Close()
		return 1, err
	}
	w.Close()
	if n, _ := io.ReadFull(r, make([]byte, 1)); n == 1 {
		return 0, cmd.Process.Release()
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err == nil || errors.As(err, &exit) {
		if code := cmd.ProcessState.ExitCode(); code > 0 {
			return code, nil
		}
		return 1, nil
	}
	return 1, err
}

// DaemonReady gives the function with which the daemon tells Detach that it serves.
func DaemonReady() func() {
	number, err := strconv.Atoi(os.Getenv(daemonVariable))
	os.Unsetenv(daemonVariable)
	if err != nil {
		return nil
	}
	clearMask()
	w := os.NewFile(uintptr(number), "daemon")
	closeOnExec(w)
	return func() {
		_, _ = w.Write([]byte{1}) // the one who started it may be gone
		w.Close()
	}
}
