//go:build unix

package cycle

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"understudy/errlog"
)

func TestConnectionsBeyondTheLimitOfOpenFiles(t *testing.T) {
	for _, c := range []struct {
		connections    int
		nofile         int64
		inForce, limit uint64
		exceeded       bool
	}{
		{512, 0, 1024, 1024, false},
		{1024, 0, 1024, 1024, false},
		{1025, 0, 1024, 1024, true},
		{2000, 2048, 1024, 2048, false}, // it is going to be raised
		{4096, 2048, 1024, 2048, true},
		{1000, 100, 1024, 100, false}, // nginx looks at what is in force, too
	} {
		limit, exceeded := exceededLimit(Settings{Connections: c.connections, Nofile: c.nofile}, c.inForce)
		if exceeded != c.exceeded || exceeded && limit != c.limit {
			t.Errorf("%+v: %d, %v", c, limit, exceeded)
		}
	}
}

func TestTheWarningNamesTheLimit(t *testing.T) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "error.log")
	console := errlog.NewConsole(os.Stderr)
	log, file := errlog.Open(name, errlog.Warn, console)
	defer file.Close()
	warnOfLimit(Settings{Connections: math.MaxInt, Nofile: 100}, log)
	want := fmt.Sprintf("%d worker_connections exceed open file resource limit: 100\n", math.MaxInt)
	if uint64(l.Cur) > math.MaxInt {
		want = "" // there is no limit
	}
	text, err := os.ReadFile(name)
	if err != nil || !strings.HasSuffix(string(text), want) || (want == "") != (len(text) == 0) || want != "" && !strings.Contains(string(text), "[warn] ") {
		t.Errorf("%q, %v", text, err)
	}
}
