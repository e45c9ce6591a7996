package fastcgi_test

import (
	"strconv"
	"strings"
	"testing"

	"understudy/internal/stage"
)

func itoa(n int) string { return strconv.Itoa(n) }

const plain = "Content-Type: text/plain\r\n\r\n"

type row struct {
	name, conf string
	method     string // "" = GET
	uri        string // "" = /a.php
	headers    string // of the request
	body       string
	backends   []func(p *stage.Peer)
	times      int
	ours, why  string
}

func TestAnswersOfApplications(t *testing.T) {
	fine := out(plain+"fine") + end
	play(t, "testdata/answers.txt", []row{
		{name: "an answer", backends: one(fine)},
		{name: "a status", backends: one(out("Status: 404 Gone away\r\nContent-Type: text/plain\r\n\r\nno") + end)},
		{name: "a status without words", backends: one(out("Status: 503\r\n\r\nno") + end),
			ours: "HTTP/1.1 503 Service Temporarily Unavailable, Transfer-Encoding: chunked, Connection: close, \"no\";  \nB1 503", why: "since 1.25.3"},
		{name: "a status that is none", backends: one(out("Status: abc\r\n\r\nno") + end)},
		{name: "a location", backends: one(out("Location: /b.php\r\n\r\n") + end)},
		{name: "line feeds only", backends: one(out("Content-Type: text/plain\n\nfine") + end)},
		{name: "a length", backends: one(out("Content-Length: 4\r\n\r\nfine") + end)},
		{name: "a length that is too short", backends: one(out("Content-Length: 2\r\n\r\nfine") + end)},
		{name: "a length that is too short, told later", backends: one(out("Content-Length: 2\r\n\r\n") + out("f") + out("ine") + end)},
		{name: "a length that is too long", backends: one(out("Content-Length: 9\r\n\r\nfine") + end)},
		{name: "a length that is too long, stdout stays open", backends: one(out("Content-Length: 9\r\n\r\nfine") + record(3, "\x00\x00\x00\x00\x00\x00\x00\x00", 0))},
		{name: "204", backends: one(out("Status: 204 No Content\r\n\r\n") + end)},
		{name: "HEAD", method: "HEAD", backends: one(out("Content-Length: 4\r\n\r\nfine") + end)},
		{name: "headers that stay here", backends: one(out("X-Accel-Expires: 1\r\nX-Powered-By: PHP\r\nServer: app\r\nX: 1\r\n"+plain+"fine") + end), conf: "fastcgi_hide_header X-Powered-By;"},
		{name: "X-Accel-Redirect", backends: one(out("X-Accel-Redirect: /other\r\n\r\n") + end)},
		{name: "intercepted", backends: one(out("Status: 404 No\r\n\r\nno") + end), conf: "fastcgi_intercept_errors on; error_page 404 = /other;"},
		{name: "an empty body", backends: one(out(plain) + end)},
		{name: "many records", backends: one(out("Content-Type: text/") + out("plain\r") + out("\n\r\nfi") + record(6, "ne", 255) + end)},
		{name: "records split anywhere", backends: one(split(out(plain+"fi") + record(6, "ne", 3) + end))},
		{name: "records split anywhere, kept", conf: "fastcgi_keep_conn on;", times: 2, backends: one(split(out(plain+"fi") + record(6, "ne", 3) + end))},
		{name: "unbuffered", conf: "fastcgi_buffering off;", backends: one(out(plain+"fi") + err("oh") + out("ne") + end)},
		{name: "large", backends: one(out(plain) + strings.Repeat(record(6, strings.Repeat("x", 65535), 1), 4) + end)},
		{name: "stderr first", backends: one(err("PHP Warning: oh. \r\n") + fine)},
		{name: "stderr last", backends: one(out(plain+"fine") + err("bye") + end)},
		{name: "stderr alone", backends: one(err("bye") + end)},
		{name: "an empty stderr record", backends: one(err("") + fine)},
		{name: "a flood in stderr", backends: one(strings.Repeat(err(strings.Repeat("e", 1000)+"\n"), 3) + fine)},
		{name: "stderr that is caught", backends: []func(p *stage.Peer){answers(err("PHP Fatal error: oh") + fine), answers(fine)}, conf: "fastcgi_catch_stderr \"Fatal error\"; fastcgi_next_upstream invalid_header;"},
		{name: "another version", backends: one("\x02" + fine[1:])},
		{name: "another version in the body", backends: one(out(plain+"fine") + "\x02" + end[1:])},
		{name: "an unknown type", backends: one(record(9, "x", 0) + fine)},
		{name: "a request number too high", backends: one("\x01\x06\x01\x01\x00\x00\x00\x00")},
		{name: "another request number", backends: one("\x01\x06\x00\x02\x00\x00\x00\x00")},
		{name: "an end without an answer", backends: one(record(3, "\x00\x00\x00\x00\x00\x00\x00\x00", 0))},
		{name: "an empty stdout without an answer", backends: one(end)},
		{name: "half a head, then the end", backends: one(out("Content-Type: te") + end)},
		{name: "a bad header line", backends: one(out("Bad\x00: x\r\n\r\n") + end)},
		{name: "a head too big", backends: one(out("X: "+strings.Repeat("x", 2000)+"\r\n\r\n") + end), conf: "fastcgi_buffer_size 1k;"},
		{name: "closes at once", backends: one("|")},
		{name: "closes in a record's header", backends: one("\x01\x06\x00|")},
		{name: "closes in its head", backends: one(record(6, plain+"fine", 0)[:20] + "|")},
		{name: "closes in its body, without a length", backends: one(record(6, plain+"fine", 0)[:8+len(plain)+2] + "|")},
		{name: "closes without an end", backends: one(out(plain+"fine") + "|")},
		{name: "closes without an end, where connections are kept", conf: "fastcgi_keep_conn on;", backends: one(out(plain+"fine") + "|")},
		{name: "closes in its body, with a length", backends: one(out("Content-Length: 9\r\n\r\nfine") + "|"),
			ours: "HTTP/1.1 200 OK, Content-Length: 9, Connection: close, \"fine\", broken off;  \n" +
				"error: upstream prematurely closed connection, client: 127.0.0.1, server: front, request: \"GET /a.php HTTP/1.1\", upstream: \"fastcgi://B1\", host: \"a\"\nB1 200",
			why: "nginx takes the answer for whole and logs nothing"},
		{name: "more behind the end", conf: "fastcgi_keep_conn on;", times: 2, backends: one(fine + fine)},
		{name: "kept connections", conf: "fastcgi_keep_conn on;", times: 3, backends: one(fine)},
		{name: "an error asks the next", backends: []func(p *stage.Peer){answers("|"), answers(fine)}},
		{name: "http_503 asks the next", conf: "fastcgi_next_upstream http_503;", backends: []func(p *stage.Peer){answers(out("Status: 503 No\r\n\r\n") + end), answers(fine)}},
		{name: "a variable address that is none", conf: "fastcgi_pass $uri;", backends: one(fine)},
	})
}

