//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestWS runs the scenarios of testdata/node/client.js (npm's ws as client and as server) through both forms of the
// guide's configuration.
func TestWS(t *testing.T) {
	for name, form := range map[string]struct{ conf, path string }{
		"map form":      {guideConf, "/"},
		"location form": {guideLocationConf, "/wsapp/"},
	} {
		t.Run(name, func(t *testing.T) {
			conf, proxy, application := withPorts(t, form.conf)
			if form.path != "/" {
				// The scenarios also ask the application over plain HTTP what it saw.
				conf = strings.Replace(conf, "location /wsapp/", "location /closed/ {\n            proxy_pass http://websocket;\n        }\n        location /wsapp/", 1)
			}
			nodeEcho(t, application)
			start(t, conf, "")
			out, err := exec.Command("node", nodeFile(t, "client.js"), fmt.Sprintf("ws://127.0.0.1:%d%s", proxy, form.path)).CombinedOutput()
			passed := 0
			for line := range strings.Lines(string(out)) {
				line = strings.TrimSpace(line)
				if scenario, ok := strings.CutPrefix(line, "ok "); ok {
					passed++
					t.Run(scenario, func(*testing.T) {})
				} else if text, ok := strings.CutPrefix(line, "not ok "); ok {
					scenario, complaint, _ := strings.Cut(text, ": ")
					t.Run(scenario, func(t *testing.T) { t.Error(complaint) })
				} else {
					t.Errorf("client.js said: %s", line)
				}
			}
			if err != nil || passed == 0 {
				t.Errorf("client.js: %v, %d scenarios passed", err, passed)
			}
		})
	}
}

// TestWscat connects with wscat, types a line, and sees it come back.
func TestWscat(t *testing.T) {
	conf, proxy, application := withPorts(t, guideConf)
	nodeEcho(t, application)
	start(t, conf, "")

	// wscat says little unless it is on a terminal; script(1) gives it one.
	cmd := exec.Command("script", "--quiet", "--return", "--command",
		fmt.Sprintf("node %s --no-color --slash --show-ping-pong --connect ws://127.0.0.1:%d/", nodeFile(t, "node_modules/wscat/bin/wscat"), proxy), "/dev/null")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	defer func() {
		_ = cmd.Process.Kill() // gone already when the test passed
		<-ended
	}()
	lines := make(chan string, 100)
	go func() {
		defer close(ended)
		scanner := bufio.NewScanner(out)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
		close(lines)
		_ = cmd.Wait() // killed or ended; what it printed counts
	}()
	expect := func(want string) {
		t.Helper()
		limit := time.After(15 * time.Second)
		for {
			select {
			case line, ok := <-lines:
				if !ok {
					t.Fatalf("wscat ended before it printed %q", want)
				}
				if strings.Contains(line, want) {
					return
				}
			case <-limit:
				t.Fatalf("wscat did not print %q", want)
			}
		}
	}
	expect("Connected")
	say := func(text string) {
		t.Helper()
		if _, err := io.WriteString(in, text+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	say("hello from wscat")
	expect("< hello from wscat")
	say("/ping")
	expect("Received pong")
	say("close 4001 enough")
	expect("Disconnected (code: 4001, reason: \"enough\")")
}
