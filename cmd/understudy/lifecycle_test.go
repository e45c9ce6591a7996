//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait; nothing here takes a second when all is well.
const patience = 10 * time.Second

// await asks again and again until done says so.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		if done() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// conf is a configuration that listens on DIR/s.sock.
func conf(dir, main, http string) string {
	return fmt.Sprintf("%s\nevents { }\nerror_log %s/error.log info;\npid %s/nginx.pid;\nhttp {\nclient_body_temp_path %s/body; proxy_temp_path %s/proxy;\n%s\n}\n",
		main, dir, dir, dir, dir, strings.ReplaceAll(http, "DIR", dir))
}

const oneServer = "server { listen unix:DIR/s.sock; }"

// process is a running server.
type process struct {
	t   *testing.T
	dir string
	pid int
	cmd *exec.Cmd
	out bytes.Buffer
	end chan struct{}
}

func begin(t *testing.T, dir, main, http string) *process {
	t.Helper()
	write(t, dir, conf(dir, main, http))
	p := &process{t: t, dir: dir, end: make(chan struct{})}
	p.cmd = exec.Command(binary, "-p", dir, "-c", "nginx.conf", "-e", "error.log")
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.end) }()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.end
	})
	await(t, "the pid file", func() bool { p.pid = pidIn(dir + "/nginx.pid"); return p.pid != 0 })
	if p.pid != p.cmd.Process.Pid {
		t.Fatalf("pid file holds %d, the process is %d", p.pid, p.cmd.Process.Pid)
	}
	return p
}

func write(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.WriteFile(dir+"/nginx.conf", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func pidIn(name string) int {
	text, _ := os.ReadFile(name)
	if !bytes.HasSuffix(text, []byte("\n")) {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}

func exists(name string) bool { _, err := os.Stat(name); return err == nil }

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(p.pid, s); err != nil {
		p.t.Fatal(err)
	}
}

// ended waits for the exit code.
func (p *process) ended() int {
	p.t.Helper()
	select {
	case <-p.end:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		p.t.Fatalf("process %d goes on; its log:\n%s", p.pid, p.log())
	}
	return 0
}

func (p *process) log() string { text, _ := os.ReadFile(p.dir + "/error.log"); return string(text) }

// count tells how often a line with this ending is in the log.
func (p *process) count(pattern string) int {
	return len(regexp.MustCompile(`(?m)`+pattern+`$`).FindAllString(p.log(), -1))
}

// get asks for a page on a new connection and gives the Server header; "" if nobody listens.
func get(socket string) string {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return ""
	}
	defer c.Close()
	return ask(c, bufio.NewReader(c))
}

func ask(c net.Conn, r *bufio.Reader) string {
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return ""
	}
	server, length := "", 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return ""
		}
		if line == "\r\n" {
			_, _ = r.Discard(length)
			return server
		}
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "Server":
			server = value
		case "Content-Length":
			length, _ = strconv.Atoi(value)
		}
	}
}

func TestForegroundServesAndEndsAtOnceOnTerm(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		dir := folder(t, nil)
		p := begin(t, dir, "daemon off;", oneServer)
		c, err := net.Dial("unix", dir+"/s.sock")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if got := ask(c, bufio.NewReader(c)); got != nginxVersion {
			t.Errorf("Server: %q", got)
		}
		p.signal(s)
		if code := p.ended(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		for _, name := range []string{"/nginx.pid", "/s.sock"} {
			if exists(dir + name) {
				t.Errorf("%s is left behind", name)
			}
		}
		for _, line := range []string{
			`\[notice\] \d+#\d+: using the "\w+" event method`, `\[notice\] \d+#\d+: nginx/1\.31\.5`, `start worker processes`, `start worker process 1`,
			`signal \d+ \(` + map[syscall.Signal]string{syscall.SIGTERM: "SIGTERM", syscall.SIGINT: "SIGINT"}[s] + `\) received, exiting`,
			`worker process 1 exited with code 0`, `\[notice\] \d+#\d+: exit`,
		} {
			if n := p.count(line); n != 1 {
				t.Errorf("%d lines %s in\n%s", n, line, p.log())
			}
		}
		if p.out.Len() != 0 {
			t.Errorf("printed %q", p.out.String())
		}
	}
}

