//go:build unix

package cycle_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"understudy/config"
	"understudy/cycle"
	"understudy/errlog"
	"understudy/internal/leak"
	"understudy/internal/rig"
	"understudy/modules"
	"understudy/reactor"
)

// TestReloadsLeaveNothingBehind: after many of them, with requests between, the live heap is what it was after the first ones.
func TestReloadsLeaveNothingBehind(t *testing.T) {
	leak.Check(t,
		leak.Counter{Name: "connections", Count: func() int64 { return reactor.InUse().Conns }},
		leak.Counter{Name: "coroutines", Count: func() int64 { return reactor.InUse().Coroutines }},
		leak.Counter{Name: "buffers", Count: func() int64 { return reactor.InUse().Buffers }})
	const warm, more = 20, 150
	// perReload is what each may add, bytes; a generation of this configuration that stays is more than 100 kB.
	const perReload = 2 << 10

	dir := t.TempDir()
	ports, err := rig.FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", ports[0])
	conf := strings.NewReplacer("DIR", dir, "LISTEN", address, "BACKEND", fmt.Sprintf("127.0.0.1:%d", ports[1])).Replace(`
error_log DIR/error.log notice; error_log stderr emerg; pid DIR/nginx.pid; daemon off; worker_processes 2;
events { worker_connections 512; }
http {
	client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; access_log DIR/access.log combined buffer=4k flush=1m;
	limit_req_zone $remote_addr zone=requests:64k rate=100000r/s; proxy_cache_path DIR/cache keys_zone=answers:64k;
	map $uri $kind { default other; ~^/(?<name>[a-z]+)$ $name; }
	upstream application { server BACKEND; keepalive 4; }
	server { listen BACKEND; access_log off; location / { return 200 "answer"; } }
	server { listen LISTEN; gzip on;
		location / { return 200 "$kind"; }
		location /passed { limit_req zone=requests; proxy_pass http://application; }
		location /kept { proxy_cache answers; proxy_pass http://application; }
	}
}
`)
	if err := rig.WriteFiles(dir, map[string]string{"nginx.conf": conf}); err != nil {
		t.Fatal(err)
	}
	registry := config.NewRegistry(modules.All()...)
	p := &cycle.Program{Version: "nginx/0", Built: "built", Build: cycle.Build,
		Settings: func(c *config.Config) (cycle.Settings, error) {
			return cycle.Settings{PidFile: filepath.Join(dir, "nginx.pid"), Workers: 2, Connections: 512, Core: -1}, nil
		},
		Load: func() (*config.Config, error) {
			return config.Load(registry, config.LoadOptions{Prefix: dir + "/", ConfPrefix: dir + "/", File: dir + "/nginx.conf"})
		}}
	p.Console = errlog.NewConsole(io.Discard)
	p.Log, p.LogFile = errlog.Open(filepath.Join(dir, "error.log"), errlog.Notice, p.Console)
	ready, code := make(chan struct{}), make(chan int, 1)
	defer signal.Reset()
	go func() { code <- p.Run(p.Read(), func() { close(ready) }) }()
	select {
	case <-ready:
	case n := <-code:
		text, _ := os.ReadFile(filepath.Join(dir, "error.log"))
		t.Fatalf("exit code %d\n%s", n, text)
	}
	signal := func(s syscall.Signal) {
		if err := syscall.Kill(os.Getpid(), s); err != nil {
			t.Fatal(err)
		}
	}
	gone := 0
	reload := func() {
		signal(syscall.SIGHUP)
		gone++
		want := fmt.Sprintf("worker process %d exited with code 0", gone)
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			if text, err := os.ReadFile(filepath.Join(dir, "error.log")); err == nil && strings.Contains(string(text), want) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("generation %d stays", gone)
			}
		}
	}
	ask := func() {
		for _, path := range []string{"/", "/passed", "/kept"} {
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", path)
			if answer, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
				t.Fatalf("%q, %v", answer, err)
			}
			c.Close()
		}
	}
	round := func(n int) (live int64, files int) {
		for range n {
			reload()
			ask()
		}
		for range 3 { // what has finalizers takes more than one
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			list = nil
		}
		return int64(m.HeapAlloc), len(list)
	}
	liveBefore, filesBefore := round(warm)
	liveAfter, filesAfter := round(more)
	t.Logf("live heap after %d reloads %d, after %d %d; descriptors %d, %d", warm, liveBefore, warm+more, liveAfter, filesBefore, filesAfter)
	if grown := liveAfter - liveBefore; grown > more*perReload {
		t.Errorf("%d reloads left %d bytes behind", more, grown)
	}
	if filesAfter > filesBefore+4 { // connections under way
		t.Errorf("%d reloads left descriptors behind: %d, then %d", more, filesBefore, filesAfter)
	}
	signal(syscall.SIGQUIT)
	if n := <-code; n != 0 {
		t.Errorf("exit code %d", n)
	}
}
