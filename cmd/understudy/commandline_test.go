package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// commandLines are recorded from nginx 1.22.1, run in the folder that `lines` makes. Where nginx is installed it is
// asked again, so that the record cannot drift.
var commandLines = []struct {
	args string // separated by |
	want result
}{
	{"-x", result{"", "nginx: invalid option: \"x\"\n", 1}},
	{"-tx", result{"", "nginx: invalid option: \"x\"\n", 1}},
	{"-c", result{"", "nginx: option \"-c\" requires file name\n", 1}},
	{"-tc", result{"", "nginx: option \"-c\" requires file name\n", 1}},
	{"-p", result{"", "nginx: option \"-p\" requires directory name\n", 1}},
	{"-e", result{"", "nginx: option \"-e\" requires file name\n", 1}},
	{"-g", result{"", "nginx: option \"-g\" requires parameter\n", 1}},
	{"-s", result{"", "nginx: option \"-s\" requires parameter\n", 1}},
	{"-s|foo", result{"", "nginx: invalid option: \"-s foo\"\n", 1}},
	{"-sfoo", result{"", "nginx: invalid option: \"-s foo\"\n", 1}},
	{"-s|", result{"", "nginx: invalid option: \"-s \"\n", 1}},
	{"foo", result{"", "nginx: invalid option: \"foo\"\n", 1}},
	{"help", result{"", "nginx: invalid option: \"help\"\n", 1}},
	{"-t|foo", result{"", "nginx: invalid option: \"foo\"\n", 1}},
	{"", result{"", "nginx: invalid option: \"\"\n", 1}},
	{"--help", result{"", "nginx: invalid option: \"-\"\n", 1}},
	{"-t|-p|.|-c|good.conf|-e|e.log", ok("./good.conf")},
	{"-tp|./|-cgood.conf|-ee.log", ok("./good.conf")},
	{"-t|-pDIR|-cgood.conf|-ee.log", ok("DIR/good.conf")},
	{"-t|-p|DIR/|-c|DIR/good.conf|-e|e.log", ok("DIR/good.conf")},
	{"-t|-p||-c|good.conf|-e|e.log", ok("good.conf")},
	{"-tqp|.|-c|good.conf|-e|e.log", result{"", "", 0}},
	{"-qt|-p|.|-c|good.conf|-e|e.log", result{"", "", 0}},
	{"-s|stop|-t|-p|.|-c|good.conf|-e|e.log", ok("./good.conf")},
	{"-T|-p|.|-c|good.conf|-e|e.log", result{"# configuration file ./good.conf:\nevents { }\npid p.pid;\ninclude more;\n\n# configuration file ./more:\nhttp { }\n", ok("./good.conf").stderr, 0}},
	{"-Tq|-p|.|-c|bad.conf|-e|e.log", result{"", "nginx: [emerg] unknown directive \"wrong\" in ./bad.conf:2\nnginx: configuration file ./bad.conf test failed\n", 1}},
	{"-t|-p|.|-c|none.conf|-e|e.log", result{"", "nginx: [emerg] open() \"./none.conf\" failed (2: No such file or directory)\nnginx: configuration file ./none.conf test failed\n", 1}},
	{"-p|.|-c|none.conf|-e|e.log", result{"", "nginx: [emerg] open() \"./none.conf\" failed (2: No such file or directory)\n", 1}},
	{"-p|.|-c|bad.conf|-e|e.log", result{"", "nginx: [emerg] unknown directive \"wrong\" in ./bad.conf:2\n", 1}},
	{"-t|-p|.|-c|empty.conf|-e|e.log", result{"", "nginx: the configuration file ./empty.conf syntax is ok\nnginx: [emerg] no \"events\" section in configuration\nnginx: configuration file ./empty.conf test failed\n", 1}},
	{"-t|-p|.|-c|good.conf|-e|no/e.log", result{"", "nginx: [alert] could not open error log file: open() \"./no/e.log\" failed (2: No such file or directory)\n" +
		"nginx: the configuration file ./good.conf syntax is ok\nTIME [emerg] PID#PID: open() \"./no/e.log\" failed (2: No such file or directory)\nnginx: configuration file ./good.conf test failed\n", 1}},
	{"-t|-p|.|-c|none.conf|-e|stderr", result{"", "TIME [emerg] PID#PID: open() \"./none.conf\" failed (2: No such file or directory)\nnginx: configuration file ./none.conf test failed\n", 1}},
	{"-t|-p|.|-c|events.conf|-e|e.log|-g|pid no/p;", result{"", "nginx: the configuration file ./events.conf syntax is ok\nnginx: [emerg] open() \"./no/p\" failed (2: No such file or directory)\nnginx: configuration file ./events.conf test failed\n", 1}},
	{"-t|-p|.|-c|events.conf|-e|e.log|-g|pid p.pid; error_log no/e;", result{"", "nginx: the configuration file ./events.conf syntax is ok\nnginx: [emerg] open() \"./no/e\" failed (2: No such file or directory)\nnginx: configuration file ./events.conf test failed\n", 1}},
	{"-t|-p|.|-c|many.conf|-e|e.log|-g|error_log e.log warn; worker_rlimit_nofile 1000000000;", result{"", "nginx: the configuration file ./many.conf syntax is ok\nnginx: [warn] 2000000000 worker_connections exceed open file resource limit: 1000000000\nnginx: configuration file ./many.conf test is successful\n", 0}},
	{"-t|-p|.|-c|many.conf|-e|e.log|-g|error_log e.log warn; worker_rlimit_nofile 2000000000;", ok("./many.conf")},
	{"-t|-p|.|-c|empty.conf|-e|e.log|-g|wrong;", result{"", "nginx: [emerg] unknown directive \"wrong\" in command line\nnginx: configuration file ./empty.conf test failed\n", 1}},
	{"-t|-p|.|-c|empty.conf|-e|e.log|-g|error_log x loud;", result{"", "nginx: [emerg] invalid log level \"loud\" in command line\nnginx: configuration file ./empty.conf test failed\n", 1}},
	{"-s|reload|-p|.|-c|events.conf|-e|e.log|-g|pid none.pid;", result{"", "nginx: [error] open() \"./none.pid\" failed (2: No such file or directory)\n", 1}},
	{"-s|reload|-p|.|-c|events.conf|-e|e.log|-g|pid empty.pid;", result{"", "nginx: [error] invalid PID number \"\" in \"./empty.pid\"\n", 1}},
	{"-s|quit|-p|.|-c|events.conf|-e|e.log|-g|pid word.pid;", result{"", "nginx: [error] invalid PID number \"abc\" in \"./word.pid\"\n", 1}},
	{"-s|stop|-p|.|-c|events.conf|-e|e.log|-g|pid gone.pid;", result{"", "nginx: [alert] kill(99999999, 15) failed (3: No such process)\n", 1}},
	{"-s|reopen|-p|.|-c|events.conf|-e|stderr|-g|pid gone.pid;", result{"", "TIME [notice] PID#PID: signal process started\nTIME [alert] PID#PID: kill(99999999, 10) failed (3: No such process)\n", 1}},
	{"-s|reload|-p|.|-c|bad.conf|-e|e.log", result{"", "nginx: [emerg] unknown directive \"wrong\" in ./bad.conf:2\n", 1}},
}

