package proxy_test

import (
	"io"
	"net"
	"testing"

	"understudy/internal/stage"
)

// BenchmarkKeptRequest is a GET through kept connections on both sides; client and backend allocate nothing themselves.
func BenchmarkKeptRequest(b *testing.B) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
	backend := stage.NewBackend(b, func(p *stage.Peer) {
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
	s := stage.Start(b, "", "upstream u { server "+backend.Addr+"; keepalive 4; keepalive_requests 100000000; } keepalive_requests 100000000; "+
		"server { listen LISTEN; location / { proxy_pass http://u; } }")
	defer s.Stop()
	c, err := net.Dial("tcp", s.Addr)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	request, buf := []byte("GET /some/path?a=b HTTP/1.1\r\nHost: example.com\r\n\r\n"), make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadAtLeast(c, buf, len(answer)); err != nil {
			b.Fatal(err)
		}
	}
}