func TestRequestsToApplications(t *testing.T) {
	asked := []func(p *stage.Peer){echo}
	long := strings.Repeat("0123456789", 8000)
	play(t, "testdata/requests.txt", []row{
		{name: "headers", backends: asked, headers: "X-One: 1\r\nx_two-b: 2\r\nCookie: a=b\r\nCookie: c=d\r\nAccept: a\r\nAccept: b\r\n",
			ours: "HTTP/1.1 200 OK, Transfer-Encoding: chunked, Connection: close, \"HTTP_ACCEPT=a, b\nHTTP_CONNECTION=close\nHTTP_COOKIE=a=b; c=d\nHTTP_HOST=a\nHTTP_X_ONE=1\"; text/plain \nB1 200",
			why:  "fields of one name are joined since 1.23.0"},
		{name: "no headers", backends: asked, conf: "fastcgi_pass_request_headers off;", ours: "HTTP/1.1 200 OK, Transfer-Encoding: chunked, Connection: close, \"HTTP_HOST=a\"; text/plain \nB1 200", why: "HTTP_HOST is a parameter since 1.29.5"},
		{name: "parameters", backends: asked, conf: "fastcgi_param A $arg_a; fastcgi_param B $arg_b if_not_empty; fastcgi_param C \"\"; fastcgi_param HTTP_X_ONE mine; fastcgi_param HTTP_ACCEPT \"\";",
			uri: "/a.php?a=1", headers: "X-One: 1\r\nAccept: x\r\n"},
		{name: "long parameters", backends: asked, conf: "fastcgi_param N " + strings.Repeat("v", 200) + "; fastcgi_pass_request_headers off; fastcgi_param HTTP_HOST x;"},
		{name: "too long parameters", backends: asked, conf: "fastcgi_param A " + strings.Repeat("$uri", 700) + ";", uri: "/" + strings.Repeat("x", 120)},
		{name: "script and path", backends: asked, conf: "fastcgi_split_path_info ^(.+?\\.php)(/.*)$; fastcgi_param S $fastcgi_script_name; fastcgi_param P $fastcgi_path_info;", uri: "/a.php/b/c"},
		{name: "script and path that do not match", backends: asked, conf: "fastcgi_split_path_info ^(.+?\\.php)(/.*)$; fastcgi_param S $fastcgi_script_name; fastcgi_param P $fastcgi_path_info;", uri: "/b/c"},
		{name: "an index", backends: asked, conf: "fastcgi_index index.php; fastcgi_param S $fastcgi_script_name; fastcgi_param P $fastcgi_path_info;", uri: "/b/"},
		{name: "a body", backends: asked, method: "POST", body: "hello", conf: "fastcgi_param L $content_length;"},
		{name: "a body that is not passed on", backends: asked, method: "POST", body: "hello", conf: "fastcgi_pass_request_body off;"},
		{name: "a body in a file", backends: asked, method: "POST", body: long, conf: "client_body_buffer_size 1k; fastcgi_pass_request_headers off; fastcgi_param HTTP_HOST x;"},
		{name: "a body in memory", backends: asked, method: "POST", body: long, conf: "client_body_buffer_size 200k; client_body_in_single_buffer on; fastcgi_pass_request_headers off; fastcgi_param HTTP_HOST x;",
			ours: "HTTP/1.1 200 OK, Transfer-Encoding: chunked, Connection: close, \"HTTP_HOST=x\nrecords of 32768 32768 14464\"; text/plain \nB1 200", why: "what comes with the head is a record of its own in nginx"},
		{name: "an address with variables", backends: asked, conf: "set $where B1; fastcgi_pass $where; fastcgi_pass_request_headers off; fastcgi_param HTTP_HOST x;"},
	})
}