func ok(conf string) result {
	return result{"", "nginx: the configuration file " + conf + " syntax is ok\nnginx: configuration file " + conf + " test is successful\n", 0}
}

func lines(t *testing.T) string {
	return folder(t, map[string]string{
		"good.conf":   "events { }\npid p.pid;\ninclude more;\n",
		"more":        "http { }",
		"bad.conf":    "events { }\nwrong;\n",
		"many.conf":   "events { worker_connections 2000000000; }\npid p.pid;\n",
		"empty.conf":  "",
		"events.conf": "events { }\n",
		"empty.pid":   "",
		"word.pid":    "abc\n",
		"gone.pid":    "99999999\n",
	})
}

var changing = regexp.MustCompile(`\d{4}/\d\d/\d\d \d\d:\d\d:\d\d (\[\w+\]) \d+#\d+:`)

// stable replaces what differs from run to run.
func stable(r result, dir string) result {
	r.stderr = changing.ReplaceAllString(strings.ReplaceAll(r.stderr, dir, "DIR"), "TIME $1 PID#PID:")
	r.stdout = strings.ReplaceAll(r.stdout, dir, "DIR")
	return r
}

func TestCommandLineIsNginxs(t *testing.T) {
	programs := map[string]string{"understudy": binary}
	if path, err := exec.LookPath("nginx"); err == nil {
		programs["nginx"] = path
	}
	for name, program := range programs {
		for _, c := range commandLines {
			t.Run(name+" "+c.args, func(t *testing.T) {
				dir := lines(t)
				args := strings.Split(strings.ReplaceAll(c.args, "DIR", dir), "|")
				if got := stable(call(t, dir, program, args...), dir); got != c.want {
					t.Errorf("\n got %+v\nwant %+v", got, c.want)
				}
			})
		}
	}
}

