package upstream

// Records what the real nginx picks: `go test ./upstream -run Picks -record` rewrites testdata/picks.

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var record = flag.Bool("record", false, "ask the installed nginx again and rewrite testdata/picks")

// recorder is a set of peers on 127.0.0.1:18101… that can be broken or made to hold their answers.
type recorder struct {
	mu      sync.Mutex
	broken  map[string]bool
	holding chan struct{} // not nil: answers wait for its close
	arrived chan string
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	peer := strconv.Itoa(q.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr).Port - 18100)
	r.mu.Lock()
	broken, holding := r.broken[peer], r.holding
	r.mu.Unlock()
	if broken {
		w.WriteHeader(500)
		return
	}
	if holding != nil {
		r.arrived <- peer
		<-holding
	}
	w.WriteHeader(200)
}

const recorderConf = `
worker_processes 1;
daemon off;
pid %[1]s/pid;
error_log %[1]s/error.log;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path %[1]s/body;
    proxy_temp_path %[1]s/proxy;
    fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
    upstream u {
%[2]s
    }
    server {
        listen 127.0.0.1:18199;
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Real-IP;
        location / {
            proxy_pass http://u;
            proxy_next_upstream error timeout http_500;
            add_header X-Peers $upstream_addr always;
        }
    }
}
`

// ask runs a scenario on nginx and gives a line of picks a step.
func (s *scenario) ask(t *testing.T) (version string, picks []string) {
	t.Helper()
	r := &recorder{broken: map[string]bool{}, arrived: make(chan string)}
	for i := 1; i <= s.peers; i++ {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 18100+i))
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		go http.Serve(ln, r)
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "nginx.conf")
	os.WriteFile(conf, fmt.Appendf(nil, recorderConf, dir, s.conf), 0o644)
	out, err := exec.Command("nginx", "-v").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	version = strings.TrimSpace(strings.TrimPrefix(string(out), "nginx version: "))
	cmd := exec.Command("nginx", "-p", dir, "-c", conf)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Signal(os.Interrupt); cmd.Wait() }()
	for range 200 {
		if c, err := net.Dial("tcp", "127.0.0.1:18199"); err == nil {
			c.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}

	get := func(key, ip string) string {
		q, _ := http.NewRequest("GET", "http://127.0.0.1:18199/?k="+key, nil)
		if ip != "" {
			q.Header.Set("X-Real-IP", ip)
		}
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, a.Body)
		a.Body.Close()
		peers := strings.ReplaceAll(a.Header.Get("X-Peers"), "127.0.0.1:181", "")
		peers = strings.ReplaceAll(peers, ", ", "-")
		return strings.ReplaceAll("-"+peers, "-0", "-")[1:]
	}
	var held sync.WaitGroup
	for _, step := range s.steps {
		n := step.n
		var line []string
		switch step.verb {
		case "get":
			for range n {
				line = append(line, get("", ""))
			}
		case "keys":
			for i := range n {
				line = append(line, get(keyOf(i), ""))
			}
		case "clients":
			for i := range n {
				line = append(line, get("", clientOf(i).String()))
			}
		case "break", "mend":
			r.mu.Lock()
			r.broken[strconv.Itoa(n)] = step.verb == "break"
			r.mu.Unlock()
		case "wait":
			time.Sleep(time.Duration(n)*time.Second + 200*time.Millisecond)
		case "hold":
			r.mu.Lock()
			if r.holding == nil {
				r.holding = make(chan struct{})
			}
			r.mu.Unlock()
			for range n {
				refused := make(chan string, 1)
				held.Add(1)
				go func() {
					defer held.Done()
					refused <- get("", "")
				}()
				select {
				case peer := <-r.arrived:
					line = append(line, peer)
				case peers := <-refused:
					line = append(line, peers)
				}
			}
		case "release":
			close(r.holding)
			held.Wait()
			r.holding = nil
		}
		picks = append(picks, strings.Join(line, " "))
	}
	return version, picks
}
