package scgi_test

import (
	"io"
	"strconv"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// application reads requests and answers with this text; "ECHO" in it is the request.
func application(answer string) []func(p *stage.Peer) {
	return []func(p *stage.Peer){func(p *stage.Peer) {
		length, err := p.In.ReadString(':')
		n, _ := strconv.Atoi(strings.TrimSuffix(length, ":"))
		head := make([]byte, n+1)
		if _, err2 := io.ReadFull(p.In, head); err != nil || err2 != nil {
			return
		}
		fields := strings.Split(string(head), "\x00")
		size, _ := strconv.Atoi(fields[1])
		body := make([]byte, size)
		got, _ := io.ReadFull(p.In, body)
		echo := length + strings.Join(fields, "|") + string(body[:got])
		p.Send(strings.ReplaceAll(answer, "ECHO", echo))
	}}
}

func TestApplicationsAreAskedAndAnswerAsWithNginx(t *testing.T) {
	const echo = "Content-Type: text/plain\r\n\r\nECHO"
	var cases []stage.Case
	for _, r := range []struct{ name, conf, request, answer string }{
		{"parameters", "scgi_param SCGI 1; scgi_param A $arg_a; scgi_param B $arg_b if_not_empty;", "GET /x?a=1 HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n", echo},
		{"a header that a parameter replaces", "scgi_param HTTP_X_ONE mine;", "GET /x HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n", echo},
		{"a body", "", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n", echo},
		{"a body in chunks", "scgi_request_buffering off;", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n", echo},
		{"a status line", "", "GET /x HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 404 Gone away\r\nContent-Length: 2\r\n\r\nno"},
		{"a status", "", "GET /x HTTP/1.1\r\nHost: a\r\n", "Status: 404 Gone away\r\n\r\nno"},
		{"a location", "", "GET /x HTTP/1.1\r\nHost: a\r\n", "Location: /y\r\n\r\n"},
		{"a status that is none", "", "GET /x HTTP/1.1\r\nHost: a\r\n", "Status: no\r\n\r\n"},
		{"too short", "", "GET /x HTTP/1.1\r\nHost: a\r\n", "Content-Length: 9\r\n\r\nshort"},
		{"too long", "", "GET /x HTTP/1.1\r\nHost: a\r\n", "Content-Length: 2\r\n\r\nlong"},
		{"no answer", "", "GET /x HTTP/1.1\r\nHost: a\r\n", ""},
		{"half a head", "", "GET /x HTTP/1.1\r\nHost: a\r\n", "Content-Le"},
		{"a bad header line", "", "GET /x HTTP/1.1\r\nHost: a\r\n", "Bad\x00: x\r\n\r\n"},
	} {
		body := ""
		switch {
		case strings.Contains(r.request, "chunked"):
			body = "5\r\nhello\r\n0\r\n\r\n"
		case strings.Contains(r.request, "Content-Length"):
			body = "hello"
		}
		cases = append(cases, stage.Case{Name: r.name, Backends: application(r.answer),
			HTTP: "log_format l '$upstream_addr $upstream_status';\nserver { listen LISTEN; server_name front; access_log DIR/access.log l;\nlocation / { scgi_pass B1; " + r.conf + " } }",
			Play: func(t *testing.T, s *stage.Server) string {
				c := s.Dial(t)
				c.Send(r.request + "Connection: close\r\n\r\n" + body)
				text := c.Answer().Describe() + "\n"
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