func TestVersion(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-v", `^nginx version: nginx/1\.31\.5 \(understudy \d+\.\d+\.\d+\)\n$`},
		{"-V", `^nginx version: nginx/1\.31\.5 \(understudy [\d.]+\)\nbuilt with go[^\n]*\n(TLS SNI support enabled\n)?configure arguments: --prefix=\S+ --conf-path=\S+ --error-log-path=\S+ --pid-path=\S+ --http-log-path=\S+( --with\S+)*\n$`},
		{"-h", `^nginx version: [^\n]*\nUsage: nginx \[-\?hvVtTq\] \[-s signal\] \[-p prefix\]\n`},
		{"-?", `^nginx version: [^\n]*\nUsage: nginx `},
	} {
		got := call(t, t.TempDir(), binary, c.args)
		if !regexp.MustCompile(c.want).MatchString(got.stderr) || got.stdout != "" || got.code != 0 {
			t.Errorf("%s: %+v does not match %s", c.args, got, c.want)
		}
	}
}

func TestConfigureArgumentsAreTrue(t *testing.T) {
	r := registry(plain)
	for _, list := range [][]feature{builtIn, onDemand, builtInStream, builtInMail} {
		for _, f := range list {
			if !strings.HasPrefix(f.module, "ngx_") || !strings.HasPrefix(f.argument, "--with") {
				t.Errorf("row %v", f)
			}
		}
	}
	got := " " + strings.Join(configureArguments(r), " ") + " "
	for _, f := range builtIn {
		if strings.Contains(got, " "+f.argument+" ") == hasModule(r, f.module) {
			t.Errorf("%s is said to be missing: %v", f.module, !hasModule(r, f.module))
		}
	}
	for _, f := range onDemand {
		if strings.Contains(got, " "+f.argument+" ") != hasModule(r, f.module) {
			t.Errorf("%s is said to be there: %v", f.module, !hasModule(r, f.module))
		}
	}
	if !strings.Contains(got, " --with-debug ") {
		t.Error("debug lines are written, but not said to be")
	}
}

func TestThroughALinkNamedNginx(t *testing.T) {
	dir := lines(t)
	link := filepath.Join(dir, "nginx")
	if err := os.Symlink(binary, link); err != nil {
		t.Fatal(err)
	}
	if got := stable(call(t, dir, link, "-t", "-p", ".", "-c", "good.conf", "-e", "e.log"), dir); got != ok("./good.conf") {
		t.Errorf("%+v", got)
	}
}

func TestHintsFollowNginxsLine(t *testing.T) {
	dir := folder(t, map[string]string{"nginx.conf": "events { }\nworker_proceses 2;\n"})
	args := []string{"-t", "-p", ".", "-c", "nginx.conf", "-e", "e.log"}
	without := call(t, dir, binary, args...)
	with := call(t, dir, binary, append(args, "--hints")...)
	first := "nginx: [emerg] unknown directive \"worker_proceses\" in ./nginx.conf:2\n"
	last := "nginx: configuration file ./nginx.conf test failed\n"
	if without.stderr != first+last {
		t.Errorf("without: %q", without.stderr)
	}
	between, found := strings.CutPrefix(with.stderr, first)
	if !found || !strings.HasSuffix(between, last) || !strings.Contains(between, "worker_proceses 2;\n") || !strings.Contains(between, "^") {
		t.Errorf("with: %q", with.stderr)
	}
}

