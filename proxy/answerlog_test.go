package proxy_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestWhatTheLogSaysOfAnAnswerIsWhatNginxSays: variables that only logs tell apart.
func TestWhatTheLogSaysOfAnAnswerIsWhatNginxSays(t *testing.T) {
	const paced, body = "HTTP/1.1 200 OK\r\nX-Accel-Limit-Rate: 5000000\r\nContent-Length: 3\r\n", "\r\nabc"
	ask := func(method, more string) string {
		return method + " /x HTTP/1.1\r\nHost: a\r\n" + more + "Connection: close\r\n\r\n"
	}
	var cases []stage.Case
	for _, c := range []struct{ name, answer, conf, ask, ours, why string }{
		{"a rate for an answer that is buffered", paced + body, "", ask("GET", ""), "", ""},
		{"a rate for one that is not", paced + body, "proxy_buffering off;", ask("GET", ""), "", ""},
		{"a rate for a head that is not buffered", paced + "\r\n", "proxy_buffering off;", ask("HEAD", ""), "", ""},
		{"a rate in front of a mistake", paced + "Bad Name: a\r\n" + body, "", ask("GET", ""), "", ""},
		{"a rate of a kept answer", paced + "Cache-Control: max-age=100\r\n" + body, "proxy_cache z;", ask("GET", ""), "", ""},
		{"a body that nobody reads", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n" + body, "proxy_cache z;", ask("HEAD", ""), "", ""},
		{"the date of what has moved", "HTTP/1.1 301 Moved\r\nLast-Modified: Mon, 28 Sep 2020 06:00:00 GMT\r\nContent-Length: 3\r\n" + body, "", ask("GET", ""), "", ""},
		{"a tag that is said twice", "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nETag: \"b\"\r\nContent-Length: 3\r\n" + body, "", ask("GET", ""),
			"GET 200 rate 0, length 3, date -, tag \\x22a\\x22, ratio -, OK\n" +
				`warn: upstream sent duplicate header line: "ETag: "b"", previous value: "ETag: "a"", ignored while reading response header from upstream, ` +
				`client: 127.0.0.1, server: , request: "GET /x HTTP/1.1", upstream: "http://B1/x", host: "a"` + "\n",
			"nginx says so since 1.23"},
		{"a compressed head of an error page", "", "gzip on; gzip_min_length 1; return 404;", ask("HEAD", "Accept-Encoding: gzip\r\n"), "", ""},
		{"a condition that does not hold", "", "return 200 a;", ask("GET", "If-Match: \"x\"\r\n"), "", ""},
	} {
		if c.answer != "" {
			c.conf += " proxy_pass http://B1;"
		}
		cases = append(cases, stage.Case{
			Name:     c.name,
			Ours:     c.ours,
			Why:      c.why,
			Backends: []func(p *peer){func(p *peer) { p.Request(); p.Send(c.answer) }},
			HTTP: "log_format v '$request_method $status rate $limit_rate, length $upstream_response_length, date $sent_http_last_modified, " +
				"tag $upstream_http_etag, ratio $gzip_ratio, $request_completion';\nproxy_cache_path DIR/cache keys_zone=z:64k;\n" +
				"server { listen LISTEN; access_log DIR/access.log v; location / { " + c.conf + " } }",
			Play: func(t *testing.T, s *stage.Server) string {
				asks := 1
				if strings.Contains(c.answer, "max-age") {
					asks = 2
				}
				for range asks {
					s.Dial(t).Send(c.ask).End()
				}
				lines := append([]string{}, s.AwaitAccess(asks)...)
				for _, line := range s.Errors() {
					if !strings.HasPrefix(line, "info: client closed connection while waiting") { // whoever looked whether nginx listens
						lines = append(lines, line)
					}
				}
				return strings.Join(lines, "\n") + "\n"
			},
		})
	}
	stage.PlayAll(t, "testdata/answerlog.txt", cases)
}
