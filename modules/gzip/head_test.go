package gzip_test

import (
	"fmt"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestHeadsOfFilesAreZlibs: no time, the level's effort, Unix; of few bytes and of many.
func TestHeadsOfFilesAreZlibs(t *testing.T) {
	for _, c := range []struct {
		level  int
		effort string
	}{{1, "04"}, {6, "00"}, {9, "02"}} {
		conf := fmt.Sprintf("server { listen LISTEN; gzip on; gzip_types *; gzip_min_length 1; gzip_comp_level %d;\nlocation /few { return 200 few; }\nlocation /many { return 200 %s; } }",
			c.level, strings.Repeat("many", 100))
		stage.Each(t, conf, func(t *testing.T, s *stage.Server) {
			for _, path := range []string{"/few", "/many"} {
				answer, _ := s.Dial(t).Send("GET " + path + " HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n").End()
				_, body, _ := strings.Cut(answer, "\r\n\r\n")
				_, body, _ = strings.Cut(body, "\r\n")
				if want := "1f8b080000000000" + c.effort + "03"; fmt.Sprintf("%x", body[:min(10, len(body))]) != want {
					t.Errorf("level %d, %s: %x, want %s", c.level, path, body[:min(10, len(body))], want)
				}
			}
		})
	}
}
