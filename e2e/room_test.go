//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"understudy/internal/rig"
)

// TestIdleConnectionsMakeRoom: with worker_connections used up, those that have been idle for longest are closed for new ones.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	ports, err := rig.FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", ports[0])
	server := start(t, strings.NewReplacer("PORT", fmt.Sprint(ports[0]), "BACK", fmt.Sprint(ports[1])).Replace(`worker_processes 1;
error_log error.log warn;
events { worker_connections 64; }
http {
    access_log off;
    server { listen 127.0.0.1:PORT; location / { return 200 "here"; } location /p { proxy_pass http://127.0.0.1:BACK; } }
    server { listen 127.0.0.1:BACK; location / { return 200 "there"; } }
}
`), "")
	ask := func(c net.Conn, path string) error {
		if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return err
		}
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path)
		line, err := bufio.NewReader(c).ReadString('\n')
		if err == nil && line != "HTTP/1.1 200 OK\r\n" {
			err = fmt.Errorf("%q", line)
		}
		return err
	}
	var conns []net.Conn
	for i := range 200 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := ask(c, [2]string{"/", "/p"}[i%2]); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		conns = append(conns, c)
	}
	if _, err := io.ReadAll(conns[0]); err != nil { // it was answered before
		t.Errorf("the first connection: %v", err)
	}
	if err := ask(conns[199], "/"); err != nil {
		t.Errorf("the last connection: %v", err)
	}
	const want = "[warn]"
	const text = "64 worker_connections are not enough, reusing connections"
	if log := server.ErrorLog(); !strings.Contains(log, want) || !strings.Contains(log, text) {
		t.Error(log)
	}
}
