//go:build e2e

package e2e

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"understudy/internal/websocket"
)

// TestDemoCommand runs README's first command: the page and the echo on port 8020, until an interrupt.
func TestDemoCommand(t *testing.T) {
	if version, _ := exec.Command(binary, "-v").CombinedOutput(); !bytes.Contains(version, []byte("understudy")) {
		return // another program, named in E2E_BINARY, which has no such command
	}
	var out bytes.Buffer
	cmd := exec.Command(binary, "demo")
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }() // gone already when the test passed
	eventually(t, 10*time.Second, "no page on port 8020", func() bool {
		select {
		case err := <-exited:
			t.Fatalf("it ended: %v\n%s", err, out.String())
		default:
		}
		page, err := get(http.DefaultClient, "http://127.0.0.1:8020/")
		return err == nil && strings.Contains(page, "A WebSocket through the proxy")
	})
	c, err := websocket.Dial("127.0.0.1:8020", "/ws", nil, 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Echo("hello, demo", 20*time.Second); err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-exited:
		if err != nil || !strings.Contains(out.String(), "http://localhost:8020/") {
			t.Errorf("%v\n%s", err, out.String())
		}
	case <-time.After(10 * time.Second):
		t.Error("it goes on after an interrupt")
	}
}
