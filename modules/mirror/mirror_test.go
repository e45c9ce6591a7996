package mirror_test

import (
	"slices"
	"testing"

	"understudy/internal/stage"
)

// What was asked comes before its copies, which have method, arguments and body of it and whose answers nobody sees.
func TestCopiesAreMadeOfRequests(t *testing.T) {
	stage.Each(t, `
log_format copies '$request_method $uri?$args $status <$request_body>';
server {
	listen LISTEN;
	location / { mirror /copy/1; mirror /copy/2; proxy_pass http://LISTEN/real; }
	location /plain { mirror /copy/3; mirror_request_body off; proxy_pass http://LISTEN/real; }
	location /off { mirror /copy/4; location /off/in { mirror off; return 204; } }
	location /real { return 200 "real\n"; }
	location /copy { log_subrequest on; access_log DIR/access.log copies; proxy_pass http://LISTEN/gone; }
	location /gone { return 410; }
}`, func(t *testing.T, s *stage.Server) {
		for _, c := range []struct{ request, body string }{
			{"POST /a?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "real\n"},
			{"GET /plain?y HTTP/1.1\r\nHost: a\r\n\r\n", "real\n"},
			{"GET /off/in HTTP/1.1\r\nHost: a\r\n\r\n", ""},
		} {
			if a := s.Dial(t).Send(c.request).Answer(); a.Body != c.body {
				t.Errorf("%q: %q %q", c.request, a.Line, a.Body)
			}
		}
		lines := s.AwaitAccess(3)
		slices.Sort(lines)
		want := []string{"GET /copy/3?y 410 <->", "POST /copy/1?x=1 410 <hello>", "POST /copy/2?x=1 410 <hello>"}
		if !slices.Equal(lines, want) {
			t.Errorf("%q, want %q", lines, want)
		}
	})
}
