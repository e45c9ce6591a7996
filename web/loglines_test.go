package web_test

import (
	"path/filepath"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestLogLinesAreNginxs: what the logs say of requests that are not like others, and how much they say was sent.
func TestLogLinesAreNginxs(t *testing.T) {
	const expecting = "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody"
	get := func(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" }
	cases := []struct{ name, conf, ask string }{
		{"a method in small letters", "", "get / HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"a version that nobody knows", "", "GET / HTTP/2.0\r\n\r\n"},
		{"no HTTP at all", "", "\x16\x03\x01\x02\x00\r\n\r\n"},
		{"empty lines and half a line", "", "\r\n\r\nGET /ha"},
		{"a line that is too long", "large_client_header_buffers 2 1k;", get("/" + strings.Repeat("a", 2000))},
		{"a path that leads out", "", get("/../bad?a=b")},
		{"a path that leads out, behind a host", "", get("http://other/../bad")},
		{"a host that is none, in the line", "", get("http://b\x7fd/")},
		{"a host with two dots, in the line", "", get("http://a..b/x?y")},
		{"a line without a version", "", "GET /..\r\n"},
		{"a line without a version, for POST", "", "POST /\r\n"},
		{"a header line left out, and a bad one", "", "GET / HTTP/1.1\r\nHost: a\r\nX_Under: 1\r\nbad header: 2\r\n\r\n"},
		{"a header line left out, and no host", "", "GET / HTTP/1.1\r\nX_Under: 1\r\n\r\n"},
		{"chunks", "location / { proxy_pass http://B1; }", get("/chunks")},
		{"no body", "location / { return 204; }", get("/")},
		{"100 Continue", "location / { proxy_pass http://B1; }", expecting},
		{"100 Continue before a name is looked up", "location / { set $name nowhere.example; proxy_pass http://$name; }", expecting},
		{"100 Continue and an error page", "error_page 404 /page; location / { return 404; } location /page { proxy_pass http://B1; }", expecting},
		{"100 Continue and a page that takes the error's place", "error_page 404 = /page; location / { return 404; } location /page { proxy_pass http://B1; }", expecting},
		{"a subrequest", "log_subrequest on; location / { add_after_body /after; return 200 ok; } location /after { proxy_pass http://B1; }", get("/")},
		{"a body", "location / { proxy_pass http://B1; }", expecting},
		{"an empty body", "location / { proxy_pass http://B1; }", "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
		{"an empty body in chunks", "location / { proxy_pass http://B1; }", "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
		{"an empty body that nobody reads", "location / { return 200 a; }", "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
		{"a body that is not there", "location / { proxy_pass http://B1; }", "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
		{"a body asked for before it came", "location / { if ($request_body) { return 403; } proxy_pass http://B1; }", expecting},
		{"a charset", "charset utf-8; location / { return 200 a; }", get("/")},
		{"a connection that lasts", "keepalive_timeout 50ms; location / { return 200 a; }",
			"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"texts replaced", "sub_filter_once off; sub_filter a bb; location / { return 200 'a-a-a-b'; }", get("/")},
		{"texts replaced, and one that might begin", "sub_filter_once off; sub_filter aab bb; location / { return 200 'aab-aab-aa'; }", get("/")},
		{"commands", "ssi on; location / { return 200 'a <!--#echo var=\"uri\" --> b <!--#echo var=\"uri\" --> c'; }", get("/")},
		{"a body in chunks", "location / { proxy_pass http://B1; }", "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n"},
		{"a chunk that is none", "location / { proxy_pass http://B1; }", "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n\r\n"},
		{"chunks that are too large, and an error page",
			"client_max_body_size 3; error_page 413 /413; location / { proxy_pass http://B1; } location /413 { return 200 $request_method; }",
			"POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"},
		{"a redirect inside, away from the upstream", "location / { proxy_pass http://B1; } location /loop { return 200 $proxy_host; }", get("/accel")},
		{"a path that fastcgi_split_path_info cannot split",
			`location / { fastcgi_split_path_info ^(/(?=a)(?:a+)+)()$; add_header X-Path $fastcgi_path_info; return 200 "$fastcgi_script_name|$fastcgi_script_name"; }`,
			get("/" + strings.Repeat("a", 60) + "!")},
		{"a redirect to this server", "location / { add_header X-Location $sent_http_location; return 302 /a?b; }", get("/")},
		{"arguments behind try_files, of which there are none", "access_log DIR/access.log args; location / { try_files $uri /access.log; }", get("/nope?a=b")},
		{"arguments behind try_files, in a directory", "access_log DIR/access.log args; location / { try_files $uri/nginx.conf $uri/ /dir; } location /dir { try_files /access.log =404; }", get("/nope")},
		{"arguments of an error page", "access_log DIR/access.log args; error_page 404 /page; location / { return 404; } location /page { return 200 $args; }", get("/nope?a=b")},
		{"an index in what is no directory", "location /log/ { alias DIR/access.log; }", get("/log/")},
		{"an unsafe URI", "location / { proxy_pass http://B1; }", get("/unsafe?/../a?b")},
		{"an unsafe URI with escapes", "location / { proxy_pass http://B1; }", get("/unsafe?/a/%2e%2e/b?c")},
		{"post_action behind an error page", "location / { post_action /after; return 404; } location /after { return 200 x; }", get("/a")},
		{"post_action behind an error, and one of its own", "error_page 403 404 /page; location / { post_action /after; return 404; } location /after { return 403; } location /page { return 200 x; }", get("/a")},
		{"post_action behind a redirect", "absolute_redirect off; location / { post_action /after; return 302 /b; } location /after { proxy_pass http://B1; }", get("/a")},
		{"a subrequest whose upstream does not hurry", "log_subrequest on; location / { auth_request /auth; } location /auth { proxy_pass http://B1/gone; }", "AWAY" + get("/a")},
		{"a logged subrequest, and no file", "log_subrequest on; location / { root DIR/none; auth_request /auth; } location /auth { return 204; }", get("/a")},
		{"a URI rewritten to nothing", "location / { rewrite ^ $arg_none; }", get("/")},
		{"a URI that try_files leaves empty", "location ~ ^/(.+) { alias DIR/$1; gzip_static on; autoindex on; random_index on; try_files '' =404; }", get("/access.log")},
		{"a loop behind X-Accel-Redirect", "location / { proxy_pass http://B1; } location /loop { rewrite ^ /loop last; }", get("/accel")},
		{"a loop behind X-Accel-Redirect, by a unix socket", "location / { proxy_pass http://unix:DIR/up; } location /loop { rewrite ^ /loop last; }", get("/accel")},
		{"X-Accel-Redirect over and over, by a unix socket", "location / { proxy_pass http://unix:DIR/up; }", get("/again")},
		{"nothing behind the head, unbuffered", "location / { proxy_buffering off; proxy_pass http://B1; }", get("/short")},
	}
	asked := make(chan bool, 1)
	backend := func(p *stage.Peer) {
		p.Serve(func(head, _ string) string {
			switch {
			case strings.HasPrefix(head, "GET /gone"):
				asked <- true
				p.Gone()
				return ""
			case strings.HasPrefix(head, "GET /chunks"):
				return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n1\r\nh\r\n0\r\n\r\n"
			case strings.HasPrefix(head, "GET /accel"):
				return "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /loop\r\nContent-Length: 0\r\n\r\n"
			case strings.HasPrefix(head, "GET /unsafe?"):
				uri, _, _ := strings.Cut(strings.TrimPrefix(head, "GET /unsafe?"), " ")
				return "HTTP/1.1 200 OK\r\nX-Accel-Redirect: " + uri + "\r\nContent-Length: 0\r\n\r\n"
			case strings.HasPrefix(head, "GET /again"):
				return "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /again\r\nContent-Length: 0\r\n\r\n"
			case strings.HasPrefix(head, "GET /short"):
				return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabcdefg"
			}
			return stage.OK("passed on")
		})
	}
	var list []stage.Case
	for _, c := range cases {
		list = append(list, stage.Case{Name: c.name, Backends: []func(*stage.Peer){backend},
			HTTP: "log_format sent '$request|$status|$body_bytes_sent of $bytes_sent|$uri|$request_uri|$server_protocol|$request_length|$host|$sent_http_location|$sent_http_content_type|$sent_http_connection|$request_body|$content_length|$proxy_host';\nlog_format args '$uri|$args|$is_args';\nroot DIR;\n" +
				"server { listen LISTEN; server_name front; lingering_timeout 50ms; access_log DIR/access.log sent; default_type text/html; " + c.conf + " }",
			Play: func(t *testing.T, s *stage.Server) string {
				if strings.Contains(c.conf, "unix:") {
					stage.NewUnixBackend(t, filepath.Join(s.Dir, "up"), backend)
				}
				ask, away := strings.CutPrefix(c.ask, "AWAY")
				client := s.Dial(t).Send(ask)
				if strings.HasSuffix(ask, "/ha") {
					client.Close()
				} else if away {
					<-asked
					client.Close()
				} else {
					client.End()
				}
				var b strings.Builder
				lines := 1
				if !away { // a subrequest that is cut off is not logged
					lines += strings.Count(c.conf, "log_subrequest")
				}
				for _, line := range s.AwaitAccess(lines) {
					b.WriteString(shown(line) + "\n")
				}
				for _, line := range s.Errors() {
					if strings.HasPrefix(line, "info: client closed connection while waiting") {
						continue // of whoever looked whether nginx listens
					}
					b.WriteString(shown(line) + "\n")
				}
				return b.String()
			}})
	}
	stage.PlayAll(t, "testdata/loglines.txt", list)
}

// shown is a line as it is recorded: without the bytes that no editor shows, and not too long.
func shown(line string) string {
	return strings.ReplaceAll(strings.Map(func(r rune) rune {
		if r < ' ' {
			return '·'
		}
		return r
	}, line), strings.Repeat("a", 100), "…")
}

// TestTheEndOfAnIdleConnectionIsInItsLastRequestsLog, not in its server's.
func TestTheEndOfAnIdleConnectionIsInItsLastRequestsLog(t *testing.T) {
	stage.Each(t, "server { listen LISTEN; error_log DIR/other.log info; location / { error_log DIR/error.log info; return 200 a; } }", func(t *testing.T, s *stage.Server) {
		client := s.Dial(t)
		client.Ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		client.Close()
		if got := s.AwaitErrors(1)[0]; got != "info: client 127.0.0.1 closed keepalive connection" {
			t.Error(got)
		}
	})
}
