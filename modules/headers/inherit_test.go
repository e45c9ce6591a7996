package headers_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestInheritanceOfFields: what add_header_inherit says is inherited itself, also by blocks that say nothing. The answers are those of
// nginx 1.31.5; Debian's does not know the directive.
func TestInheritanceOfFields(t *testing.T) {
	stage.Ours(t, `add_header H h;
server { listen LISTEN; server_name a; add_header A a;
	location / { add_header B b; add_header_inherit off; if ($arg_i) { return 200; } return 200; location /n { return 200; }
		location /o { add_header_inherit on; return 200; } location /m { add_header_inherit merge; add_header C c; return 200; } }
	location /p { add_header_inherit merge; return 200; location /p/q { add_header D d; return 200; } location /p/r { return 200; } }
	location /s { add_header_inherit off; return 200; location /s/t { return 200; } }
}
server { listen LISTEN; server_name b; add_header_inherit off; location / { return 200; } location /own { add_header B b; return 200; }
	location /on { add_header_inherit on; return 200; } }`, func(t *testing.T, s *stage.Server) {
		for path, want := range map[string]string{
			"a/": "B", "a/?i=1": "", "a/n": "", "a/o": "B", "a/m": "C B", "a/p": "A", "a/p/q": "D A", "a/p/r": "A", "a/s": "", "a/s/t": "",
			"b/": "", "b/own": "B", "b/on": "",
		} {
			answer := s.Dial(t).Ask("GET " + path[1:] + " HTTP/1.1\r\nHost: " + path[:1] + "\r\nConnection: close\r\n\r\n")
			var got []string
			for _, line := range answer.Fields {
				if name, _, _ := strings.Cut(line, ":"); len(name) == 1 {
					got = append(got, name)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
	})
}
