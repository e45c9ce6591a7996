package uwsgi_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// application answers a request with this text; "ECHO" in it is the request, as far as it is said how long it is.
func application(answer string) []func(p *stage.Peer) {
	return []func(p *stage.Peer){func(p *stage.Peer) {
		var head [4]byte
		if _, err := io.ReadFull(p.In, head[:]); err != nil {
			return
		}
		b := make([]byte, int(head[1])|int(head[2])<<8)
		if _, err := io.ReadFull(p.In, b); err != nil {
			return
		}
		echo := fmt.Sprintf("%d %d", head[0], head[3])
		for len(b) > 2 && b[1] == 0 {
			n := int(b[0])
			echo += " " + string(b[2:2+n])
			b = b[2+n:]
		}
		p.Send(strings.ReplaceAll(answer, "ECHO", echo+string(b)))
	}}
}

func TestApplicationsAreAskedAndAnswerAsWithNginx(t *testing.T) {
	const echo = "Content-Type: text/plain\r\n\r\nECHO"
	var cases []stage.Case
	for _, r := range []struct{ name, conf, answer string }{
		{"parameters", "uwsgi_pass B1; uwsgi_param A $arg_a; uwsgi_param B $arg_b if_not_empty;", echo},
		{"modifiers and a string", "uwsgi_pass B1; uwsgi_modifier1 3; uwsgi_modifier2 255; uwsgi_string tail;", echo},
		{"a scheme", "uwsgi_pass uwsgi://B1;", echo},
		{"an address with variables", "set $to uwsgi://B1; uwsgi_pass $to;", echo},
		{"too large", "set $l " + strings.Repeat("$request", 50) + "; uwsgi_pass B1; uwsgi_param A " + strings.Repeat("$l", 50) + ";", echo},
		{"a status line", "uwsgi_pass B1;", "HTTP/1.1 404 Gone away\r\nStatus: 200\r\n\r\nno"},
		{"a status", "uwsgi_pass B1;", "Status: 404 Gone away\r\n\r\nno"},
		{"too short", "uwsgi_pass B1;", "Content-Length: 9\r\n\r\nshort"},
		{"no answer", "uwsgi_pass B1;", ""},
	} {
		cases = append(cases, stage.Case{Name: r.name, Backends: application(r.answer),
			HTTP: "log_format l '$upstream_addr $upstream_status';\nserver { listen LISTEN; server_name front; access_log DIR/access.log l;\nlocation / { " + r.conf + " } }",
			Play: func(t *testing.T, s *stage.Server) string {
				c := s.Dial(t)
				c.Send("GET /some/longer/path?a=1 HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nConnection: close\r\n\r\n")
				a := c.Answer()
				text := a.Describe() + "; " + a.Get("Status") + "\n"
				c.Close()
				access := s.AwaitAccess(1)
				for _, line := range s.Errors() {
					if !strings.HasPrefix(line, "info: client") {
						text += line + "\n"
					}
				}
				return text + strings.Join(access, "\n")
			},
		})
	}
	stage.PlayAll(t, "testdata/answers.txt", cases)
}
