package web_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestTimesAndSizesOfZeroLeaveNobodyWaiting: what may take no time, or has no room, ends the connection, as in nginx.
func TestTimesAndSizesOfZeroLeaveNobodyWaiting(t *testing.T) {
	const half = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo"
	for _, c := range []struct{ name, conf, send, begins string }{
		{"a client that says nothing", "client_header_timeout 0;", "", ""},
		{"half a body that is wanted", "client_body_timeout 0; location / { proxy_pass http://127.0.0.1:1; }", half, ""},
		{"half a body that is not", "lingering_timeout 0; location / { return 200 ok; }", half, "HTTP/1.1 200 OK\r\n"},
		{"no room for a head", "client_header_buffer_size 0;", plain("/"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			stage.Each(t, "server { listen LISTEN; "+c.conf+" }", func(t *testing.T, s *stage.Server) {
				rest, _ := s.Dial(t).Send(c.send).End()
				if !strings.HasPrefix(rest, c.begins) || c.begins == "" && rest != "" {
					t.Errorf("answered %q", rest)
				}
			})
		})
	}
}
