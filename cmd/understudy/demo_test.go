package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestDemoWhenItsPortIsTaken: it says which port it has instead, serves there, and leaves nothing behind.
func TestDemoWhenItsPortIsTaken(t *testing.T) {
	if ln, err := net.Listen("tcp4", "0.0.0.0:8020"); err == nil { // else it is taken already
		defer ln.Close()
	}
	cmd := exec.Command(binary, "demo")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()

	var said strings.Builder
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "Ctrl-C") {
			break
		}
	}
	url := regexp.MustCompile(`http://localhost:\d+/`).FindString(said.String())
	dir := regexp.MustCompile(`\S+/nginx\.conf `).FindString(said.String())
	if url == "" || dir == "" || url == "http://localhost:8020/" || !strings.Contains(said.String(), "Port 8020 is taken") {
		t.Fatalf("said:\n%s", said.String())
	}
	page := ""
	for deadline := time.Now().Add(10 * time.Second); page == "" && time.Now().Before(deadline); {
		if answer, err := http.Get(url); err == nil {
			body, _ := io.ReadAll(answer.Body)
			page = string(body)
			answer.Body.Close()
		}
	}
	if !strings.Contains(page, "A WebSocket through the proxy") {
		t.Errorf("page at %s: %q", url, page)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(strings.TrimSuffix(dir, "/nginx.conf ")); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", dir, err)
	}
}

func TestDemoOnATakenPortThatWasAskedFor(t *testing.T) {
	ln, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	r := call(t, t.TempDir(), binary, "demo", "--port", port)
	if r.code != 1 || !strings.Contains(r.stderr, "address already in use") {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}
