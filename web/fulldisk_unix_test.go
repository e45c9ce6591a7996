//go:build unix

package web_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"understudy/internal/stage"
)

// fullAt is where files end while a test has the disk full: writing beyond is EFBIG, as ENOSPC on a disk.
const fullAt = 128 << 10

// fullDisk marks the process in which no file grows beyond fullAt.
const fullDisk = "UNDERSTUDY_TEST_FULL_DISK"

// withFullDisk lets no file of this process, and of those it starts, grow beyond fullAt. That is for a process of its own: package
// testing writes files too. It reports false where it has run the test in one.
func withFullDisk(t *testing.T) bool {
	t.Helper()
	if os.Getenv(fullDisk) == "" {
		child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
		child.Env = append(os.Environ(), fullDisk+"=1")
		if out, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return false
	}
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = fullAt
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	return true
}

// TestAFullDiskIsAnsweredAsByNginx: under client_body_temp_path, proxy_temp_path, a cache and the logs. The server serves on, and leaves
// no temporary file.
func TestAFullDiskIsAnsweredAsByNginx(t *testing.T) {
	if !withFullDisk(t) {
		return
	}
	big := strings.Repeat("x", 1<<20)
	large := func(p *stage.Peer) {
		p.Serve(func(head, _ string) string {
			if strings.HasPrefix(head, "GET /well") {
				return stage.OK("well")
			}
			if strings.HasPrefix(head, "GET /huge") {
				return stage.OK(strings.Repeat(big, 32)) // more than sockets hold
			}
			return stage.OK(big)
		})
	}
	const server = "proxy_cache_path DIR/cache keys_zone=one:1m; server { listen LISTEN; server_name front; location / { proxy_pass http://B1; } location /stored/ { proxy_store on; root DIR/store; proxy_pass http://B1; } location /cached/ { proxy_cache one; proxy_cache_valid 200 1m; proxy_pass http://B1; } MORE }"
	post := func(path string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " + strconv.Itoa(len(big)) + "\r\n\r\n" + big
	}
	get := func(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" }
	cases := []struct{ name, more, request string }{
		{"a body", "", post("/")},
		{"a body that is kept in a file", "client_body_in_file_only clean;", post("/")},
		{"a chunked body", "client_max_body_size 10m;", chunked("/", 100000, 100000)[:len(chunked("/", 100000, 100000))-5] + "0\r\n\r\n"},
		{"an answer to be cached", "", get("/cached/")},
		{"an answer to be stored", "", get("/stored/")},
		{"a slow client's answer", "", get("/huge")},
		{"an access log", "access_log /dev/full;", get("/well")},
		{"a buffered access log", "access_log /dev/full combined buffer=1k flush=10ms;", get("/well")},
		{"an error log", "error_log /dev/full info;", "GET /well HTTP/1.1\r\n\r\n"},
	}
	var list []stage.Case
	for _, c := range cases {
		list = append(list, stage.Case{Name: c.name, HTTP: strings.ReplaceAll(server, "MORE", c.more), Backends: []func(*stage.Peer){large}, Play: func(t *testing.T, s *stage.Server) string {
			client := s.Dial(t)
			client.Send(c.request)
			var out string
			if strings.HasPrefix(c.name, "a slow") {
				for end := time.Now().Add(stage.Patience); complaints(s) == "" && time.Now().Before(end); {
					time.Sleep(time.Millisecond) // as long as it reads nothing
				}
				a := client.Answer()
				out = fmt.Sprintln(a.Line, a.Broken)
			} else if a := client.Answer(); strings.HasPrefix(c.name, "an answer") {
				// it is whole unless the client was so slow that it would have had to wait in a file; how far nginx gets before it
				// breaks off is a matter of time
				if !s.Nginx() {
					out = a.Line + "\n"
				}
			} else {
				out = a.Describe() + "\n"
			}
			client.Close()
			if a := s.Dial(t).Ask(get("/well")); a.Body != "well" {
				t.Error(a.Describe())
			}
			lost := c.name == "an error log"
			for end := time.Now().Add(stage.Patience); (leftovers(t, s) != "" || !lost && complaints(s) == "") && time.Now().Before(end); {
				time.Sleep(time.Millisecond) // temporary files go with their request, buffers are written later
			}
			return out + complaints(s) + leftovers(t, s)
		}})
		if strings.HasPrefix(c.name, "an answer") {
			one := &list[len(list)-1]
			one.Why = "who asked gets the answer all the same; nginx breaks off"
			one.Ours = "HTTP/1.1 200 OK\n" +
				`crit: pwrite() "DIR/proxy/…" was cut short or failed while reading upstream, client: 127.0.0.1, server: front, request: "` + c.request[:strings.IndexByte(c.request, '\r')] +
				`", upstream: "http://B1` + strings.Fields(c.request)[1] + `", host: "a"` + "\n"
		}
	}
	stage.PlayAll(t, "testdata/fulldisk.txt", list)
}

// complaints gives what the error log says above info, each kind once. Whether the last write was cut short or refused whole depends
// on how much was to be written.
func complaints(s *stage.Server) string {
	var b strings.Builder
	said := map[string]bool{}
	for _, line := range s.Errors() {
		if strings.HasPrefix(line, "info: ") {
			continue
		}
		line = cutShort.ReplaceAllString(tempFile.ReplaceAllString(line, "DIR/$1/…"), "pwrite() $1 was cut short or failed")
		if !said[line] {
			said[line] = true
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

var (
	tempFile = regexp.MustCompile(`DIR/(body|proxy|cache|store)/[^" ]*`)
	cutShort = regexp.MustCompile(`pwritev?\(\) ("\S+") (?:failed \(27: File too large\)|has written only \d+ of \d+)`)
)

// leftovers lists the files that are left below the server's directories.
func leftovers(t *testing.T, s *stage.Server) string {
	var b strings.Builder
	for _, dir := range []string{"body", "proxy", "cache", "store"} {
		err := filepath.WalkDir(filepath.Join(s.Dir, dir), func(path string, d os.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil
			}
			if err == nil && !d.IsDir() {
				b.WriteString("left: " + path + "\n")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}
