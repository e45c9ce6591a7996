package limitrate_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"understudy/internal/stage"
)

func TestAnswersAreSlowedDown(t *testing.T) {
	text := strings.Repeat("0123456789", 3000)
	stage.Ours(t, `server { listen LISTEN; root DIR/html;
location / { limit_rate 20000; }
location /var { set $limit_rate 20000; rewrite ^/var(.*) $1 break; }
location /first { rewrite ^/first(.*) $1 break; limit_rate 1; limit_rate_after 1m; }
location /off { limit_rate 1; set $limit_rate 0; rewrite ^/off(.*) $1 break; } }`, func(t *testing.T, s *stage.Server) {
		if err := os.MkdirAll(s.Dir+"/html", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.Dir+"/html/t", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		c := s.Dial(t)
		for _, tt := range []struct {
			uri  string
			slow bool
		}{{"/t", true}, {"/var/t", true}, {"/first/t", false}, {"/off/t", false}} {
			began := time.Now()
			a := c.Ask("GET " + tt.uri + " HTTP/1.1\r\nHost: a\r\n\r\n")
			if a.Body != text {
				t.Errorf("%s: %s, %d bytes", tt.uri, a.Line, len(a.Body))
			}
			if took := time.Since(began); tt.slow != (took > 300*time.Millisecond) {
				t.Errorf("%s took %v", tt.uri, took)
			}
		}
	})
}
