package errlog

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/config"
)

// contexts declares the blocks that the tests stand in.
type contexts struct {
	HTTP     blockOf `nginx:"http" in:"main" block:"yes" args:"0"`
	Server   blockOf `nginx:"server" in:"http" block:"yes" args:"0"`
	Location blockOf `nginx:"location" in:"server" block:"yes" args:"1"`
	Events   blockOf `nginx:"events" in:"main" block:"yes" args:"0"`
}

type blockOf struct{}

func (*blockOf) Parse(c *config.Call) error {
	kind, _ := config.ParseContexts(c.Name)
	_, err := c.Enter(kind, nil)
	return err
}

var contextsConf = config.Declare[contexts]("contexts")

func load(t *testing.T, text, errorLog string) (*config.Config, string, error) {
	t.Helper()
	dir := t.TempDir() + "/"
	if err := os.WriteFile(dir+"nginx.conf", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.NewRegistry(contextsConf, Conf), config.LoadOptions{
		Prefix: dir, ConfPrefix: dir, File: dir + "nginx.conf", ErrorLog: errorLog,
	})
	return c, dir, err
}

func TestErrorLogMistakes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"error_log;", `invalid number of arguments in "error_log" directive in DIR/nginx.conf:1`},
		{"error_log x loud;", `invalid log level "loud" in DIR/nginx.conf:1`},
		{"error_log x\nwarn\nerror;", `duplicate log level "error" in DIR/nginx.conf:3`},
		{"error_log x debug_http warn;", `duplicate log level "warn" in DIR/nginx.conf:1`},
		{"error_log x warn debug_http;", `invalid log level "debug_http" in DIR/nginx.conf:1`},
		{"error_log syslog:facility=user;", `no syslog server specified in DIR/nginx.conf:1`},
		{"error_log memory:10;", `invalid buffer size "10" in DIR/nginx.conf:1`},
		{"error_log memory:x;", `invalid buffer size "x" in DIR/nginx.conf:1`},
		{"events { error_log x; }", `"error_log" directive is not allowed here in DIR/nginx.conf:1`},
	} {
		_, dir, err := load(t, c.text, "error.log")
		want := strings.ReplaceAll(c.want, "DIR/", dir)
		if err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", c.text, err, want)
		}
	}
}

// thresholds prints a log as `name:level …`, most talkative first.
func thresholds(l *Log, dir string) string {
	var out []string
	for _, t := range l.targets {
		name := "?"
		switch s := t.sink.(type) {
		case *File:
			if name = strings.TrimPrefix(s.name, dir); name == "" {
				name = "stderr"
			}
		case *Syslog:
			name = "syslog"
		case *Ring:
			name = "memory"
		}
		out = append(out, name+":"+t.level.String())
	}
	return strings.Join(out, " ")
}

func TestErrorLogInheritance(t *testing.T) {
	c, dir, err := load(t, `
http {
    server {
        location /own { error_log own warn; error_log own; error_log stderr emerg; error_log more info; }
        location /inherits { }
    }
    server { error_log server debug_http debug_event; location /x { } }
}
error_log late crit;
error_log memory:8k;
error_log syslog:server=127.0.0.1:9 notice;
`, "default.log")
	if err != nil {
		t.Fatal(err)
	}
	main := "syslog:notice memory:error late:crit"
	http := c.Main.Children[0]
	for _, w := range []struct {
		b    *config.Block
		want string
	}{
		{c.Main, main},
		{http, main},
		{http.Children[0], main},
		{http.Children[0].Children[0], "more:info own:warn own:error stderr:emerg"},
		{http.Children[0].Children[1], main},
		{http.Children[1], "server:debug"},
		{http.Children[1].Children[0], "server:debug"},
	} {
		if got := thresholds(Of(w.b), dir); got != w.want {
			t.Errorf("%v: %s, want %s", w.b.Kind, got, w.want)
		}
	}
	if got := strings.Join(FilesOf(c.Main).Names(), " "); got != dir+"own "+dir+"more "+dir+"server "+dir+"late" {
		t.Errorf("files %s", got)
	}
}

func TestDefaultLog(t *testing.T) {
	for _, c := range []struct{ text, errorLog, want string }{
		{"", "logs/error.log", "logs/error.log:error"},
		{"", "", "stderr:error"},
		{"error_log syslog:server=127.0.0.1:9 info;", "e.log", "syslog:info e.log:error"},
		{"error_log memory:8k;", "e.log", "memory:error e.log:error"},
		{"error_log stderr;", "e.log", "stderr:error"},
		{"http { error_log x; }", "e.log", "e.log:error"},
	} {
		conf, dir, err := load(t, c.text, c.errorLog)
		if err != nil {
			t.Fatal(err)
		}
		if got := thresholds(Of(conf.Main), dir); got != c.want {
			t.Errorf("%q with -e %q: %s, want %s", c.text, c.errorLog, got, c.want)
		}
	}
}

func TestAbsoluteNamesStay(t *testing.T) {
	name := filepath.Join(t.TempDir(), "abs.log")
	c, _, err := load(t, "error_log "+name+";", "e")
	if err != nil {
		t.Fatal(err)
	}
	if got := FilesOf(c.Main).Names(); len(got) != 1 || got[0] != name {
		t.Errorf("names %q", got)
	}
}

func TestDebugConnectionNamesClients(t *testing.T) {
	c, _, err := load(t, "events { debug_connection 127.0.0.1; debug_connection 10.1.0.0/16; debug_connection 10.2.3.4/16; debug_connection ::1; }", "e")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) != 1 || c.Warnings[0].Text != "low address bits of 10.2.3.4/16 are meaningless" {
		t.Errorf("warnings %v", c.Warnings)
	}
	d := DebugOf(c)
	for ip, want := range map[string]bool{
		"127.0.0.1": true, "127.0.0.2": false, "10.1.2.3": true, "10.2.9.9": true, "10.3.0.1": false, "::1": true, "::2": false,
		"::ffff:127.0.0.1": true,
	} {
		if got := d.Match(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %t, want %t", ip, got, want)
		}
	}
	if d.Match(netip.Addr{}) {
		t.Error("a unix socket was not named")
	}
	if _, _, err := load(t, "events { debug_connection no.such.host.invalid; }", "e"); err == nil ||
		!strings.Contains(err.Error(), `host not found in debug_connection "no.such.host.invalid"`) {
		t.Errorf("an unknown host: %v", err)
	}
}

func TestVerboseLogTakesEverything(t *testing.T) {
	k := &keep{}
	l := logTo(Alert, k)
	l.Write(Debug, 1, []byte("quiet"))
	l.Verbose().Write(Debug, 1, []byte("loud"))
	if len(k.writes) != 1 || !strings.Contains(k.writes[0], "[debug]") || !strings.HasSuffix(k.writes[0], "loud\n") {
		t.Errorf("writes %q", k.writes)
	}
}
