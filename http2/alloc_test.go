//go:build !race

package http2_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestFilesAreSentThroughTheLoopsBuffers: an answer, however long, takes no memory of its own. The client allocates nothing itself.
func TestFilesAreSentThroughTheLoopsBuffers(t *testing.T) {
	for _, set := range []string{"", "http2_chunk_size 3k;", "http2_chunk_size 16k;"} {
		t.Run(set, func(t *testing.T) {
			s := stage.Start(t, "", "keepalive_requests 1000000; server { listen LISTEN http2; root DIR; "+set+" }")
			if err := os.WriteFile(filepath.Join(s.Dir, "file"), []byte(strings.Repeat("x", 300_000)), 0o644); err != nil {
				t.Fatal(err)
			}
			conn, err := net.Dial("tcp", s.Addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			buf := make([]byte, 64<<10)
			// next reads a frame and tells whether it ends a stream.
			next := func() bool {
				if _, err := io.ReadFull(conn, buf[:9]); err != nil {
					t.Fatal(err)
				}
				n, flags := int(buf[0])<<16|int(buf[1])<<8|int(buf[2]), buf[4]
				last := (buf[3] == data || buf[3] == headers) && flags&fin != 0
				if _, err := io.ReadFull(conn, buf[:n]); err != nil {
					t.Fatal(err)
				}
				return last
			}
			hello := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(settings, 0, 0, setting(4, 1<<30)) + frame(window, 0, 0, word(1<<30))
			if _, err := io.WriteString(conn, hello); err != nil {
				t.Fatal(err)
			}
			request := []byte(open(1, get("/file")))
			id := 1
			ask := func() {
				const together = 8
				for range together {
					request[5], request[6], request[7], request[8] = byte(id>>24), byte(id>>16), byte(id>>8), byte(id)
					id += 2
					if _, err := conn.Write(request); err != nil {
						t.Fatal(err)
					}
				}
				for left := together; left > 0; {
					if next() {
						left--
					}
				}
			}
			// The pools grow with the streams that are under way at once, which depends on the turns that loop and client take.
			n := testing.AllocsPerRun(50, ask)
			for try := 1; n > 0 && try < 5; try++ {
				n = testing.AllocsPerRun(50, ask)
			}
			if n > 0 {
				t.Errorf("%v allocations for eight answers", n)
			}
		})
	}
}
