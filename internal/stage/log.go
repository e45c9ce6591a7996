package stage

// What a server wrote to its logs.

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// errorLine splits a line of the error log: level and text.
var errorLine = regexp.MustCompile(`^\S+ \S+ \[(\w+)\] \d+#\d+: (?:\*\d+ )?(.*)$`)

// Errors gives the error log's lines, each as "level: text", without what nginx says about itself at notice level.
func (s *Server) Errors() []string {
	var list []string
	for _, line := range s.lines("error.log") {
		m := errorLine.FindStringSubmatch(line)
		if m == nil {
			list = append(list, line)
		} else if m[1] != "notice" {
			list = append(list, m[1]+": "+strings.ReplaceAll(m[2], s.Dir, "DIR"))
		}
	}
	return list
}

// Access gives the lines of DIR/access.log.
func (s *Server) Access() []string { return s.lines("access.log") }

// AwaitErrors waits until the error log has n lines; AwaitAccess likewise.
func (s *Server) AwaitErrors(n int) []string { s.t.Helper(); return s.await(n, s.Errors) }
func (s *Server) AwaitAccess(n int) []string { s.t.Helper(); return s.await(n, s.Access) }

// AwaitErrorsBut waits until the error log has n lines besides those that begin with prefix, and gives those n.
func (s *Server) AwaitErrorsBut(n int, prefix string) []string {
	s.t.Helper()
	return s.await(n, func() []string {
		return slices.DeleteFunc(s.Errors(), func(line string) bool { return strings.HasPrefix(line, prefix) })
	})
}

func (s *Server) await(n int, get func() []string) []string {
	s.t.Helper()
	for end := time.Now().Add(Patience); ; time.Sleep(time.Millisecond) {
		if list := get(); len(list) >= n {
			return list
		} else if time.Now().After(end) {
			s.t.Fatalf("%s: log has %d lines, not %d:\n%s", s.Name, len(list), n, strings.Join(list, "\n"))
		}
	}
}

func (s *Server) lines(name string) []string {
	text, err := os.ReadFile(filepath.Join(s.Dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	if len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