// TestWhatNginxWouldTakeIsToldWithoutATerminal: nginx's line alone would say that the configuration is wrong.
func TestWhatNginxWouldTakeIsToldWithoutATerminal(t *testing.T) {
	const last = "nginx: configuration file ./nginx.conf test failed\n"
	yet := "nginx: [notice] hint: known to nginx, not supported by " + own() + " yet\n"
	for _, c := range []struct{ name, conf, line, hint string }{
		{"a directive", "events { }\nhttp { server { location / { slice 1m; } } }", `unknown directive "slice" in ./nginx.conf:2`,
			"nginx: [notice] hint: known to nginx (http, server, location), not supported by " + own() + " yet\n"},
		{"a block", "mail { }", `unknown directive "mail" in ./nginx.conf:1`, "nginx: [notice] hint: known to nginx (main), not supported by " + own() + " yet\n"},
		{"a directive of another module", "events { }\nhttp { js_import a; }", `unknown directive "js_import" in ./nginx.conf:2`,
			"nginx: [notice] hint: belongs to ngx_http_js_module, which is not part of nginx; not supported by " + own() + "\n"},
		{"a parameter", "events { }\nhttp { server { listen 443 ssl; } }", `invalid parameter "ssl" in ./nginx.conf:2`, yet},
		{"a parameter in stream", "events { }\nstream { server { listen 53 udp; } }", `invalid parameter "udp" in ./nginx.conf:2`, yet},
		{"a variable", "events { }\nhttp { log_format a $ssl_protocol; server { } }", `unknown "ssl_protocol" variable`,
			"nginx: [notice] hint: $ssl_protocol is used in ./nginx.conf:2; known to nginx (ngx_http_ssl_module and ngx_stream_ssl_module), not supported by understudy yet\n"},
		{"a module", "load_module /no/such_module.so;",
			`dlopen() "/no/such_module.so" failed (/no/such_module.so: cannot open shared object file: No such file or directory) in ./nginx.conf:1`,
			"nginx: [notice] hint: " + own() + " has no module such_module; remove the line if nothing of it is used\n"},
		{"what is wrong in nginx too", "events { }\nhttp { gzp on; }", `unknown directive "gzp" in ./nginx.conf:2`, ""},
		{"what nginx has dropped", "events { }\nhttp { ssl on; }", `unknown directive "ssl" in ./nginx.conf:2`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"nginx.conf": c.conf + "\n"})
			args := []string{"-t", "-p", ".", "-c", "nginx.conf", "-e", "e.log"}
			line := "nginx: [emerg] " + c.line + "\n"
			if got := call(t, dir, binary, args...); got.code != 1 || got.stderr != line+c.hint+last {
				t.Errorf("%d %s", got.code, got.stderr)
			}
			if got := call(t, dir, binary, append(args, "--no-hints")...); got.stderr != line+last {
				t.Errorf("with --no-hints: %s", got.stderr)
			}
		})
	}
}

func own() string { return "understudy " + ownVersion }

func TestTestOpensAddressesAndLeavesNoSocketBehind(t *testing.T) {
	dir := folder(t, nil)
	conf := "events { }\npid p.pid;\nhttp { client_body_temp_path b; proxy_temp_path p; server { listen unix:" + dir + "/s.sock; } server { listen unix:" + dir + "/no/s.sock; } }\n"
	if err := os.WriteFile(dir+"/nginx.conf", []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	got := call(t, dir, binary, "-tq", "-p", dir, "-c", "nginx.conf", "-e", "e.log")
	want := "nginx: [emerg] bind() to unix:" + dir + "/no/s.sock failed (2: No such file or directory)\nnginx: configuration file " + dir + "/nginx.conf test failed\n"
	if got.stderr != want || got.code != 1 {
		t.Errorf("%q, want %q", got.stderr, want)
	}
	if _, err := os.Stat(dir + "/s.sock"); !os.IsNotExist(err) {
		t.Errorf("socket left: %v", err)
	}
	if info, err := os.Stat(dir + "/p.pid"); err != nil || info.Size() != 0 {
		t.Errorf("pid file: %v, %v", info, err)
	}
}