func TestNobodyIsBlamedForWhatAStopCutsOff(t *testing.T) {
	for _, c := range []struct {
		name, main      string
		signal          syscall.Signal
		session, access string // lines of sessions in the error log, and the access logs
	}{
		{"at once", "", syscall.SIGTERM, "client proxy", ""},
		{"after worker_shutdown_timeout", "worker_shutdown_timeout 50ms;", syscall.SIGQUIT, "client proxy shutdown",
			"000 GET /head, 000 GET /waits, 000 POST /body, 101 GET /tunnel, 200 GET /half, 200 session"},
	} {
		t.Run(c.name, func(t *testing.T) { testCutOff(t, c.main, c.signal, c.session, c.access) })
	}
}

func testCutOff(t *testing.T, main string, s syscall.Signal, session, access string) {
	dir := folder(t, nil)
	behind, err := net.Listen("unix", dir+"/behind.sock")
	if err != nil {
		t.Fatal(err)
	}
	defer behind.Close()
	_ = behind.(*net.UnixListener).SetDeadline(time.Now().Add(patience))
	if err := os.Chmod(dir+"/behind.sock", 0o777); err != nil { // root serves as another user
		t.Fatal(err)
	}
	p := begin(t, dir, main+` daemon off; stream { server { listen unix:`+dir+`/t.sock; proxy_pass unix:`+dir+`/behind.sock; }
		log_format s "$status session"; access_log `+dir+`/access.log s; }`, `log_format h "$status $request_method $uri"; access_log DIR/access.log h;
		map $http_upgrade $wish { default upgrade; "" close; }
		server { listen unix:DIR/s.sock; location / { proxy_pass http://unix:DIR/behind.sock; proxy_http_version 1.1;
			proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $wish; } }`)

	// send opens a connection; where an upstream is asked, it gives that answer and the client waits for its beginning.
	send := func(socket, request, answer string) {
		c, err := net.Dial("unix", dir+socket)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		_ = c.SetDeadline(time.Now().Add(patience))
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		switch answer {
		case "":
			return
		case "100":
			if _, err := c.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			return
		}
		u, err := behind.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { u.Close() })
		_ = u.SetDeadline(time.Now().Add(patience))
		if _, err := u.Read(make([]byte, 1<<10)); err != nil {
			t.Fatal(err)
		}
		if answer == "none" {
			return
		}
		if _, err := io.WriteString(u, answer); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	send("/s.sock", "", "")
	send("/s.sock", "GET /head HTTP/1.1\r\nHo", "") // those behind it have been answered: it has been read
	send("/s.sock", "GET /waits HTTP/1.1\r\nHost: x\r\n\r\n", "none")
	send("/s.sock", "GET /half HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
	send("/s.sock", "GET /tunnel HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nabc")
	send("/t.sock", "abc", "def")
	send("/s.sock", "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", "100")
	p.signal(s)
	if code := p.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	text, err := os.ReadFile(dir + "/access.log")
	got := strings.Split(strings.TrimSpace(string(text)), "\n")
	slices.Sort(got)
	if strings.Join(got, ", ") != access {
		t.Errorf("%v: %q", err, got)
	}
	var words []string
	for _, line := range regexp.MustCompile(`\*\d+ (\w+).*`).FindAllStringSubmatch(p.log(), -1) {
		words = append(words, line[1])
	}
	if strings.Join(words, " ") != session {
		t.Errorf("the log is\n%s", p.log())
	}
}

func TestQuitClosesIdleConnectionsAndListenersAtOnce(t *testing.T) {
	dir := folder(t, nil)
	p := begin(t, dir, "daemon off;", oneServer)
	c, err := net.Dial("unix", dir+"/s.sock")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := bufio.NewReader(c)
	if ask(c, r) == "" {
		t.Fatal("no answer")
	}
	p.signal(syscall.SIGQUIT)
	if _, err := r.ReadByte(); err != io.EOF {
		t.Errorf("idle connection: %v", err)
	}
	if code := p.ended(); code != 0 || exists(dir+"/nginx.pid") || exists(dir+"/s.sock") {
		t.Errorf("exit code %d, pid file %v, socket %v", code, exists(dir+"/nginx.pid"), exists(dir+"/s.sock"))
	}
	if p.count(`received, shutting down`) != 1 || p.count(`worker process 1 exited with code 0`) != 1 {
		t.Errorf("log:\n%s", p.log())
	}
}

func TestReload(t *testing.T) {
	dir := folder(t, nil)
	p := begin(t, dir, "daemon off;", oneServer+"server { listen unix:DIR/gone.sock; }")
	c, err := net.Dial("unix", dir+"/s.sock")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := bufio.NewReader(c)
	if ask(c, r) != nginxVersion {
		t.Fatal("no answer")
	}

	write(t, dir, "events { }\nwrong;\n")
	p.signal(syscall.SIGHUP)
	await(t, "the refusal", func() bool {
		return p.count(`\[emerg\] \d+#\d+: unknown directive "wrong" in `+regexp.QuoteMeta(dir)+`/nginx.conf:2`) == 1
	})
	if got := ask(c, r); got != nginxVersion {
		t.Errorf("after a refused reload the old connection gives %q", got)
	}

	write(t, dir, conf(dir, "daemon off;", "server_tokens off; "+oneServer+" server { listen unix:DIR/new.sock; }"))
	p.signal(syscall.SIGHUP)
	await(t, "the drained generation", func() bool { return p.count(`worker process 1 exited with code 0`) == 1 })
	if _, err := r.ReadByte(); err != io.EOF {
		t.Errorf("idle connection of the old generation: %v", err)
	}
	for name, want := range map[string]string{"s.sock": "nginx", "new.sock": "nginx", "gone.sock": ""} {
		if got := get(dir + "/" + name); got != want {
			t.Errorf("%s: Server %q, want %q", name, got, want)
		}
	}
	if exists(dir+"/gone.sock") || p.count(`\[warn\] .*deleting socket .*/gone.sock`) != 1 {
		t.Errorf("the socket that is gone; log:\n%s", p.log())
	}
	for i := 2; i < 8; i++ {
		p.signal(syscall.SIGHUP)
		await(t, "another generation", func() bool { return p.count(fmt.Sprintf("worker process %d exited with code 0", i)) == 1 })
	}
	if n := p.count(`exited with code 0`); n != 7 {
		t.Errorf("%d generations ended, want 7", n)
	}
	if pidIn(dir+"/nginx.pid") != p.pid {
		t.Error("the pid file has changed")
	}
	if strings.Contains(p.log(), "[alert]") {
		t.Errorf("alerts in\n%s", p.log())
	}
}

func TestReloadThatCannotListenChangesNothing(t *testing.T) {
	dir := folder(t, nil)
	p := begin(t, dir, "daemon off;", oneServer)
	write(t, dir, conf(dir, "daemon off;", "server_tokens off; "+oneServer+" server { listen unix:DIR/first.sock; } server { listen unix:DIR/no/x.sock; }"))
	p.signal(syscall.SIGHUP)
	await(t, "the refusal", func() bool {
		return p.count(`\[emerg\] .*bind\(\) to unix:\S+/no/x.sock failed \(2: No such file or directory\)`) == 1
	})
	if got := get(dir + "/s.sock"); got != nginxVersion {
		t.Errorf("Server: %q", got)
	}
	if exists(dir + "/first.sock") {
		t.Error("a socket of the refused configuration is left")
	}
}

func TestReloadWithOtherLoopsKeepsTheSockets(t *testing.T) {
	dir := folder(t, nil)
	p := begin(t, dir, "daemon off; worker_processes 1;", oneServer)
	write(t, dir, conf(dir, "daemon off; worker_processes 3;", "server_tokens off; "+oneServer))
	p.signal(syscall.SIGHUP)
	await(t, "the drained generation", func() bool { return p.count(`worker process 1 exited with code 0`) == 1 })
	for range 20 {
		if got := get(dir + "/s.sock"); got != "nginx" {
			t.Fatalf("Server: %q", got)
		}
	}
}

func TestReopen(t *testing.T) {
	dir := folder(t, nil)
	p := begin(t, dir, "daemon off;", oneServer)
	if err := os.Rename(dir+"/error.log", dir+"/error.log.1"); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGUSR1)
	await(t, "the new file", func() bool { return exists(dir + "/error.log") })
	p.signal(syscall.SIGTERM)
	p.ended()
	old, _ := os.ReadFile(dir + "/error.log.1")
	if !strings.Contains(string(old), "reopening logs") || strings.Contains(string(old), "SIGTERM") || p.count(`\(SIGTERM\) received, exiting`) != 1 {
		t.Errorf("old:\n%s\nnew:\n%s", old, p.log())
	}
}

