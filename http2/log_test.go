package http2_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestWhatTheLogSaysOfAStream: nothing that an upstream says of a body that is not there, and of what is refused where it was to go.
func TestWhatTheLogSaysOfAStream(t *testing.T) {
	back := stage.NewBackend(t, func(p *stage.Peer) {
		p.Serve(func(string, string) string {
			return "HTTP/1.1 204 Nothing\r\nContent-Type: text/plain\r\n\r\n"
		})
	})
	conf := "log_format s '$status $request_uri $uri $args $sent_http_content_type'; server { listen LISTEN http2; access_log DIR/access.log s; large_client_header_buffers 2 1k; " +
		"location / { proxy_pass http://" + back.Addr + "; } }"
	for _, c := range []struct{ name, fields, answer, log string }{
		{"an upstream's 204", get("/a?b"), "HEADERS 1 204 end", "204 /a?b /a b -"},
		{"no host", block(":method: GET", ":scheme: http", ":path: /a/../b?c"), "HEADERS 1 400", "400 /a/../b?c /b c text/html"},
		{"a field that is too long", get("/a?b", "x: "+strings.Repeat("x", 2000)), "GOAWAY after 1 code 11", "000 /a?b /a b -"},
		{"a path that is none", block(":method: GET", ":scheme: http", ":authority: a", ":path: a"), "HEADERS 1 400", "400 - - - text/html"},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			stage.Each(t, conf, func(t *testing.T, s *stage.Server) {
				conn := start(t, s, "")
				conn.send(open(1, c.fields))
				if got := conn.until(c.answer); got != c.answer {
					t.Errorf("got %s, want %s", got, c.answer)
				}
				if got := s.AwaitAccess(1)[0]; got != c.log {
					t.Errorf("log %q, want %q", got, c.log)
				}
			})
		})
	}
}

// TestTrailersFollowABodyWhoseLengthIsSaid: HTTP/2 can have both.
func TestTrailersFollowABodyWhoseLengthIsSaid(t *testing.T) {
	stage.Each(t, "log_format s '$status $sent_http_content_length'; server { listen LISTEN http2; access_log DIR/access.log s; add_trailer x-behind $request_uri; "+
		"location / { return 200 hello; } location /empty { return 200; } }", func(t *testing.T, s *stage.Server) {
		conn := start(t, s, "")
		conn.send(open(1, get("/a")))
		if want, got := "HEADERS 1 200, HEADERS 1 /a end", conn.until("HEADERS 1 200, HEADERS 1 /a end"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		conn.send(open(3, get("/empty")))
		if want, got := "HEADERS 3 200, HEADERS 3 /empty end", conn.until("HEADERS 3 200, HEADERS 3 /empty end"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := s.AwaitAccess(2)[0]; got != "200 5" {
			t.Errorf("log %q", got)
		}
	})
}
