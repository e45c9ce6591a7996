package brotli_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"understudy/internal/stage"
)

// words makes n bytes of text that compresses as text does.
func words(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%s%d ", []string{"one", "two ", "three", "four, ", "five\n"}[r.IntN(5)], r.IntN(100))
	}
	return b.String()[:n]
}

func unpack(t *testing.T, body string) string {
	t.Helper()
	p, err := io.ReadAll(brotli.NewReader(strings.NewReader(body)))
	if err != nil {
		t.Errorf("%d bytes of Brotli: %v after %d", len(body), err, len(p))
	}
	return string(p)
}

const get = " HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br\r\n\r\n"

// Whatever comes in pieces, at whatever level, is whole at the client; a compressor that was used before makes the same of it.
func TestAnswersAreWhole(t *testing.T) {
	text := words(70_000)
	levels := ""
	for level := range 12 {
		levels += fmt.Sprintf("location /%d/ { alias DIR/; brotli_comp_level %d; }\n", level, level)
	}
	stage.Ours(t, `
server {
	listen LISTEN;
	brotli on;
	brotli_types text/plain;
	gzip on;
	brotli_window 64k;
	`+levels+`
}`, func(t *testing.T, s *stage.Server) {
		for name, text := range map[string]string{"text.txt": text, "less.txt": text[:8000], "short.txt": text[:100]} {
			if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for level := range 12 {
			var first string
			name, long := "text.txt", text
			if level > 9 { // they take seconds for more under the race detector
				name, long = "less.txt", text[:8000]
			}
			for range 2 {
				c := s.Dial(t)
				for _, f := range []struct{ name, text string }{{"short.txt", text[:100]}, {name, long}} {
					a := c.Send(fmt.Sprintf("GET /%d/%s%s", level, f.name, get)).Answer()
					if a.Get("Content-Encoding") != "br" {
						t.Fatalf("level %d: %q", level, a.Describe())
					}
					if unpack(t, a.Body) != f.text {
						t.Errorf("level %d: %s came out changed", level, f.name)
					}
					if f.name == name {
						if first != "" && a.Body != first {
							t.Errorf("level %d: the second time it is %d bytes, not %d", level, len(a.Body), len(first))
						}
						first = a.Body
					}
				}
			}
		}
	})
}

// A piece that the application has sent is at the client before the next one; a client that goes away in between takes nothing along.
func TestPiecesAreNotHeldBack(t *testing.T) {
	more := make(chan string)
	b := stage.NewBackend(t, func(p *stage.Peer) {
		p.Request()
		p.Send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
		for piece := range more {
			if piece == "" {
				return
			}
			p.Send(piece)
		}
	})
	defer close(more)
	stage.Ours(t, `
server {
	listen LISTEN;
	brotli on;
	proxy_buffering off;
	location / { proxy_pass http://`+b.Addr+`; }
	location /slow { brotli_comp_level 9; proxy_pass http://`+b.Addr+`; }
}`, func(t *testing.T, s *stage.Server) {
		for _, path := range []string{"/", "/slow"} {
			gone := s.Dial(t).Send("GET " + path + get)
			more <- "never read"
			gone.Head()
			gone.Reset()
			more <- ""
			c := s.Dial(t).Send("GET " + path + get)
			var body string
			for _, piece := range []string{"one piece ", "another piece ", "the last"} {
				more <- piece
				if len(body) == 0 {
					c.Head()
				}
				chunk, ok := c.Chunk()
				if body += chunk; !ok {
					t.Fatalf("%s: the answer ended after %q", path, body)
				}
				p, _ := io.ReadAll(brotli.NewReader(strings.NewReader(body))) // the end is still to come
				if !strings.HasSuffix(string(p), piece) {
					t.Errorf("%s: %q is not at the end of %q", path, piece, p)
				}
			}
			more <- ""
		}
	})
}
