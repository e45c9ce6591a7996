//go:build unix

package accesslog

import (
	"bufio"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe in place of the file tells when the timer has written.
func TestFlushWritesWhenItsTimeIsUp(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	end, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer end.Close()
	s := serve(t, "log_format u $uri; server { listen 127.0.0.1:8080; access_log "+pipe+" u buffer=64k flush=20ms; }")
	lines := bufio.NewReader(end)
	for _, want := range []string{"/1\n", "/2\n"} { // the timer is used anew
		s.get(want[:2])
		if got, err := lines.ReadString('\n'); err != nil || got != want {
			t.Fatalf("%q, %v", got, err)
		}
	}
}
