package web_test

import (
	"fmt"
	"strings"
	"testing"

	"understudy/internal/rig"
	"understudy/internal/stage"
)

// TestLoopsEndAsInNginx: redirects inside, of every kind, and requests within requests are cut off where nginx does, with its answers
// and its lines in the log; the server serves on.
func TestLoopsEndAsInNginx(t *testing.T) {
	files := map[string]string{
		"site/self.html": `[<!--# include virtual="/self.html" -->]`,
		"site/a.html":    `a<!--# include virtual="/b.html" -->`,
		"site/b.html":    `b<!--# include virtual="/a.html" -->`,
		"site/wait.html": `[<!--# include virtual="/wait.html" wait="yes" -->]`,
		"site/set.html":  `[<!--# include virtual="/set.html" set="v" --><!--# echo var="v" -->]`,
		"site/stub.html": `<!--# block name="stub" -->[<!--# include virtual="/stub.html" stub="stub" -->]<!--# endblock --><!--# include virtual="/nothing" stub="stub" -->`,
		"site/many.html": strings.Repeat(`<!--# include virtual="/leaf" -->`, 300),
		"site/file.html": `[<!--# include file="file.html" -->]`,
		"site/dir/ok":    "ok",
	}
	const site = "root DIR/site; "
	cases := []struct{ name, conf, path string }{
		{"rewrite last", "location / { rewrite ^(.*)$ $1x last; }", "/"},
		{"rewrite last, back and forth", "location /a { rewrite ^ /b last; } location /b { rewrite ^ /a last; }", "/a"},
		{"rewrite break", "location / { rewrite ^(.*)$ $1x break; return 200 $uri; }", "/a"},
		{"rewrite in an if", "location / { if ($uri) { rewrite ^(.*)$ $1x; } }", "/"},
		{"rewrite in a named location", "location / { try_files /nothing @n; } location @n { rewrite ^ /again last; }", "/"},
		{"rewrite ten times", "location / { rewrite \"^/(x{0,8})$\" /$1x last; return 200 $uri; }", "/"},
		{"rewrite eleven times", "location / { rewrite \"^/(x{0,10})$\" /$1x last; return 200 $uri; }", "/"},
		{"try_files", site + "location / { try_files /nothing /again; }", "/"},
		{"try_files to named locations", site + "location / { try_files /nothing @a; } location @a { try_files /nothing @b; } location @b { try_files /nothing @a; }", "/"},
		{"try_files to itself, named", site + "location / { try_files /nothing @a; } location @a { try_files /nothing @a; }", "/"},
		{"index", site + "location / { index /dir/; }", "/dir/"},
		{"index to nowhere", site + "location / { index nothing /other/; } location /other/ { index /dir/; }", "/dir/"},
		{"error_page", "error_page 404 /nothing; recursive_error_pages on; location / { return 404; }", "/"},
		{"error_page, not recursive", "error_page 404 /nothing; location / { return 404; }", "/"},
		{"error_page to a named location", "error_page 404 @n; recursive_error_pages on; location / { return 404; } location @n { return 404; }", "/"},
		{"error_page back and forth", "error_page 404 /gone; error_page 410 /nothing; recursive_error_pages on; location / { return 404; } location /gone { return 410; }", "/"},
		{"error_page of the loop itself", "error_page 500 /sorry; location / { rewrite ^(.*)$ $1x last; } location = /sorry { return 200 sorry; }", "/"},
		{"error_page of the loop itself, that loops", "error_page 500 /; recursive_error_pages on; location / { rewrite ^(.*)$ $1x last; }", "/"},
		{"error_page of an upstream's errors", "error_page 404 /status/404; recursive_error_pages on; proxy_intercept_errors on; location / { proxy_pass http://B1; }", "/status/404"},
		{"error_page of a broken upstream", "error_page 502 /broken; recursive_error_pages on; location / { proxy_pass http://DEAD; }", "/"},
		{"X-Accel-Redirect", "location / { proxy_pass http://B1; }", "/accel/"},
		{"X-Accel-Redirect to a named location", "location / { proxy_pass http://B1; } location @n { proxy_pass http://B1; }", "/named/"},
		{"auth_request of itself", "location / { auth_request /; proxy_pass http://B1; }", "/"},
		{"auth_request within auth_request", "location / { auth_request /b; proxy_pass http://B1; } location /b { auth_request /a; proxy_pass http://B1; }", "/"},
		{"mirror of itself", "location / { mirror /; proxy_pass http://B1; }", "/"},
		{"mirrors of each other", "location / { mirror /b; proxy_pass http://B1; } location /b { mirror /; proxy_pass http://B1; }", "/"},
		{"addition of itself", site + "addition_types *; location / { add_before_body /dir/ok; add_after_body /dir/ok; }", "/dir/ok"},
		{"post_action of itself", "location / { post_action /again; return 200 ok; }", "/"},
		{"post_action that rewrites", "location / { post_action /again; return 200 ok; } location /again { rewrite ^(.*)$ $1x last; }", "/"},
		{"include of itself", site + "ssi on;", "/self.html"},
		{"includes of each other", site + "ssi on;", "/a.html"},
		{"include of itself, waited for", site + "ssi on;", "/wait.html"},
		{"include of itself into a variable", site + "ssi on;", "/set.html"},
		{"include of itself with a stub", site + "ssi on;", "/stub.html"},
		{"include of the file itself", site + "ssi on;", "/file.html"},
		{"three hundred includes", site + "ssi on; location /leaf { return 200 x; }", "/many.html"},
		{"an include that rewrites", site + "ssi on; location /leaf { rewrite ^(.*)$ $1x last; }", "/many.html"},
	}
	backend := func(p *stage.Peer) {
		p.Serve(func(head, _ string) string {
			switch {
			case strings.HasPrefix(head, "GET /accel/"):
				return "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /accel/\r\nContent-Length: 0\r\n\r\n"
			case strings.HasPrefix(head, "GET /named/"):
				return "HTTP/1.1 200 OK\r\nX-Accel-Redirect: @n\r\nContent-Length: 0\r\n\r\n"
			case strings.HasPrefix(head, "GET /status/404"):
				return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
			}
			return stage.OK("passed on")
		})
	}
	var list []stage.Case
	for _, c := range cases {
		list = append(list, stage.Case{Name: c.name, Backends: []func(*stage.Peer){backend},
			HTTP: "server { listen LISTEN; server_name front; default_type text/html; location = /well { return 200 well; } " + c.conf + " }",
			Play: func(t *testing.T, s *stage.Server) string {
				if err := rig.WriteFiles(s.Dir, files); err != nil {
					t.Fatal(err)
				}
				client := s.Dial(t)
				out := client.Ask("GET "+c.path+" HTTP/1.1\r\nHost: a\r\n\r\n").Describe() + "\n"
				client.Close()
				if a := s.Dial(t).Ask("GET /well HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"); a.Body != "well" {
					t.Error(a.Describe())
				}
				said := map[string]int{}
				var order []string
				for _, line := range s.Errors() {
					if strings.HasPrefix(line, "info: client ") {
						continue
					}
					if said[line]++; said[line] == 1 {
						order = append(order, line)
					}
				}
				for _, line := range order {
					out += fmt.Sprintf("%d × %s\n", said[line], line)
				}
				return out
			}})
	}
	stage.PlayAll(t, "testdata/loops.txt", list)
}
