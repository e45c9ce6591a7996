package web_test

// What of an answer leaves in which packets, as the client's kernel counts them.

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"understudy/internal/stage"
	"understudy/web"
)

// segments asks for a file of n bytes and counts the packets with data that the answer came in.
func segments(t *testing.T, s *stage.Server, path string, n int) int {
	t.Helper()
	c := s.Dial(t)
	c.Send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	all, err := io.ReadAll(c.In)
	if err != nil || !strings.HasSuffix(string(all), "\r\n\r\n"+strings.Repeat("x", n)) {
		t.Fatalf("%s: %d bytes, %v", path, len(all), err)
	}
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var info *unix.TCPInfo
	if e := raw.Control(func(fd uintptr) { info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) }); e != nil || err != nil {
		t.Fatal(e, err)
	}
	return int(info.Data_segs_in)
}

func put(t *testing.T, s *stage.Server, n int) {
	t.Helper()
	dir := filepath.Join(s.Dir, "html")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte(strings.Repeat("x", n)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestHeadLeavesWithTheFileUnderTCPNopush(t *testing.T) {
	const http = `server { listen LISTEN; sendfile on; location /on/ { alias DIR/html/; tcp_nopush on; } location /off/ { alias DIR/html/; } }`
	play := func(t *testing.T, s *stage.Server) {
		put(t, s, 20<<10)
		for path, want := range map[string]int{"/on/file": 1, "/off/file": 2} {
			if got := segments(t, s, path, 20<<10); got != want {
				t.Errorf("%s: %d packets, want %d", path, got, want)
			}
		}
	}
	t.Run("best", func(t *testing.T) { play(t, stage.Start(t, "", http)) })
	if stage.Installed() {
		t.Run("nginx", func(t *testing.T) { play(t, stage.StartNginx(t, http)) })
	}
}

func TestFilesAreSentAndReadInPieces(t *testing.T) {
	const size = 60 << 10
	s := stage.Start(t, "", `server { listen LISTEN; sendfile on;
		location /chunks/ { alias DIR/html/; sendfile_max_chunk 4k; }
		location /whole/ { alias DIR/html/; }
		location /buffers/ { alias DIR/html/; sendfile off; output_buffers 1 4k; }
		location /buffer/ { alias DIR/html/; sendfile off; }
	}`)
	put(t, s, size)
	for path, small := range map[string]bool{"/chunks/file": true, "/buffers/file": true, "/whole/file": false, "/buffer/file": false} {
		if got := segments(t, s, path, size); small != (got > 4) {
			t.Errorf("%s: %d packets", path, got)
		}
	}
}

// tells answers with what the kernel says of the client's socket.
var tells = &web.Module{Compile: func(l *web.Location) error {
	if strings.HasPrefix(l.Name, "/tell") {
		l.Content = func(x *web.Exchange) web.Result {
			n, err := unix.GetsockoptInt(x.Conn().Fd(), unix.IPPROTO_TCP, unix.TCP_NODELAY)
			return x.Reply(200, []byte("text/plain"), fmt.Append(nil, n, err))
		}
	}
	return nil
}}

func TestTCPNodelayIsSetAsTheLocationSays(t *testing.T) {
	s := stage.StartWith(t, "", `server { listen LISTEN; location /tell { } location /tell/off { tcp_nodelay off; } }`, 1, tells)
	c := s.Dial(t)
	for _, step := range [][2]string{{"/tell", "1<nil>"}, {"/tell/off", "0<nil>"}, {"/tell/off", "0<nil>"}, {"/tell", "1<nil>"}} {
		if a := c.Ask("GET " + step[0] + " HTTP/1.1\r\nHost: localhost\r\n\r\n"); strings.ReplaceAll(a.Body, " ", "") != step[1] {
			t.Errorf("%s: %q", step[0], a.Body)
		}
	}
}
