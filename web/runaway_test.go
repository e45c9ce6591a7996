package web_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
)

// A regex that cannot be matched within PCRE's limit, wherever it stands: nginx's alert, and what nginx does then.
func TestRegexesThatRunAway(t *testing.T) {
	const evil, conf = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-", `
server { listen LISTEN; server_name fine; access_log DIR/access.log plain; gzip on; gzip_min_length 0; gzip_types text/plain;
	location /gzip { gzip_disable "(?=a)(a+)+$"; return 200 text; }
	location /referer { valid_referers "~^(?=a)(a+)+$"; return 200 "$invalid_referer."; }
}
server { listen LISTEN; server_name "~^(?=a)(a+)+$"; access_log DIR/access.log plain; return 200 named; }`
	const failed = "pcre2_match() failed: -47 on \""
	for _, c := range []struct{ name, request, answer, log, alert string }{
		{"server name", "GET / HTTP/1.1\r\nHost: " + evil + "\r\nX-Never: whole", "", `500 "GET / HTTP/1.1" 0`,
			failed + evil + `" using "^(?=a)(a+)+$" while reading client request headers, client: 127.0.0.1, server: fine, request: "GET / HTTP/1.1", host: "` + evil + `"`},
		{"server name in the request line", "GET http://" + evil + "/ HTTP/1.1\r\n", "", `500 "GET http://` + evil + `/ HTTP/1.1" 0`,
			failed + evil + `" using "^(?=a)(a+)+$" while reading client request line, client: 127.0.0.1, server: fine, request: "GET http://` + evil + `/ HTTP/1.1"`},
		{"server name in time", "GET / HTTP/1.0\r\nHost: aaa\r\n\r\n", "named", `200 "GET / HTTP/1.0" 5`, ""},
		{"gzip_disable", "GET /gzip HTTP/1.1\r\nHost: fine\r\nConnection: close\r\nAccept-Encoding: gzip\r\nUser-Agent: " + evil + "\r\n\r\n", "text", `200 "GET /gzip HTTP/1.1" 4`,
			failed + evil + `" using "(?=a)(a+)+$", client: `},
		{"valid_referers", "GET /referer HTTP/1.1\r\nHost: fine\r\nConnection: close\r\nReferer: http://" + evil + "\r\n\r\n", ".", `200 "GET /referer HTTP/1.1" 1`,
			failed + evil + `" using "^(?=a)(a+)+$", client: `},
	} {
		t.Run(c.name, func(t *testing.T) {
			stage.Each(t, conf, func(t *testing.T, s *stage.Server) {
				client := s.Dial(t).Send(c.request)
				rest, how := client.End()
				if _, body, _ := strings.Cut(rest, "\r\n\r\n"); body != c.answer || c.answer == "" && rest != "" {
					t.Errorf("answer %q, %s", rest, how)
				}
				if got := s.AwaitAccess(1); got[0] != c.log {
					t.Errorf("access log: %q", got)
				}
				alert := ""
				for _, line := range s.Errors() {
					if text, ok := strings.CutPrefix(line, "alert: "); ok {
						alert += text
					}
				}
				if !strings.HasPrefix(alert, c.alert) || c.alert == "" && alert != "" {
					t.Errorf("error log:\n%q, not\n%q", alert, c.alert)
				}
			})
		})
	}
}