func play(t *testing.T, path string, rows []row) {
	var cases []stage.Case
	for _, r := range rows {
		r.times = max(r.times, 1)
		if r.method == "" {
			r.method = "GET"
		}
		if r.uri == "" {
			r.uri = "/a.php"
		}
		if r.body != "" {
			r.headers += "Content-Length: " + itoa(len(r.body)) + "\r\n"
		}
		peers := ""
		for i := range r.backends {
			peers += " server B" + string(rune('1'+i)) + ";"
		}
		if !strings.Contains(r.conf, "fastcgi_pass ") {
			r.conf += " fastcgi_pass u;"
		}
		cases = append(cases, stage.Case{Name: r.name, Backends: r.backends, Ours: r.ours, Why: r.why,
			HTTP: "log_format l '$upstream_addr $upstream_status';\nupstream u {" + peers + " keepalive 4; }\nserver { listen LISTEN; server_name front; access_log DIR/access.log l;\n" +
				"location = /other { return 200 other; }\nlocation / { " + r.conf + " } }",
			Play: func(t *testing.T, s *stage.Server) string {
				var b strings.Builder
				for range r.times {
					c := s.Dial(t)
					c.Send(r.method + " " + r.uri + " HTTP/1.1\r\nHost: a\r\n" + r.headers + "Connection: close\r\n\r\n" + r.body)
					var a stage.Answer
					if r.method == "HEAD" {
						a = c.Head()
					} else {
						a = c.Answer()
					}
					b.WriteString(a.Describe() + "; " + a.Get("Content-Type") + " " + a.Get("X-Powered-By") + a.Get("X-Accel-Expires") + "\n")
					c.Close()
				}
				access := s.AwaitAccess(r.times)
				for _, line := range s.Errors() {
					if strings.HasPrefix(line, "info: client") || strings.HasPrefix(line, "warn: an upstream response is buffered") || strings.HasPrefix(line, "warn: a client request body is buffered") {
						continue
					}
					b.WriteString(actions.Replace(line) + "\n")
				}
				return b.String() + strings.Join(access, "\n")
			},
		})
	}
	stage.PlayAll(t, path, cases)
}

// actions: in nginx the word for it depends on which event came first.
var actions = strings.NewReplacer(" while reading response header from upstream", "", " while sending to client", "", " while reading upstream", "")

func one(texts ...string) []func(p *stage.Peer) { return []func(p *stage.Peer){answers(texts...)} }

// split has a slow application send these bytes in pieces of a few.
func split(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i += 5 {
		if i > 0 {
			b.WriteByte('~')
		}
		b.WriteString(text[i:min(i+5, len(text))])
	}
	return b.String()
}
