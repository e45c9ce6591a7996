package web_test

import (
	"fmt"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestHugeHeadsAreRefusedAsByNginx: what is answered, what an error_page makes of it, what the logs say, and that the connection goes.
func TestHugeHeadsAreRefusedAsByNginx(t *testing.T) {
	const host, end = "Host: a\r\n", "Connection: close\r\n\r\n"
	long := strings.Repeat("a", 9000)
	many := strings.Repeat("X-Field: "+strings.Repeat("b", 90)+"\r\n", 400) // 40 kB, which default buffers do not hold
	pages := "error_page 414 /long; error_page 494 /large; error_page 400 /bad; location = /long { return 200 \"long $status\"; } location = /large { return 200 \"large $status\"; } location = /bad { return 200 \"bad $status\"; }"
	const parts = `error_page 414 /long; location = /long { return 200 "$request_method|$request_uri|$uri|$args|$host|$server_protocol|$content_length"; }`
	cases := []stage.Case{
		said("a long line", "", 1, "GET /"+long+" HTTP/1.1\r\n"+host+end),
		said("a long line without end", "", 1, "GET /"+long),
		said("a long method", "", 1, strings.Repeat("A", 9000)),
		said("a long host in the target", "", 1, "GET http://"+long+"/ HTTP/1.1\r\n"+host+end),
		said("long arguments", "", 1, "GET /?"+long+" HTTP/1.1\r\n"+host+end),
		said("a long field", "", 1, "GET /a HTTP/1.1\r\n"+host+"X: "+long+"\r\n"+end),
		said("a long name", "", 1, "GET /a HTTP/1.1\r\n"+host+long+": x\r\n"+end),
		said("a long field before the host", "", 1, "GET /a HTTP/1.1\r\nX: "+long+"\r\n"+host+end),
		said("a long cookie of a HEAD", "", 1, "HEAD /a HTTP/1.1\r\n"+host+"Cookie: "+long+"\r\n"+end),
		said("many fields", "", 1, "GET /a HTTP/1.1\r\n"+host+many+end),
		said("many fields on a kept connection", "", 2, plain("/a")+"GET /a HTTP/1.1\r\n"+host+many+end),
		said("a long line, error_page", pages, 1, "GET /"+long+" HTTP/1.1\r\n"+host+end),
		said("a long line of a HEAD", "", 1, "HEAD /"+long+" HTTP/1.1\r\n"+host+end),
		said("a long line, and its parts in an error page", parts, 1, "GET /"+long+" HTTP/1.1\r\n"+host+end),
		said("a long method behind an empty line, and its parts in an error page", parts, 1, "\r\n"+strings.Repeat("A", 9000)),
		said("a long host in the target, and its parts in an error page", parts, 1, "\r\nGET http://"+long),
		said("a line with spaces, and its parts in an error page", parts, 1, "GET /a?b HTTP/1.1"+strings.Repeat(" ", 9000)+"\r\n"+host+end),
		said("a long field, error_page", pages, 1, "GET /a HTTP/1.1\r\n"+host+"X: "+long+"\r\n"+end),
		said("many fields that are let in", "large_client_header_buffers 10 8k;", 1, "GET /a HTTP/1.1\r\n"+host+many+end),
	}
	for i, play := range cases {
		cases[i].Play = func(t *testing.T, s *stage.Server) string { return shortened(play.Play(t, s)) }
	}
	stage.PlayAll(t, "testdata/hugeheads.txt", cases)
}

// shortened cuts runs of one letter: how much of them is in the log depends on how long the process's number is.
func shortened(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && text[j] == text[i] {
			j++
		}
		if b.WriteString(text[i:min(j, i+10)]); j > i+10 {
			b.WriteString("…")
		}
		i = j
	}
	return b.String()
}

// TestMaxHeaders bounds the number of fields, 1000 unless told otherwise (nginx has it since 1.29).
func TestMaxHeaders(t *testing.T) {
	const http = "client_header_buffer_size 64k; server { listen LISTEN; server_name front; access_log DIR/access.log plain; MORE location / { return 200 $http_last; } }"
	for _, c := range []struct {
		more          string
		fields, limit int
	}{{"", 1000, 1000}, {"", 1001, 1000}, {"max_headers 3;", 3, 3}, {"max_headers 3;", 4, 3}, {"max_headers 2000;", 2000, 2000}} {
		stage.Ours(t, strings.Replace(http, "MORE", c.more, 1), func(t *testing.T, s *stage.Server) {
			a := s.Dial(t).Ask("GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: y\r\n", c.fields-2) + "Last: seen\r\n\r\n")
			if c.fields <= c.limit {
				if a.Status() != "200" || a.Body != "seen" {
					t.Errorf("%d of %d: %s", c.fields, c.limit, a.Describe())
				}
				return
			}
			if a.Status() != "400" || !strings.Contains(a.Body, "<center>Request Header Or Cookie Too Large</center>") || a.Get("Connection") != "close" {
				t.Errorf("%d of %d: %s", c.fields, c.limit, a.Describe())
			}
			want := `info: client sent too many header lines while reading client request headers, client: 127.0.0.1, server: front, request: "GET / HTTP/1.1", host: "a"`
			if lines := strings.Join(s.Errors(), "\n"); lines != want {
				t.Error(lines)
			}
			if got, want := s.AwaitAccess(1)[0], fmt.Sprintf(`400 "GET / HTTP/1.1" %d`, len(a.Body)); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}