func TestSignalsBySecondCommand(t *testing.T) {
	dir := folder(t, nil)
	p := begin(t, dir, "daemon off;", oneServer)
	send := func(what string) {
		t.Helper()
		if got := call(t, dir, binary, "-p", dir, "-c", "nginx.conf", "-e", "error.log", "-s", what); got != (result{}) {
			t.Errorf("-s %s: %+v", what, got)
		}
	}
	send("reload")
	await(t, "the reload", func() bool { return p.count(`worker process 1 exited with code 0`) == 1 })
	send("reopen")
	await(t, "the reopening", func() bool { return p.count(`: reopening logs`) == 1 })
	send("quit")
	if code := p.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestDaemonDetaches(t *testing.T) {
	dir := folder(t, nil)
	write(t, dir, conf(dir, "", oneServer))
	got := call(t, dir, binary, "-p", dir, "-c", "nginx.conf", "-e", "error.log")
	pid := pidIn(dir + "/nginx.pid")
	if got != (result{}) || pid == 0 {
		t.Fatalf("%+v, pid %d", got, pid)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	if sid, err := syscall.Getpgid(pid); err != nil || sid != pid {
		t.Errorf("process group %d of %d: %v", sid, pid, err)
	}
	if Server := get(dir + "/s.sock"); Server != nginxVersion {
		t.Errorf("Server: %q", Server)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await(t, "the end", func() bool { return !exists(dir + "/nginx.pid") })
}

func TestDaemonThatFailsSaysWhy(t *testing.T) {
	dir := folder(t, nil)
	write(t, dir, conf(dir, "", "server { listen unix:DIR/no/s.sock; }"))
	got := call(t, dir, binary, "-p", dir, "-c", "nginx.conf", "-e", "error.log")
	want := "nginx: [emerg] bind() to unix:" + dir + "/no/s.sock failed (2: No such file or directory)\n"
	if got != (result{"", want, 1}) || exists(dir+"/nginx.pid") {
		t.Errorf("%+v, want %q", got, want)
	}
}

func TestALimitThatCannotBeSetIsInTheLogOnce(t *testing.T) {
	dir := folder(t, nil)
	p := begin(t, dir, "daemon off; worker_rlimit_nofile 2000000000;", oneServer) // beyond what any system allows
	p.signal(syscall.SIGTERM)
	p.ended()
	if strings.Count(p.log(), "setrlimit(") != 1 || p.count(`\[alert\] \d+#\d+: setrlimit\(RLIMIT_NOFILE, 2000000000\) failed \(.*\)`) != 1 || p.out.Len() != 0 {
		t.Errorf("log:\n%s\nstderr:\n%s", p.log(), p.out.String())
	}
}

func TestAddressInUseIsTriedFiveTimes(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	dir := folder(t, nil)
	write(t, dir, conf(dir, "daemon off;", "server { listen "+ln.Addr().String()+"; }"))
	got := call(t, dir, binary, "-p", dir, "-c", "nginx.conf", "-e", "error.log")
	line := "nginx: [emerg] bind() to " + ln.Addr().String() + " failed (98: Address already in use)\n"
	if want := strings.Repeat(line, 5) + "nginx: [emerg] still could not bind()\n"; got != (result{"", want, 1}) {
		t.Errorf("%+v, want %q", got, want)
	}
	if got := call(t, dir, binary, "-tq", "-p", dir, "-c", "nginx.conf", "-e", "error.log"); got != (result{}) {
		t.Errorf("a test minds the address in use: %+v", got)
	}
}

func TestBinaryUpgrade(t *testing.T) {
	dir := folder(t, nil)
	write(t, dir, conf(dir, "", oneServer))
	if got := call(t, dir, binary, "-p", dir, "-c", "nginx.conf", "-e", "error.log"); got != (result{}) {
		t.Fatalf("%+v", got)
	}
	pidFile, oldFile := dir+"/nginx.pid", dir+"/nginx.pid.oldbin"
	first := pidIn(pidFile)
	t.Cleanup(func() { _ = syscall.Kill(first, syscall.SIGKILL) })
	upgrade := func(old int) int {
		t.Helper()
		if err := syscall.Kill(old, syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
		await(t, "the new binary", func() bool { return pidIn(oldFile) == old && pidIn(pidFile) != 0 && pidIn(pidFile) != old })
		pid := pidIn(pidFile)
		t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
		return pid
	}
	second := upgrade(first)
	if err := syscall.Kill(first, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	await(t, "the old binary's end", func() bool { return !exists(oldFile) })
	if got := get(dir + "/s.sock"); got != nginxVersion || pidIn(pidFile) != second {
		t.Errorf("after the upgrade: Server %q, pid %d", got, pidIn(pidFile))
	}
	await(t, "a new parent", func() bool { // a binary whose parent is still the old one refuses the next upgrade
		return syscall.Kill(first, 0) != nil
	})
	third := upgrade(second)
	if err := syscall.Kill(third, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await(t, "the way back", func() bool { return !exists(oldFile) && pidIn(pidFile) == second })
	if got := get(dir + "/s.sock"); got != nginxVersion {
		t.Errorf("after the way back: Server %q", got)
	}
	if err := syscall.Kill(second, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	await(t, "the end", func() bool { return !exists(pidFile) })
	if exists(dir + "/s.sock") {
		t.Error("the socket is left behind")
	}
}

// TestBinaryUpgradeOfADaemonWhoseStarterIsStillThere: that is no old binary.
func TestBinaryUpgradeOfADaemonWhoseStarterIsStillThere(t *testing.T) {
	dir := folder(t, nil)
	write(t, dir, conf(dir, "", oneServer))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command(binary, "-p", dir, "-c", "nginx.conf", "-e", "error.log")
	cmd.Env = append(os.Environ(), "UNDERSTUDY_DAEMON=3")
	cmd.ExtraFiles = []*os.File{w}
	err = cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	next := 0
	await(t, "the new binary", func() bool {
		next = pidIn(dir + "/nginx.pid")
		return next != 0 && next != cmd.Process.Pid && exists(dir+"/nginx.pid.oldbin")
	})
	if err := syscall.Kill(next, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await(t, "the way back", func() bool { return !exists(dir + "/nginx.pid.oldbin") })
}

// TestQuitAgainAndAgain: also while the process ends.
func TestQuitAgainAndAgain(t *testing.T) {
	for range 10 {
		p := begin(t, folder(t, nil), "daemon off;", oneServer)
		for ended := false; !ended; {
			_ = syscall.Kill(p.pid, syscall.SIGQUIT)
			select {
			case <-p.end:
				ended = true
			default:
			}
		}
		if code := p.ended(); code != 0 || strings.Contains(p.log(), "goroutine") || p.out.Len() > 0 {
			t.Fatalf("exit code %d\n%s%s", code, p.out.String(), p.log())
		}
	}
}

func TestStopAcceptingAndServeAgain(t *testing.T) {
	dir := folder(t, nil)
	write(t, dir, conf(dir, "", oneServer))
	if got := call(t, dir, binary, "-p", dir, "-c", "nginx.conf", "-e", "error.log"); got != (result{}) {
		t.Fatalf("%+v", got)
	}
	p := &process{t: t, dir: dir, pid: pidIn(dir + "/nginx.pid")}
	t.Cleanup(func() { _ = syscall.Kill(p.pid, syscall.SIGKILL) })
	p.signal(syscall.SIGWINCH)
	await(t, "the drained generation", func() bool { return p.count(`worker process 1 exited with code 0`) == 1 })
	p.signal(syscall.SIGHUP)
	if got := get(dir + "/s.sock"); got != nginxVersion { // the connection waits in the queue until then
		t.Errorf("Server: %q", got)
	}
	p.signal(syscall.SIGTERM)
	await(t, "the end", func() bool { return !exists(dir + "/nginx.pid") })
}

// TestUpgradeAsTheManualHasIt: the new binary is started, the old one stops accepting, and is then told to quit, or to serve again with the
// configuration it has, whatever has become of the file.
func TestUpgradeAsTheManualHasIt(t *testing.T) {
	for name, next := range map[string]func(t *testing.T, old, new *process){
		"the old one quits": func(t *testing.T, old, new *process) {
			old.signal(syscall.SIGQUIT)
			await(t, "the old binary's end", func() bool { return !exists(old.dir + "/nginx.pid.oldbin") })
			if got := get(old.dir + "/s.sock"); got != nginxVersion {
				t.Errorf("Server: %q", got)
			}
			new.signal(syscall.SIGTERM)
		},
		"the old one is told to serve again": func(t *testing.T, old, new *process) {
			write(t, old.dir, "bogus;")
			old.signal(syscall.SIGHUP)
			await(t, "the old one", func() bool { return old.count(`start worker process 2`) == 1 })
			new.signal(syscall.SIGTERM)
			await(t, "the way back", func() bool { return pidIn(old.dir+"/nginx.pid") == old.pid })
			if got := get(old.dir + "/s.sock"); got != nginxVersion {
				t.Errorf("Server: %q", got)
			}
			old.signal(syscall.SIGTERM)
		},
		"the new one ends": func(t *testing.T, old, new *process) {
			write(t, old.dir, "bogus;")
			new.signal(syscall.SIGTERM)
			await(t, "the old one", func() bool { return old.count(`start worker process 2`) == 1 })
			if got := get(old.dir + "/s.sock"); got != nginxVersion {
				t.Errorf("Server: %q", got)
			}
			old.signal(syscall.SIGQUIT)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, nil)
			write(t, dir, conf(dir, "", oneServer))
			if got := call(t, dir, binary, "-p", dir, "-c", "nginx.conf", "-e", "error.log"); got != (result{}) {
				t.Fatalf("%+v", got)
			}
			of := func(pid int) *process {
				t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
				return &process{t: t, dir: dir, pid: pid}
			}
			old := of(pidIn(dir + "/nginx.pid"))
			old.signal(syscall.SIGUSR2)
			second := 0
			await(t, "the new binary", func() bool {
				second = pidIn(dir + "/nginx.pid")
				return pidIn(dir+"/nginx.pid.oldbin") == old.pid && second != 0 && second != old.pid
			})
			old.signal(syscall.SIGWINCH)
			await(t, "the drained generation", func() bool { return old.count(`worker process 1 exited with code 0`) == 1 })
			next(t, old, of(second))
			await(t, "the end", func() bool { return !exists(dir + "/nginx.pid") })
		})
	}
}

// TestManyGenerationsEndAtOnce: each has a client that is not done yet.
func TestManyGenerationsEndAtOnce(t *testing.T) {
	const generations = 20
	p := begin(t, folder(t, nil), "daemon off;", oneServer)
	for i := range generations {
		await(t, "the generation before", func() bool { return p.count(`gracefully shutting down`) == i })
		c, err := net.Dial("unix", p.dir+"/s.sock")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next"); err != nil { // what it will not go on with keeps it
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if answer, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
			t.Fatal(err)
		} else if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			t.Fatal(err)
		}
		p.signal(syscall.SIGHUP)
	}
	await(t, "the last generation", func() bool { return p.count(`gracefully shutting down`) == generations })
	if n := p.count(`worker process \d+ exited with code 0`); n != 0 {
		t.Fatalf("%d generations are gone already", n)
	}
	p.signal(syscall.SIGTERM)
	if code := p.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// ids says as whom each thread runs, and with which capabilities.
func (p *process) ids() (list []string) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.pid))
	for _, name := range tasks {
		text, _ := os.ReadFile(name)
		for _, line := range strings.Split(string(text), "\n") {
			if strings.HasPrefix(line, "Uid:") || strings.HasPrefix(line, "CapEff:") {
				list = append(list, strings.Join(strings.Fields(line), " "))
			}
		}
	}
	return list
}

// TestWithoutAMasterTheUserStays: only nginx's workers change it.
func TestWithoutAMasterTheUserStays(t *testing.T) {
	p := begin(t, folder(t, nil), "daemon off; master_process off; user nobody nogroup;", oneServer)
	await(t, "the start", func() bool { return p.count(`start worker process 1`) == 1 })
	id := os.Geteuid()
	for _, line := range p.ids() {
		if strings.HasPrefix(line, "Uid:") && line != fmt.Sprintf("Uid: %d %d %d %d", id, id, id, id) {
			t.Errorf("a thread with %q", line)
		}
	}
	p.signal(syscall.SIGTERM)
	if code := p.ended(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestRootServesAsAnotherUser has something to do for root only; others must be told that `user` is ignored.
func TestRootServesAsAnotherUser(t *testing.T) {
	dir := folder(t, nil)
	p := begin(t, dir, "daemon off; user nobody nogroup;", oneServer)
	if os.Geteuid() != 0 {
		if p.count(`\[warn\] .*the "user" directive makes sense only .*`) != 1 {
			t.Errorf("log:\n%s", p.log())
		}
		return
	}
	check := func() {
		t.Helper()
		for _, line := range p.ids() {
			if line != "Uid: 0 65534 0 65534" && line != "CapEff: 0000000000000000" {
				t.Errorf("a thread with %q", line)
			}
		}
	}
	await(t, "the start", func() bool { return p.count(`start worker process 1`) == 1 }) // the pid file comes before the change of user
	check()
	// a reload still opens what only root can
	if err := os.Mkdir(dir+"/locked", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, conf(dir, "daemon off; user nobody nogroup; error_log "+dir+"/locked/e.log;", "server_tokens off; "+oneServer+" server { listen unix:DIR/locked/s.sock; }"))
	p.signal(syscall.SIGHUP)
	await(t, "the reload", func() bool { return p.count(`worker process 1 exited with code 0`) == 1 })
	if got := get(dir + "/locked/s.sock"); got != "nginx" {
		t.Errorf("Server: %q", got)
	}
	check()
	p.signal(syscall.SIGTERM)
	if code := p.ended(); code != 0 || exists(dir+"/locked/s.sock") {
		t.Errorf("exit code %d, socket left: %v", code, exists(dir+"/locked/s.sock"))
	}
}
