package ranges_test

import (
	"fmt"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestRangeBombs asks for ranges without end. Heads of half a megabyte have to be allowed for that.
func TestRangeBombs(t *testing.T) {
	const (
		many = 100_000
		http = "large_client_header_buffers 4 2m; server { listen LISTEN; root DIR; SET }"
	)
	newer := "since 1.29.5 many small ranges without max_ranges are answered with the whole"
	var cases []stage.Case
	for _, c := range []struct{ name, set, ranges, ours, why string }{
		{"many overlapping", "", strings.Repeat("0-,", many) + "0-", "", ""},
		{"a thousand overlapping", "", strings.Repeat("5-99999,", 999) + "5-", "", ""},
		{"many small", "", strings.Repeat("7-7,", many) + "0-0", "200, 1048576 bytes\n", newer},
		{"many small, allowed", "max_ranges 200000;", strings.Repeat("7-7,", many) + "0-0", "", ""},
		{"many small, too many of them", "max_ranges 1000;", strings.Repeat("7-7,", many) + "0-0", "", ""},
		{"many small, and a bad one", "", strings.Repeat("7-7,", many) + "x", "", ""},
		{"many empty", "", strings.Repeat("-0,", many) + "-0", "", ""},
		{"many out of reach", "", strings.Repeat("1048576-,", many) + "1048576-", "", ""},
		{"many commas", "", strings.Repeat(",", many), "", ""},
		{"one, with many spaces", "", strings.Repeat(" ", many) + "0-9", "", ""},
		{"one, of many digits", "", strings.Repeat("0", many) + "-9", "", ""},
		{"more than a head may have", "large_client_header_buffers 4 8k;", strings.Repeat("0-0,", many) + "0-0", "", ""},
		{"ranges are off", "max_ranges 0;", strings.Repeat("7-7,", many) + "0-0", "", ""},
	} {
		cases = append(cases, stage.Case{Name: c.name, HTTP: strings.Replace(http, "SET", c.set, 1), Ours: c.ours, Why: c.why, Play: func(t *testing.T, s *stage.Server) string {
			if err := os.WriteFile(filepath.Join(s.Dir, "file"), []byte(strings.Repeat("0123456789abcdef", 1<<16)), 0o644); err != nil {
				t.Fatal(err)
			}
			a := s.Dial(t).Ask("GET /file HTTP/1.1\r\nHost: localhost\r\nRange: bytes=" + c.ranges + "\r\n\r\n")
			text := fmt.Sprintf("%s, %d bytes", a.Status(), len(a.Body))
			if v := a.Get("Content-Range"); v != "" {
				text += ", " + v
			}
			if _, parameters, err := mime.ParseMediaType(a.Get("Content-Type")); err == nil && parameters["boundary"] != "" {
				text += fmt.Sprintf(", %d parts", strings.Count(a.Body, "--"+parameters["boundary"]+"\r\n"))
			}
			if a.Broken {
				text += ", broken"
			}
			return text + "\n"
		}})
	}
	stage.PlayAll(t, "testdata/bombs.txt", cases)
}
