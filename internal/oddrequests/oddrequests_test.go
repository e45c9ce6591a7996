package oddrequests

import (
	"flag"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	record = flag.Bool("record", false, "run the table against nginx and write its answers into the table")
	nginx  = flag.String("nginx", "/usr/sbin/nginx", "the nginx to record")
)

const table = "../../testdata/http1/odd-requests.txt"

const tableHead = `# Odd HTTP/1 requests and what nginx does about them. The format is described in internal/oddrequests.
# Recorded from Debian's nginx 1.22.1 (go test ./internal/oddrequests -record); "now" is nginx 1.31.5, from its source.
`

func TestTableIsWellFormed(t *testing.T) {
	cases, err := Load(table)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 150 {
		t.Errorf("%d cases, want at least 150", len(cases))
	}
	names := map[string]bool{}
	for _, c := range cases {
		if names[c.Name] {
			t.Errorf("case %q stands twice", c.Name)
		}
		names[c.Name] = true
		if c.Differs != (c.Why != "") {
			t.Errorf("case %q: a difference needs a reason and a reason a difference", c.Name)
		}
		if c.Differs && Diff(c.Recorded, c.Now) == "" && slices.Equal(c.Recorded.Log, c.Now.Log) {
			t.Errorf("case %q: differs in nothing", c.Name)
		}
		if len(c.Recorded.Answers) == 0 && !c.Recorded.Closed {
			t.Errorf("case %q is not recorded", c.Name)
		}
	}
	copied := filepath.Join(t.TempDir(), "copy.txt")
	if err := Save(copied, tableHead, cases); err != nil {
		t.Fatal(err)
	}
	want, _ := os.ReadFile(table)
	got, _ := os.ReadFile(copied)
	if string(want) != string(got) {
		t.Error("loading and saving the table changes it")
	}
}

func TestBackendAndRunnerTellWhatHappened(t *testing.T) {
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer front.Close()
	go func() { // a server that passes bytes on, one way, and answers by itself
		c, err := front.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		buf := make([]byte, 4096)
		n, _ := c.Read(buf)
		_ = n
		_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"))
	}()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := NewBackend(ln)
	defer b.Close()
	o, err := Run(front.Addr().String(), b, Case{Send: "x"})
	want := Outcome{Answers: []Answer{{Status: "HTTP/1.1 400 Bad Request"}}, Closed: true}
	if d := Diff(want, o); err != nil || d != "" {
		t.Error(err, d)
	}
}

var logLine = regexp.MustCompile(`(?s)^\S+ \S+ \[\w+\] \d+#\d+: \*\d+ (client sent .*?)(?: while [a-z ]+)?, client: `)

func TestRecord(t *testing.T) {
	if !*record {
		return
	}
	cases, err := Load(table)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := NewBackend(ln)
	defer b.Close()
	addr := freeAddr(t)
	dir := t.TempDir()
	logFile := filepath.Join(dir, "error.log")
	if err := os.WriteFile(filepath.Join(dir, "odd.conf"), []byte(Conf(addr, ln.Addr().String(), logFile)), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(*nginx, "-p", dir, "-c", "odd.conf", "-e", logFile, "-g", "daemon off; master_process off;")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	for deadline := time.Now().Add(limit); ; {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nginx does not listen")
		}
	}
	for i := range cases {
		c := &cases[i]
		before, _ := os.ReadFile(logFile)
		o, err := Run(addr, b, *c)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		after, _ := os.ReadFile(logFile)
		for _, line := range strings.Split(string(after[len(before):]), "\n") {
			if m := logLine.FindStringSubmatch(line); m != nil {
				o.Log = append(o.Log, m[1])
			}
		}
		c.Recorded = o
	}
	if !t.Failed() {
		if err := Save(table, tableHead, cases); err != nil {
			t.Fatal(err)
		}
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}
