package proxy_test

import (
	"io"
	"net"
	"runtime"
	"testing"

	"understudy/internal/stage"
)

// TestKeptRequestsAllocateNothing sends thousands of requests through real sockets; client and backend allocate nothing either.
func TestKeptRequestsAllocateNothing(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
	for _, conf := range []string{"", "proxy_buffering off;", "proxy_set_header X-Real-IP $remote_addr; proxy_set_header Host $host;"} {
		b := stage.NewBackend(t, func(p *stage.Peer) {
			buf, reply := make([]byte, 4096), []byte(answer)
			for {
				if _, err := p.Read(buf); err != nil {
					return
				}
				if _, err := p.Write(reply); err != nil {
					return
				}
			}
		})
		s := stage.Start(t, "", "upstream u { server "+b.Addr+"; keepalive 4; } keepalive_requests 1000000; "+
			"server { listen LISTEN; location / { proxy_pass http://u; "+conf+" } }")
		c, err := net.Dial("tcp", s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		request, buf := []byte("GET /some/path?a=b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n"), make([]byte, 4096)
		ask := func() {
			if _, err := c.Write(request); err != nil {
				t.Fatal(err)
			}
			n, err := io.ReadAtLeast(c, buf, len(answer))
			if err != nil || string(buf[n-5:n]) != "hello" {
				t.Fatal(err, string(buf[:n]))
			}
		}
		const warm, asked = 500, 900 // fewer than an upstream connection's keepalive_requests together would hide a dial
		for range warm {
			ask()
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range asked / 2 {
			ask()
		}
		runtime.ReadMemStats(&after)
		if n := after.Mallocs - before.Mallocs; n > asked/20 {
			t.Errorf("%q: %d allocations for %d requests", conf, n, asked/2)
		}
		c.Close()
		s.Stop()
	}
}
