// The pid file, and the signals that -s sends to the process it names.

package cycle

import (
	"bytes"
	"errors"
	"os"
	"strconv"

	"understudy/errlog"
)

// OldSuffix is what the pid file of an old binary ends with during an upgrade.
const OldSuffix = ".oldbin"

// createPid writes the process's number. Failures go to log.
func createPid(name string, log *errlog.Log) error {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		log.Errorf(errlog.Emerg, 0, cause(err), `open() "%s" failed`, name)
		return errLogged
	}
	_, err = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	if err != nil {
		log.Errorf(errlog.Crit, 0, cause(err), `pwrite() "%s" failed`, name)
	}
	if closed := f.Close(); closed != nil && err == nil {
		log.Errorf(errlog.Alert, 0, cause(closed), `close() "%s" failed`, name)
	}
	if err != nil {
		return errLogged
	}
	return nil
}

// removePid deletes the file.
func removePid(name string, log *errlog.Log) {
	if err := os.Remove(name); err != nil {
		log.Errorf(errlog.Alert, 0, cause(err), `unlink() "%s" failed`, name)
	}
}

// maxPidText is nginx's NGX_INT64_LEN + 2.
const maxPidText = 22

// Signal does what -s asks for: it reads the pid file and signals the process named there. It gives
// the exit code; failures go to log.
func Signal(what, pidFile string, log *errlog.Log) int {
	log.Printf(errlog.Notice, 0, "signal process started")
	f, err := os.Open(pidFile)
	if err != nil {
		log.Errorf(errlog.Error, 0, cause(err), `open() "%s" failed`, pidFile)
		return 1
	}
	buf := make([]byte, maxPidText)
	n, err := f.Read(buf)
	f.Close()
	if err != nil && n == 0 && !isEOF(err) {
		log.Errorf(errlog.Crit, 0, cause(err), `read() "%s" failed`, pidFile)
		return 1
	}
	text := bytes.TrimRight(buf[:n], "\r\n")
	pid, ok := parsePid(text)
	if !ok {
		log.Printf(errlog.Error, 0, `invalid PID number "%s" in "%s"`, text, pidFile)
		return 1
	}
	if err := sendSignal(what, pid, log); err != nil {
		return 1
	}
	return 0
}

// parsePid takes digits only, as nginx does.
func parsePid(text []byte) (int, bool) {
	if len(text) == 0 {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	pid, err := strconv.Atoi(string(text))
	return pid, err == nil
}

// cause strips the operation and path that package os adds; nginx's texts name them.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}
