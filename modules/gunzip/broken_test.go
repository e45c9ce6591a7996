package gunzip_test

import (
	"testing"

	"understudy/internal/stage"
)

// TestWhatIsNotCompressedIsSaidOnce: the log blames the answer and not the client's connection.
func TestWhatIsNotCompressedIsSaidOnce(t *testing.T) {
	b := stage.NewBackend(t, func(p *stage.Peer) {
		p.Request()
		p.Send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 22\r\n\r\nthis is not compressed")
	})
	stage.Ours(t, "server { listen LISTEN; gunzip on; location / { proxy_pass http://"+b.Addr+"; } }", func(t *testing.T, s *stage.Server) {
		s.Dial(t).Send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").End()
		s.Stop()
		const want = `error: inflate() failed: 0, -3 while reading upstream, client: 127.0.0.1, server: , request: "GET /x HTTP/1.1", upstream: "http://`
		if got := s.Errors(); len(got) != 1 || len(got[0]) < len(want) || got[0][:len(want)] != want {
			t.Errorf("%q", got)
		}
	})
}
