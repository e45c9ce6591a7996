package accesslog

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"understudy/config"
	"understudy/errlog"
	"understudy/modules/core"
	"understudy/reactor"
	"understudy/upstream"
	"understudy/web"
)

func read(t testing.TB, dir, text string) (*config.Config, error) {
	t.Helper()
	file := filepath.Join(dir, "b.conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := config.NewRegistry(core.Conf, core.Events, errlog.Conf, upstream.Conf, web.Core, New("access.log"))
	return config.Load(r, config.LoadOptions{Prefix: dir + "/", ConfPrefix: dir + "/", File: file, ErrorLog: "error.log"})
}

// server serves a configuration in its own directory.
type server struct {
	t     *testing.T
	dir   string
	addr  string
	files *errlog.Files
	end   func()
}

// serve starts a server whose http{} holds text; it listens on a port of its own.
func serve(t *testing.T, text string) *server {
	t.Helper()
	dir := t.TempDir()
	cfg, err := read(t, dir, "error_log error.log info;\nevents {}\nhttp {\nroot .;\n"+text+"\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	site, err := web.Build(cfg)
	if err != nil {
		t.Fatal(err)
	}
	files := errlog.FilesOf(cfg.Main)
	if err := files.Open(); err != nil {
		t.Fatal(err)
	}
	rx, err := reactor.New(reactor.Options{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := site.Start(rx); err != nil {
		t.Fatal(err)
	}
	ln, err := rx.Listen("tcp4", "127.0.0.1:0", site.Ports[0].Options, site.Ports[0])
	if err != nil {
		t.Fatal(err)
	}
	rx.Start()
	s := &server{t: t, dir: dir, addr: ln.Addr().String(), files: files}
	s.end = func() {
		rx.Close()
		site.Drop()
		files.Close()
		s.end = func() {}
	}
	t.Cleanup(func() { s.end() })
	return s
}

// get makes one request and waits for the connection to close.
func (s *server) get(target string, headers ...string) {
	s.t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET %s HTTP/1.0\r\n%s\r\n", target, strings.Join(headers, ""))
	if _, err := io.ReadAll(c); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) content(name string) string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

func (s *server) expect(name, want string) {
	s.t.Helper()
	if got := s.content(name); got != want {
		s.t.Errorf("%s: %q, want %q", name, got, want)
	}
}

// testdata/conf.json holds what nginx 1.22.1 said to each text within http{}.
func TestMistakesAreReportedAsNginxReportsThem(t *testing.T) {
	raw, err := os.ReadFile("testdata/conf.json")
	if err != nil {
		t.Fatal(err)
	}
	var rec struct{ Conf [][2]string }
	if err := json.Unmarshal(raw, &rec); err != nil {
		t.Fatal(err)
	}
	for _, c := range rec.Conf {
		dir := t.TempDir()
		cfg, err := read(t, dir, "events {}\nhttp {\n"+c[0]+"\n}\n")
		if err == nil {
			if _, err = web.Build(cfg); err == nil {
				err = errlog.FilesOf(cfg.Main).Open()
				errlog.FilesOf(cfg.Main).Close()
			}
		}
		got := "ok"
		if err != nil {
			got = strings.ReplaceAll(err.Error(), dir+"/", "")
		}
		if got != c[1] {
			t.Errorf("%s\n got %s\nwant %s", c[0], got, c[1])
		}
	}
}

func TestCombinedIsTheDefaultFormatAndFile(t *testing.T) {
	s := serve(t, "server { listen 127.0.0.1:8080; location /off { access_log off; } location /in { } }")
	s.get("/a\"b", "User-Agent: x\\y\r\n")
	s.get("/off")
	s.get("/in")
	want := regexp.MustCompile(`^127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET /a\\x22b HTTP/1\.0" 404 \d+ "-" "x\\x5Cy"
127\.0\.0\.1 - - \[[^]]+\] "GET /in HTTP/1\.0" 404 \d+ "-" "-"
$`)
	if got := s.content("access.log"); !want.MatchString(got) {
		t.Errorf("%q", got)
	}
}

func TestEscapings(t *testing.T) {
	s := serve(t, `log_format default escape=default $uri$arg_b$arg_c;
		log_format none escape=none $uri$arg_b$arg_c;
		log_format json escape=json $uri$arg_b$arg_c;
		server { listen 127.0.0.1:8080; access_log d.log default; access_log n.log none; access_log j.log json; }`)
	s.get("/%221%20%1B%1C%20%0A%09%C3%A9%7F\\%22?c=2")
	s.expect("d.log", `/\x221 \x1B\x1C \x0A\x09\xC3\xA9\x7F\x5C\x22-2`+"\n")
	s.expect("n.log", "/\"1 \x1B\x1C \n\t\xc3\xa9\x7f\\\"2\n")
	s.expect("j.log", `/\"1 \u001B\u001C \n\t`+"\xc3\xa9\x7f"+`\\\"2`+"\n")
}

func TestALostSyslogLineIsInTheErrorLogTwice(t *testing.T) {
	s := serve(t, `server { listen 127.0.0.1:8080; access_log syslog:server=unix:/nonexistent/socket; }`)
	s.get("/")
	want := regexp.MustCompile(`(?m)\[alert\] \d+#\d+: connect\(\) failed \(2: No such file or directory\) while logging to syslog, server: unix:/nonexistent/socket
.*\[warn\] \d+#\d+: \*1 send\(\) to syslog failed while logging request, client: 127\.0\.0\.1, server: , request: "GET / HTTP/1\.0"$`)
	if got := s.content("error.log"); !want.MatchString(got) {
		t.Errorf("%q", got)
	}
}

func TestConditionsSeveralLogsAndInheritance(t *testing.T) {
	s := serve(t, `log_format u $uri:$status;
		access_log outer.log u;
		server { listen 127.0.0.1:8080;
			location /if { access_log if.log u if=$arg_a$arg_b; }
			location /two { access_log a.log u; access_log b.log "u"; }
			location /plain { }
		}`)
	for _, target := range []string{
		"/if", "/if/empty?a=", "/if/zero?a=0", "/if/zeros?a=0&b=0", "/if/one?b=x", "/two", "/plain", "/if/both?a=0&b=1",
	} {
		s.get(target)
	}
	s.expect("if.log", "/if/zeros:404\n/if/one:404\n/if/both:404\n")
	s.expect("a.log", "/two:404\n")
	s.expect("b.log", "/two:404\n")
	s.expect("outer.log", "/plain:404\n")
}

func TestBufferHoldsLinesUntilItIsFullOrTheLogIsReopened(t *testing.T) {
	s := serve(t, `log_format u $uri;
		server { listen 127.0.0.1:8080; access_log b.log u buffer=20; location /same { access_log b.log u; } }`)
	s.get("/1234567")
	s.get("/same")
	s.expect("b.log", "")
	s.get("/12345678")
	s.expect("b.log", "/1234567\n/same\n")
	s.get("/a-line-longer-than-the-buffer")
	s.expect("b.log", "/1234567\n/same\n/12345678\n/a-line-longer-than-the-buffer\n")
	s.get("/last")
	if err := os.Rename(filepath.Join(s.dir, "b.log"), filepath.Join(s.dir, "b.old")); err != nil {
		t.Fatal(err)
	}
	s.files.Reopen(func(err error) { t.Error(err) })
	s.get("/new")
	s.end()
	s.expect("b.old", "/1234567\n/same\n/12345678\n/a-line-longer-than-the-buffer\n/last\n")
	s.expect("b.log", "/new\n")
}

func TestGzipWritesMembers(t *testing.T) {
	s := serve(t, `log_format u $uri;
		server { listen 127.0.0.1:8080; access_log z.log u gzip buffer=10; }`)
	s.get("/123456")
	s.get("/abcdef")
	s.end()
	raw := s.content("z.log")
	z, err := gzip.NewReader(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil || string(plain) != "/123456\n/abcdef\n" {
		t.Errorf("%q, %v", plain, err)
	}
	if n := bytes.Count([]byte(raw), []byte{0x1f, 0x8b, 8}); n != 2 {
		t.Errorf("%d members", n)
	}
}

func TestNamesWithVariables(t *testing.T) {
	s := serve(t, `log_format u $uri;
		server { listen 127.0.0.1:8080;
			location / { access_log v_$arg_n u; }
			location /no { root nowhere; access_log w_$arg_n u; }
			location /deep { access_log nodir/v_$arg_n u; }
		}`)
	s.get("/a?n=1")
	s.get("/b?n=1")
	s.get("/no?n=1")
	s.get("/deep?n=1")
	s.expect("v_1", "/a\n/b\n")
	if _, err := os.Stat(filepath.Join(s.dir, "w_1")); err == nil {
		t.Error("written without a document root")
	}
	log := s.content("error.log")
	for _, want := range []string{
		`[error] `, `testing "` + s.dir + `/nowhere" existence failed (2: No such file or directory)`,
		`[crit] `, `open() "` + s.dir + `/nodir/v_1" failed (2: No such file or directory)`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("error log lacks %q: %s", want, log)
		}
	}
}

// The course of nginx-tests/access_log.t: what is in the cache can be written even when its directory has been renamed.
func TestOpenLogFileCacheKeepsWhatIsUsedOften(t *testing.T) {
	s := serve(t, `log_format u $uri; open_log_file_cache max=3 inactive=20s valid=1m min_uses=2;
		server { listen 127.0.0.1:8080; access_log dir/$arg_n u; }`)
	dir := filepath.Join(s.dir, "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"lru", "lru", "once", "first", "first", "second", "second"} {
		s.get("/x?n=" + n)
	}
	if err := os.Rename(dir, dir+"_moved"); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"lru", "once", "first", "second"} {
		s.get("/x?n=" + n)
	}
	for name, lines := range map[string]int{"lru": 2, "once": 1, "first": 3, "second": 3} {
		s.expect("dir_moved/"+name, strings.Repeat("/x\n", lines))
	}
}
