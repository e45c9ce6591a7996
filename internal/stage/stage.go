// Package stage puts servers on a stage for tests: Understudy in this process, under either driver, and the real nginx where it
// is installed, all from the same configuration. What a test then says to one of them it says to all.
package stage

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/config"
	"understudy/errlog"
	"understudy/internal/leak"
	"understudy/internal/rig"
	"understudy/modules"
	"understudy/reactor"
	"understudy/stream"
	"understudy/web"
)

// Patience is how long a test waits for what must come.
const Patience = 10 * time.Second

// Server is a running server.
type Server struct {
	Name string // "epoll", "portable" or "nginx"
	Dir  string // prefix: error.log, access.log, body/, html/
	Addr string // what LISTEN stands for
	// Site or Stream, and Reactor, are Understudy's, nil for nginx.
	Site    *web.Site
	Stream  *stream.Site
	Reactor *reactor.Reactor

	t      testing.TB
	mu     sync.Mutex
	panics []string
	stop   func()
}

// Nginx tells the real nginx from Understudy.
func (s *Server) Nginx() bool { return s.Reactor == nil }

// Drivers are those of this system; "" is the best one.
func Drivers() []string { return []string{"", "portable"} }

// Each runs f as a subtest against Understudy with each driver, and against nginx where it is installed. http is the text of
// the http block; LISTEN in it stands for an address to listen on, DIR for the server's directory.
func Each(t *testing.T, http string, f func(t *testing.T, s *Server)) {
	t.Helper()
	Ours(t, http, f)
	if Installed() {
		t.Run("nginx", func(t *testing.T) { f(t, StartNginx(t, http)) })
	}
}

// Ours is Each without nginx.
func Ours(t *testing.T, http string, f func(t *testing.T, s *Server)) {
	t.Helper()
	for _, driver := range Drivers() {
		name := driver
		if name == "" {
			name = "best"
		}
		t.Run(name, func(t *testing.T) { f(t, Start(t, driver, http)) })
	}
}

// Start puts Understudy on the stage, and takes it off when the test ends; the test fails if it leaves anything behind.
func Start(t testing.TB, driver, http string) *Server { return StartLoops(t, driver, http, 1) }

// StartLoops is Start with a number of event loops.
func StartLoops(t testing.TB, driver, http string, loops int) *Server {
	t.Helper()
	return StartWith(t, driver, http, loops)
}

// StartWith is StartLoops with further modules.
func StartWith(t testing.TB, driver, http string, loops int, more ...config.AnyModule) *Server {
	t.Helper()
	return start(t, driver, inHTTP(http), loops, more...)
}

