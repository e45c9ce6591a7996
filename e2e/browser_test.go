//go:build e2e

package e2e

// A browser opens the demo's page and its WebSocket through the proxy. Chromium is driven over its DevTools protocol.

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"understudy/cmd/understudy/demo"
	"understudy/internal/websocket"
)

// TestBrowser runs nginx.conf.example, as `understudy demo` does. E2E_SCREENSHOT names a file for a picture of the page.
func TestBrowser(t *testing.T) {
	ports := freePorts(t, 2)
	conf := strings.NewReplacer("8020", fmt.Sprint(ports[0]), "8010", fmt.Sprint(ports[1])).Replace(demo.Config())
	echoProcess(t, ports[1])
	server := start(t, conf, "")
	page := openPage(t, fmt.Sprintf("http://127.0.0.1:%d/", ports[0]))

	trips := func() (n int) {
		_, _ = fmt.Sscan(page.evaluate(`document.getElementById('count').textContent`), &n)
		return n
	}
	eventually(t, 20*time.Second, "the page did not see three round trips", func() bool { return trips() >= 3 })
	if got := page.evaluate(`document.getElementById('state').textContent`); got != "open" {
		t.Errorf("the page says the connection is %q", got)
	}
	page.evaluate(`document.getElementById('text').value = 'typed ✓'; document.querySelector('button').click(); ''`)
	eventually(t, 20*time.Second, "the typed message did not come back", func() bool {
		return strings.Contains(page.evaluate(`document.getElementById('log').textContent`), "typed ✓")
	})

	// A reload leaves the page's WebSocket alone: the serial number of its messages goes on.
	page.evaluate(`socket.mark = 'same socket'; ''`)
	if err := server.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	before := trips()
	eventually(t, 20*time.Second, "no round trips after the reload", func() bool { return trips() >= before+3 })
	if got := page.evaluate(`socket.mark`); got != "same socket" {
		t.Error("the WebSocket was opened anew after the reload")
	}
	if file := os.Getenv("E2E_SCREENSHOT"); file != "" {
		page.screenshot(file)
	}
}

// browserPage is a page's DevTools connection.
type browserPage struct {
	t      *testing.T
	conn   *websocket.Conn
	serial int
}

// openPage starts a headless Chromium on an address; it ends with the test.
func openPage(t *testing.T, address string) *browserPage {
	t.Helper()
	cmd := exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=900,900", "--user-data-dir="+t.TempDir(), "--remote-debugging-port=0", "about:blank")
	// Its helpers end with it, as one process group.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	endpoint, read := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(read)
		scanner := bufio.NewScanner(stderr)
		for scanner.Scan() {
			if u, ok := strings.CutPrefix(scanner.Text(), "DevTools listening on "); ok {
				endpoint <- u
			}
		}
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-read
		_ = cmd.Wait() // killed
	})
	var u *url.URL
	select {
	case text := <-endpoint:
		if u, err = url.Parse(text); err != nil {
			t.Fatal(err)
		}
	case <-time.After(60 * time.Second):
		t.Fatal("Chromium did not start")
	}
	browser := &browserPage{t: t, conn: dialDevTools(t, u.Host, u.Path)}
	var target struct{ TargetID string }
	browser.call("Target.createTarget", map[string]any{"url": address}, &target)
	return &browserPage{t: t, conn: dialDevTools(t, u.Host, "/devtools/page/"+target.TargetID)}
}

func dialDevTools(t *testing.T, host, path string) *websocket.Conn {
	t.Helper()
	conn, err := websocket.Dial(host, path, nil, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// call sends a DevTools command and decodes its result.
func (p *browserPage) call(method string, params map[string]any, result any) {
	p.t.Helper()
	p.serial++
	request, err := json.Marshal(map[string]any{"id": p.serial, "method": method, "params": params})
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		p.t.Fatal(err)
	}
	if err := p.conn.Send(websocket.Frame{Final: true, Opcode: websocket.Text, Payload: request}); err != nil {
		p.t.Fatal(err)
	}
	for {
		frame, err := p.conn.Receive()
		if err != nil {
			p.t.Fatal(err)
		}
		var answer struct {
			ID            int
			Result, Error json.RawMessage
		}
		if err := json.Unmarshal(frame.Payload, &answer); err != nil {
			p.t.Fatal(err)
		}
		if answer.ID != p.serial {
			continue // an event
		}
		if answer.Error != nil {
			p.t.Fatalf("%s: %s", method, answer.Error)
		}
		if err := json.Unmarshal(answer.Result, result); err != nil {
			p.t.Fatal(err)
		}
		return
	}
}

// evaluate gives the value of a JavaScript expression as a string, "" while the page has no such thing.
func (p *browserPage) evaluate(expression string) string {
	p.t.Helper()
	var answer struct{ Result struct{ Value any } }
	p.call("Runtime.evaluate", map[string]any{"expression": expression}, &answer)
	text, _ := answer.Result.Value.(string)
	return text
}

func (p *browserPage) screenshot(file string) {
	p.t.Helper()
	var picture struct{ Data string }
	p.call("Page.captureScreenshot", map[string]any{"format": "png"}, &picture)
	data, err := base64.StdEncoding.DecodeString(picture.Data)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
