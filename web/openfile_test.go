//go:build unix

package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// files makes a transcript of requests between which files change.
type files struct {
	t    *testing.T
	s    *stage.Server
	text strings.Builder
}

// do carries out steps, each a line of words:
//
//	get PATH           a request and what was answered, by status, length and body
//	write FILE TEXT    into the file there is
//	put FILE TEXT      a new file in place of the old
//	link FILE TARGET   a symbolic link
//	dir FILE, remove FILE
func (f *files) do(steps string) string {
	f.t.Helper()
	for line := range strings.Lines(strings.TrimSpace(steps)) {
		words := append(strings.Fields(line), "", "")
		if words[0] == "get" {
			a := f.s.Dial(f.t).Ask("GET " + words[1] + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
			body := a.Body
			if strings.HasPrefix(body, "<html>") {
				body = "(page)"
			}
			fmt.Fprintf(&f.text, "%s: %s, %s bytes: %s", words[1], a.Status(), a.Get("Content-Length"), strings.TrimSpace(body))
			if a.Broken {
				f.text.WriteString(" (broken)")
			}
			f.text.WriteByte('\n')
			continue
		}
		f.text.WriteString(strings.TrimSpace(line) + "\n")
		at := filepath.Join(f.s.Dir, "html", words[1])
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			f.t.Fatal(err)
		}
		if err := f.change(words[0], at, words[2]); err != nil {
			f.t.Fatal(err)
		}
	}
	for _, line := range f.s.Errors() {
		if !strings.HasPrefix(line, "info: ") {
			f.text.WriteString(line + "\n")
		}
	}
	return f.text.String()
}

func (f *files) change(verb, at, argument string) error {
	switch verb {
	case "write":
		return os.WriteFile(at, []byte(argument+"\n"), 0o644)
	case "put":
		if err := os.WriteFile(at+".new", []byte(argument+"\n"), 0o644); err != nil {
			return err
		}
		return os.Rename(at+".new", at)
	case "link":
		return os.Symlink(strings.ReplaceAll(argument, "DIR", f.s.Dir), at)
	case "dir":
		return os.Mkdir(at, 0o755)
	case "remove":
		return os.RemoveAll(at)
	}
	return fmt.Errorf("no step is called %q", verb)
}

func TestOpenFileCache(t *testing.T) {
	const cached = "open_file_cache max=10; server { listen LISTEN; root DIR/html; "
	var cases []stage.Case
	for _, c := range []struct{ name, http, steps string }{
		{"a replaced file is served as it was", cached + "}", `
put a one
get /a
put a three
get /a
remove a
get /a
get /b
put b two
get /b`},
		{"valid 0 looks every time", cached + "open_file_cache_valid 0; }", `
put a one
get /a
put a three
get /a
remove a
get /a`},
		{"errors are remembered", cached + "open_file_cache_errors on; }", `
get /a
put a one
get /a
get /none/b
put none/b two
get /none/b`},
		{"a file has to be used often enough to be kept open", cached + "open_file_cache_min_uses 2; }", `
put a one
get /a
put a three
get /a
put a four
get /a`},
		{"a file that has changed has its old length and time", cached + "}", `
write a one
get /a
write a three
get /a`},
		{"a directory is remembered", cached + "absolute_redirect off; }", `
dir d
get /d
remove d
put d file
get /d
get /d/`},
		{"index, try_files and if look into the cache too", cached + "open_file_cache_errors on; location /t/ { try_files $uri /t/other =404; } location /i/ { if (-f $request_filename) { return 200 there; } } }", `
get /x/
get /t/a
get /i/a
put x/index.html index
put t/a a
put t/other other
put i/a a
get /x/
get /t/a
get /t/other
get /i/a`},
		{"precompressed files are cached", cached + "gzip_static always; }", `
put a.gz one
get /a
put a.gz three
get /a`},
		{"the cache is full", "open_file_cache max=1; server { listen LISTEN; root DIR/html; }", `
put a one
put b two
get /a
get /b
put a three
put b four
get /b
get /a
get /b`},
		{"locations share what they inherit", cached + "location /own/ { open_file_cache max=2; alias DIR/html/; } location /off/ { open_file_cache off; alias DIR/html/; } location /same/ { alias DIR/html/; } }", `
put a one
get /a
put a three
get /own/a
get /off/a
get /same/a`},
		{"an error that is remembered is that of its own way to open", cached + "open_file_cache_errors on; location /on/ { disable_symlinks on; alias DIR/html/; } location /off/ { alias DIR/html/; } }", `
put a one
link l a
get /off/l
get /on/l
get /on/l
get /off/l
get /on/none`},
	} {
		cases = append(cases, stage.Case{Name: c.name, HTTP: c.http, Play: func(t *testing.T, s *stage.Server) string {
			return (&files{t: t, s: s}).do(c.steps)
		}})
	}
	stage.PlayAll(t, "testdata/openfilecache.txt", cases)
}

func TestSymlinksDoNotLeadOutside(t *testing.T) {
	const tree = `
put secret/key secret
put www/a a
put www/d/b b
link www/inside a
link www/outside ../secret/key
link www/absolute DIR/html/secret/key
link www/dirs ../secret
link www/d/up ../a
link www/chain inside
link www/round round
link www/nowhere none
link root www
`
	const gets = `
get /a
get /d/b
get /inside
get /outside
get /absolute
get /dirs/key
get /dirs
get /dirs/
get /d/up
get /chain
get /round
get /nowhere
get /d/../outside
get /d/%2e%2e/outside
get /./outside
get //outside
get /outside/
get /a/b
get /d
`
	var cases []stage.Case
	for _, c := range []struct{ name, location string }{
		{"on", "root DIR/html/www; disable_symlinks on;"},
		{"if_not_owner", "root DIR/html/www; disable_symlinks if_not_owner;"},
		{"from the root", "root DIR/html/root; disable_symlinks on from=$document_root;"},
		{"from the root, of the same owner", "root DIR/html/root; disable_symlinks if_not_owner from=$document_root;"},
		{"from elsewhere", "root DIR/html/root; disable_symlinks on from=/nowhere;"},
		{"a link above the root", "root DIR/html/root; disable_symlinks on;"},
		{"by try_files", "root DIR/html/root; disable_symlinks on from=$document_root; try_files $uri $uri/ =404;"},
		{"by if", "root DIR/html/root; disable_symlinks on from=$document_root; if (-e $request_filename) { return 200 there; }"},
	} {
		cases = append(cases, stage.Case{Name: c.name, HTTP: "absolute_redirect off; server { listen LISTEN; location / { " + c.location + " } }",
			Play: func(t *testing.T, s *stage.Server) string {
				if dir, err := filepath.EvalSymlinks(s.Dir); err != nil || dir != s.Dir {
					t.Fatalf("%s is behind a link: %v", s.Dir, err)
				}
				f := &files{t: t, s: s}
				f.do(tree)
				f.text.Reset()
				return f.do(gets)
			}})
	}
	stage.PlayAll(t, "testdata/symlinks.txt", cases)
}