// start serves a whole configuration.
func start(t testing.TB, driver, text string, loops int, more ...config.AnyModule) *Server {
	t.Helper()
	leak.Check(t,
		leak.Counter{Name: "connections", Count: func() int64 { return reactor.InUse().Conns }},
		leak.Counter{Name: "coroutines", Count: func() int64 { return reactor.InUse().Coroutines }},
		leak.Counter{Name: "buffers", Count: func() int64 { return reactor.InUse().Buffers }})
	s := prepare(t, text)
	s.Name = driver
	cfg, err := config.Load(config.NewRegistry(append(modules.All(), more...)...), config.LoadOptions{Prefix: s.Dir + "/", ConfPrefix: s.Dir + "/", File: s.Dir + "/nginx.conf"})
	if err != nil {
		t.Fatal(err)
	}
	parts := s.build(cfg)
	files := errlog.FilesOf(cfg.Main)
	if err := files.Open(); err != nil {
		t.Fatal(err)
	}
	s.Reactor, err = reactor.New(reactor.Options{Loops: loops, Driver: driver, Panic: func(v any, stack []byte) {
		s.mu.Lock()
		s.panics = append(s.panics, fmt.Sprintf("%v\n%s", v, stack))
		s.mu.Unlock()
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if err := p.Start(s.Reactor); err != nil {
			t.Fatal(err)
		}
	}
	s.listen()
	s.Reactor.Start()
	s.stop = func() {
		s.Reactor.Close()
		for _, p := range parts {
			p.Drop()
		}
		files.Close()
	}
	t.Cleanup(func() {
		s.Stop()
		for _, p := range s.Panics() {
			t.Error("panic:", p)
		}
	})
	return s
}

// part is a web.Site or a stream.Site.
type part interface {
	Start(r *reactor.Reactor) error
	Drop()
}

// build makes the sites of a configuration, and the directories they need.
func (s *Server) build(cfg *config.Config) (parts []part) {
	s.t.Helper()
	var err error
	if s.Site, err = web.Build(cfg); err != nil {
		s.t.Fatal(err)
	}
	if s.Stream, err = stream.Build(cfg); err != nil {
		s.t.Fatal(err)
	}
	if s.Site != nil {
		parts = append(parts, s.Site)
		for _, dir := range s.Site.TempPaths() {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	if s.Stream != nil {
		parts = append(parts, s.Stream)
		s.Stream.Listening = s.listening
	}
	return parts
}

// listening finds the socket of an address, for `pass`.
func (s *Server) listening(a reactor.Addr) reactor.AcceptHandler {
	for _, p := range s.Stream.Ports {
		if p.Addr == a {
			return p
		}
	}
	return nil
}

// listen opens the sockets of the sites.
func (s *Server) listen() {
	s.t.Helper()
	open := func(a reactor.Addr, o reactor.ListenOptions, h reactor.AcceptHandler) {
		network, addr := "tcp4", a.IP.String()
		switch {
		case a.Unix != "":
			network, addr = "unix", a.Unix
		case a.IP.Addr().Is6():
			network = "tcp6"
		}
		if _, err := s.Reactor.Listen(network, addr, o, h); err != nil {
			s.t.Fatal(err)
		}
	}
	if s.Site != nil {
		for _, p := range s.Site.Ports {
			open(p.Addr, p.Options, p)
		}
	}
	if s.Stream != nil {
		for _, p := range s.Stream.Ports {
			open(p.Addr, p.Options, p)
		}
	}
}

// Panics takes what panicked since it was last asked; what is never taken fails the test.
func (s *Server) Panics() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.panics
	s.panics = nil
	return p
}

// Stop ends the server before the test does.
func (s *Server) Stop() {
	if stop := s.stop; stop != nil {
		s.stop = nil
		stop()
	}
}

// nginxPath is where Debian keeps it; an unprivileged user's PATH may not look there.
const nginxPath = "/usr/sbin/nginx"

// Installed tells whether there is a real nginx to compare with.
func Installed() bool {
	if underRace {
		return false
	}
	_, err := os.Stat(nginxPath)
	return err == nil
}

// StartNginx puts the real nginx on the stage, with what has become the default since its version written out.
func StartNginx(t testing.TB, http string) *Server {
	t.Helper()
	return startNginx(t, inHTTP("proxy_http_version 1.1; proxy_set_header Connection \"\";\n"+http), (*Server).answers)
}

// answers tells whether a connection to the server can be made.
func (s *Server) answers() bool {
	c, err := net.Dial("tcp", s.Addr)
	if err == nil {
		c.Close()
	}
	return err == nil
}

// startNginx runs nginx until the test ends; up tells when it is ready.
func startNginx(t testing.TB, text string, up func(s *Server) bool) *Server {
	t.Helper()
	s := prepare(t, text)
	s.Name = "nginx"
	cmd := exec.Command(nginxPath, "-p", s.Dir+"/", "-c", "nginx.conf", "-e", s.Dir+"/error.log", "-g", "daemon off; master_process off;")
	out := &strings.Builder{}
	cmd.Stderr = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed in the end
		close(done)
	}()
	s.stop = func() {
		_ = cmd.Process.Kill()
		<-done
	}
	t.Cleanup(s.Stop)
	for end := time.Now().Add(Patience); !up(s); {
		select {
		case <-done:
			t.Fatalf("nginx does not start: %s", out)
		case <-time.After(2 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatal("nginx does not listen")
		}
	}
	return s
}

// prepare makes the directory with the configuration.
func prepare(t testing.TB, text string) *Server {
	t.Helper()
	ports, err := rig.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "stage-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	s := &Server{Dir: dir, Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0])), t: t}
	text = strings.NewReplacer("LISTEN", s.Addr, "DIR", dir).Replace(text)
	for name, body := range map[string]string{"nginx.conf": text, "error.log": "", "access.log": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// top is what every configuration begins with.
const top = `worker_processes 1;
error_log DIR/error.log info;
pid DIR/nginx.pid;
events { worker_connections 8192; }
`

// inHTTP puts text into an http block.
func inHTTP(text string) string {
	return top + `http {
client_body_temp_path DIR/body;
proxy_temp_path DIR/proxy;
log_format plain '$status "$request" $body_bytes_sent';
log_format upstream '$status $upstream_addr $upstream_status $upstream_response_length $upstream_bytes_received';
access_log off;
` + text + "\n}\n"
}
