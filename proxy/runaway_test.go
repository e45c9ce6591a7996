package proxy_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestACookieWhoseFlagsCannotBeTold makes the answer an error; a domain or a path that cannot be matched stays as it is.
func TestACookieWhoseFlagsCannotBeTold(t *testing.T) {
	evil := strings.Repeat("a", 60) + "-"
	b := stage.NewBackend(t, func(p *peer) {
		if p.Head() != "" {
			p.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nSet-Cookie: " + evil + "=v; Domain=" + evil + "\r\n\r\nbody")
		}
	})
	http := `server { listen LISTEN;
	location /flags { proxy_pass http://B1; proxy_cookie_flags "~^(?=a)(a+)+$" secure; }
	location /domain { proxy_pass http://B1; proxy_cookie_domain "~^(?=a)(a+)+$" other; }
}`
	stage.Each(t, strings.ReplaceAll(http, "B1", b.Addr), func(t *testing.T, s *stage.Server) {
		for path, want := range map[string]string{"/flags": "500", "/domain": "200"} {
			a := s.Dial(t).Ask("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
			if a.Status() != want {
				t.Error(path, a.Describe())
			}
			if text := strings.Join(s.Errors(), "\n"); !strings.Contains(text, "failed: -47 on \""+evil) {
				t.Error(path, text)
			}
		}
	})
}
