//go:build !race

package web_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestKeptRequestsForFilesAllocateNothing has one connection ask again and again; the client allocates nothing itself.
func TestKeptRequestsForFilesAllocateNothing(t *testing.T) {
	const http = `keepalive_requests 100000000; server { listen LISTEN; root DIR/html; types { text/plain txt; }
		location /sendfile/ { alias DIR/html/; sendfile on; tcp_nopush on; }
		location /cached/ { alias DIR/html/; sendfile on; open_file_cache max=10; }
		location /try/ { alias DIR/html/; try_files none $uri =404; }
		location /args/ { alias DIR/html/; set $args a=b; }
		location /variables/ { root DIR/html; set $name small.txt; if (-f $document_root/$name) { set $there yes; } rewrite ^ /$name break; }
	}`
	for _, c := range []struct{ name, path, fields string }{
		{"small", "/small.txt", ""},
		{"medium", "/medium.txt", ""},
		{"large", "/large.txt", ""},
		{"small by sendfile", "/sendfile/small.txt", ""},
		{"medium by sendfile", "/sendfile/medium.txt", ""},
		{"large by sendfile", "/sendfile/large.txt", ""},
		{"small, cached", "/cached/small.txt", ""},
		{"large, cached", "/cached/large.txt", ""},
		{"index", "/", ""},
		{"index, cached", "/cached/", ""},
		{"try_files", "/try/small.txt", ""},
		{"if and rewrite", "/variables/x", ""},
		{"arguments set", "/args/small.txt", ""},
		{"one range", "/large.txt", "Range: bytes=5-20\r\n"},
		{"not modified", "/small.txt", "If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT\r\nIf-None-Match: *\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := stage.Start(t, "", http)
			dir := filepath.Join(s.Dir, "html")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			for name, size := range map[string]int{"small.txt": 1 << 10, "medium.txt": 12 << 10, "large.txt": 128 << 10, "index.html": 100} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat("x", size)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			conn, err := net.Dial("tcp", s.Addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			request, buf := []byte("GET "+c.path+" HTTP/1.1\r\nHost: localhost\r\n"+c.fields+"\r\n"), make([]byte, 256<<10)
			if _, err := conn.Write(request); err != nil {
				t.Fatal(err)
			}
			// how long an answer is shows the first of them
			n, err := conn.Read(buf)
			if err != nil || !strings.HasPrefix(string(buf[:n]), "HTTP/1.1 20") && !strings.HasPrefix(string(buf[:n]), "HTTP/1.1 304") {
				t.Fatalf("%s, %v", buf[:n], err)
			}
			length := bodyAt(t, buf[:n])
			if n < length {
				if _, err := io.ReadFull(conn, buf[n:length]); err != nil {
					t.Fatal(err)
				}
			}
			if n := testing.AllocsPerRun(200, func() {
				if _, err := conn.Write(request); err != nil {
					t.Error(err)
				}
				if _, err := io.ReadFull(conn, buf[:length]); err != nil {
					t.Error(err)
				}
			}); n != 0 {
				t.Errorf("%v allocations for a request", n)
			}
		})
	}
}

// bodyAt is the length of the answer that begins with b, which has its whole head.
func bodyAt(t *testing.T, b []byte) int {
	t.Helper()
	head, _, ok := strings.Cut(string(b), "\r\n\r\n")
	if !ok {
		t.Fatalf("no head: %q", b)
	}
	length := len(head) + len("\r\n\r\n")
	if _, after, ok := strings.Cut(head, "Content-Length: "); ok {
		n := 0
		for _, c := range []byte(after) {
			if c < '0' || c > '9' {
				break
			}
			n = n*10 + int(c-'0')
		}
		length += n
	}
	return length
}
