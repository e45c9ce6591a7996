package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/internal/rig"
	"understudy/internal/stage"
)

// ways are the ways into files and to an upstream that a path can take.
const ways = `
	location /static/ { root DIR/site; }
	location /alias/ { alias DIR/site/static/; }
	location /noslash { alias DIR/site/static/; }
	location /both { alias DIR/site/static; }
	location ~ ^/regex/(.*)$ { alias DIR/site/static/$1; }
	location /try/ { root DIR/site; try_files $uri =404; }
	location /tryalias/ { alias DIR/site/static/; try_files $uri /static/ok; }
	location /tryargs/ { root DIR/site/static; try_files /$args =404; }
	location /break/ { rewrite ^/break/(.*)$ /static/$1 break; root DIR/site; }
	location /last/ { rewrite ^/last/(.*)$ /static/$1 last; }
	location /return/ { return 301 /elsewhere$uri; }
	location /p/ { proxy_pass http://B1; }
	location /puri/ { proxy_pass http://B1/base/; }
	location /pbreak/ { rewrite ^/pbreak/(.*)$ /base/$1 break; proxy_pass http://B1; }
	location /ptarget/ { proxy_pass http://B1$request_uri; }
	location /pvar/ { proxy_pass http://B1$uri; }
	location / { return 404; }`

// tails are put behind a way in; heads of them stand for themselves.
var (
	prefixes = []string{"/static/", "/alias/", "/noslash", "/noslash/", "/both", "/both/", "/regex/", "/try/", "/tryalias/", "/tryargs/?", "/break/", "/last/", "/return/",
		"/p/", "/puri/", "/pbreak/", "/ptarget/", "/pvar/"}
	tails = []string{
		"ok", "./ok", "%2e/ok", "//ok", "x/../ok", "x/%2e%2e/ok", "x%2f..%2fok", "ok/", "ok/.", "ok/..", "ok%20", "ok.",
		"..", "../", "../secret", "../../secret", "../../../secret", "..//secret", "..//..//secret", "../secret?..", "../secret#..",
		"%2e%2e", "%2e%2e/secret", "%2E%2E/secret", ".%2e/secret", "%2e./secret", "..%2fsecret", "%2e%2e%2fsecret", "%2e%2e%2f%2e%2e%2fsecret",
		"%252e%252e/secret", "%252e%252e%252fsecret", "..%252fsecret", "..%255csecret",
		"..\\secret", "..%5csecret", "%2e%2e%5csecret", "\\..\\secret", "..;/secret", ".../secret", "..../secret", "x/..;/../secret",
		"%c0%ae%c0%ae/secret", "%c0%ae%c0%ae%c0%afsecret", "\xc0\xae\xc0\xae/secret", "..%c0%afsecret", "..%e0%80%afsecret", "%u002e%u002e/secret", "%uff0e%uff0e/secret",
		"ok%00", "ok%00.html", "..%00/secret", "%00../secret", "ok\x00", "ok\x00.html", "\x00", "..\x00/secret",
		"ok%0d%0aX:%20y", "ok%0a", "ok%01", "ok\x01", "ok\x7f", "ok%7f", "ok\t", "ok%", "ok%2", "ok%zz", "%2f", "%2f%2f", "/%2fok", "ok%3f../secret", "ok%23", "ok%25",
	}
	whole = []string{"/..", "/../", "/../secret", "/.", "/./", "//", "///", "//secret", "/%2e%2e", "/%2e%2e/", "/%2e%2e%2fsecret", "/..%2f", "/..%5c", "/..\\secret", "\\secret", "..", "../secret",
		"%2fsecret", "secret", "*", "http://a/../secret", "http://a/static/../../secret", "http://a/%2e%2e/secret", "http://a", "http://a?x", "http:///secret", "file:///secret", "/static", "/static/..", "/static/../../secret", "/a/b/../../../secret"}
)

// TestNoPathLeadsOut of what the configuration opens, except where nginx's does (an alias with a slash in a location without): the
// answers are nginx's, and what an upstream gets to see is, byte for byte.
func TestNoPathLeadsOut(t *testing.T) {
	ask := func(t *testing.T, s *stage.Server) string {
		files := map[string]string{"secret": "secret", "site/secret": "site's secret", "site/static/ok": "ok", "site/static/sub/ok": "sub ok"}
		if err := rig.WriteFiles(s.Dir, files); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{"", "site", "site/static", "site/static/sub"} { // nginx's worker is another user
			if err := os.Chmod(filepath.Join(s.Dir, dir), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		targets := append([]string(nil), whole...)
		for _, p := range prefixes {
			for _, tail := range tails {
				targets = append(targets, p+tail)
			}
		}
		var b strings.Builder
		for _, target := range targets {
			a := s.Dial(t).Ask("GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
			fmt.Fprintf(&b, "%q %s", target, a.Status())
			if to := a.Get("Location"); to != "" {
				fmt.Fprintf(&b, " to %q", to)
			}
			if a.Status() == "200" {
				fmt.Fprintf(&b, " %q", a.Body)
			}
			b.WriteString("\n")
		}
		return b.String() + distinct(s)
	}
	echoes := func(p *stage.Peer) {
		p.Serve(func(head, _ string) string {
			line, _, _ := strings.Cut(head, "\r\n")
			return stage.OK(line)
		})
	}
	var cases []stage.Case
	for _, merge := range []string{"on", "off"} {
		cases = append(cases, stage.Case{Name: "merge_slashes " + merge, HTTP: "server { listen LISTEN; server_name front; default_type text/plain; absolute_redirect off; merge_slashes " + merge + ";" + ways + " }",
			Backends: []func(*stage.Peer){echoes}, Play: ask})
	}
	stage.PlayAll(t, "testdata/traversal.txt", cases)
}
