package config_test

import (
	"errors"
	"strings"
	"testing"

	"understudy/config"
	"understudy/parser"
)

func TestHintsSayWhatToDo(t *testing.T) {
	in := func(body string) string { return "events {}\nhttp {\n" + body + "\n}\n" }
	for _, one := range []struct{ name, conf, text, hint string }{
		{"near name", in("sendfil on;"), `unknown directive "sendfil"`, `did you mean "sendfile"?`},
		{"swapped letters", in("gizp on;"), `unknown directive "gizp"`, `did you mean "gzip"?`},
		{"upper case", in("Sendfile on;"), `unknown directive "Sendfile"`, `did you mean "sendfile"?`},
		{"name of another context is not proposed", in("worker_proceses 1;"), `unknown directive "worker_proceses"`, ""},
		{"nothing near", in("zzzzzzzz 1;"), `unknown directive "zzzzzzzz"`, ""},
		{"known to nginx", in("geo $a {\n}"), `unknown directive "geo"`, "known to nginx (http), not supported by understudy 0.1.0 yet"},
		{"known to nginx, misplaced", in("fastcgi_pass a;"), `"fastcgi_pass" directive is not allowed here`, "it may stand in: location, if in location"},
		{"misplaced", in("worker_processes 1;"), `"worker_processes" directive is not allowed here`, "it may stand in: main"},
		{"fragment of a site", "server {\n}\n", `"server" directive is not allowed here`, "run one that says: events { } http { include FILE; }"},
		{"commercial", in("session_log_zone a;"), `unknown directive "session_log_zone"`,
			"belongs to NGINX Plus (ngx_http_session_log_module), not to nginx; not supported by understudy 0.1.0"},
		{"foreign", in("more_set_headers a;"), `unknown directive "more_set_headers"`,
			"belongs to ngx_http_headers_more_filter_module, which is not part of nginx; not supported by understudy 0.1.0"},
		{"lua block", in("init_by_lua_block { a }"), `unknown directive "init_by_lua_block"`, "belongs to ngx_http_lua_module, "},
		{"removed", in("ssl on;"), `unknown directive "ssl"`, "no longer has it; write `ssl` behind the port instead: `listen 443 ssl;`"},
		{"semicolon before a directive", in("sendfile on\nkeepalive_requests 10;"), `invalid number of arguments in "sendfile" directive`,
			`a ";" is missing at the end of line 3, behind "sendfile on"`},
		{"semicolon before a block", in("default_type\n a\nserver {\n}"), `directive "default_type" is not terminated by ";"`,
			`a ";" is missing at the end of line 4, behind "default_type a"`},
		{"semicolon before an undeclared directive", in("sendfile on\nuwsgi_pass a;"), `invalid number of arguments in "sendfile" directive`,
			`a ";" is missing at the end of line 3`},
		{"a quoted name is a value", in("sendfile on\n'gzip' on;"), `invalid number of arguments in "sendfile" directive`, ""},
		{"a name on the same line is a value", in("sendfile gzip on;"), `invalid number of arguments in "sendfile" directive`, ""},
		{"semicolon behind a block's head", in("server a\n gzip on {\n}"), `invalid number of arguments in "server" directive`,
			`a ";" is missing at the end of line 3, behind "server a"`},
		{"enum", in("lingering_close alway;"), `invalid value "alway"`, `did you mean "always"?`},
		{"enum, nothing near", in("lingering_close x;"), `invalid value "x"`, "one of: off, on, always"},
		{"inner errors keep their place", in("server\n gzip {\n}"), `invalid number of arguments in "server" directive`, `behind "server"`},
	} {
		t.Run(one.name, func(t *testing.T) {
			_, _, err := load(t, one.conf)
			var e *parser.Error
			if !errors.As(err, &e) {
				t.Fatalf("%v", err)
			}
			if e.Text != one.text {
				t.Errorf("text %s, want %s", e.Text, one.text)
			}
			if one.hint == "" && e.Hint != "" || !strings.Contains(e.Hint, one.hint) {
				t.Errorf("hint %q, want %q", e.Hint, one.hint)
			}
		})
	}
}

func TestRenderShowsLineCaretAndHint(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, one := range []struct {
		name string
		err  parser.Error
		line string
		want string
	}{
		{"caret under the name", parser.Error{Line: 12, Column: 5, Hint: `did you mean "proxy_pass"?`}, "    proxy_pas http://a;",
			" 12 |     proxy_pas http://a;\n    |     ^~~~~~~~~\n hint: did you mean \"proxy_pass\"?\n"},
		{"tabs keep the caret in place", parser.Error{Line: 3, Column: 2}, "\tfoo;", " 3 |     foo;\n   |     ^~~\n"},
		{"no column: first word", parser.Error{Line: 3}, "  } else", " 3 |   } else\n   |   ^\n"},
		{"bytes that are not text", parser.Error{Line: 1, Column: 4}, "é\xff foo", " 1 | é\uFFFD foo\n   |   ^\n"},
		{"only a hint", parser.Error{Hint: "a\nb"}, "", " hint: a\uFFFDb\n"},
		{"nothing to say", parser.Error{}, "", ""},
		{"blank line", parser.Error{Line: 1}, "   ", ""},
		{"column behind the end", parser.Error{Line: 1, Column: 99}, "a b", " 1 | a b\n   | ^\n"},
	} {
		t.Run(one.name, func(t *testing.T) {
			if got := config.Render(&one.err, one.line, false); got != one.want {
				t.Errorf("\n got %q\nwant %q", got, one.want)
			}
		})
	}
	got := config.Render(&parser.Error{Line: 1, Column: 200, Hint: "h"}, long[:190]+" word "+long, false)
	for line := range strings.Lines(got) {
		if len([]rune(line)) > 130 {
			t.Errorf("line of %d characters", len([]rune(line)))
		}
	}
	if colored := config.Render(&parser.Error{Line: 1, Column: 1, Hint: "h"}, "a;", true); !strings.Contains(colored, "\x1b[1;31m^\x1b[0m") {
		t.Errorf("no colour: %q", colored)
	}
}

func TestLinesOfFilesCanBeShown(t *testing.T) {
	c, file, err := load(t, "events {}\n\tfoo;\r\n")
	var e *parser.Error
	if !errors.As(err, &e) || e.Line != 2 || e.Column != 2 {
		t.Fatalf("%+v", e)
	}
	if line, ok := c.Line(file, 2); !ok || line != "\tfoo;" {
		t.Errorf("%q", line)
	}
	if len(c.Files) != 1 || c.Files[0].Path != file {
		t.Errorf("files: %v", c.Files)
	}
}

func TestDirectivesListEverything(t *testing.T) {
	r := config.NewRegistry(httpModule, lateModule)
	states := map[string]config.DirectiveInfo{}
	for _, d := range r.Directives() {
		if _, twice := states[d.Name+d.Module]; twice {
			t.Errorf("%s of %s twice", d.Name, d.Module)
		}
		states[d.Name+d.Module] = d
	}
	for key, want := range map[string]config.Status{
		"sendfilengx_http_core_module": config.Supported, "listenngx_http_core_module": config.Accepted,
		"fastcgi_passngx_http_fastcgi_module": config.NotSupported, "echongx_http_echo_module": config.NotSupported,
	} {
		if got, ok := states[key]; !ok || got.Status != want {
			t.Errorf("%s: %+v", key, got)
		}
	}
	if d := states["sendfilengx_http_core_module"]; d.Syntax != "on | off" || d.Default != "off" || d.Args != "1" {
		t.Errorf("%+v", d)
	}
	if len(states) < 1000 {
		t.Errorf("only %d", len(states))
	}
}

func TestDifferencesComparesDeclarationsWithNginx(t *testing.T) {
	type wrong struct {
		A config.Flag   `nginx:"gzip" in:"http upstream"`
		B config.String `nginx:"keepalive_disable" in:"http server location"`
		C config.Flag   `nginx:"no_such" in:"main"`
	}
	m := config.Declare[wrong]("ngx_wrong")
	got := strings.Join(config.NewRegistry(m).Differences(), "\n")
	want := `ngx_wrong: gzip: nginx does not allow it in: upstream
ngx_wrong: gzip: nginx allows it in: server, location, if in location
ngx_wrong: keepalive_disable: takes 1-2 arguments in nginx, 1 here
ngx_wrong: no_such: nginx does not have it`
	if got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}

func TestTableHoldsNginx(t *testing.T) {
	for _, one := range []struct {
		name, module string
		in           config.Context
		args         string
		block        bool
		origin       config.Origin
	}{
		{"gzip", "ngx_http_gzip_filter_module", config.HTTP | config.Server | config.Location | config.If, "1", false, 0},
		{"if", "ngx_http_rewrite_module", config.Server | config.ServerIf | config.Location | config.If, "1+", true, 0},
		{"server", "ngx_http_upstream_module", config.Upstream, "1+", false, 0},
		{"server", "ngx_stream_core_module", config.Stream, "0", true, 0},
		{"user", "ngx_core_module", config.Main, "1-2", false, 0},
		{"worker_connections", "ngx_event_core_module", config.Events, "1", false, 0},
		{"include", "ngx_conf_module", config.AnyContext, "1", false, 0},
		{"imap_auth", "ngx_mail_imap_module", config.Mail | config.MailServer, "1+", false, 0},
		{"api", "ngx_http_api_module", config.Location, "any", false, config.Plus},
		{"js_import", "ngx_http_js_module", config.HTTP | config.Server | config.Location, "any", false, config.Foreign},
		{"ssl", "ngx_http_ssl_module", config.HTTP | config.Server, "any", false, config.Removed},
	} {
		found := false
		for _, k := range config.LookupTable(one.name) {
			if k.Module != one.module {
				continue
			}
			found = true
			// nginx marks some contexts that only the source knows (if in if); the documented ones must be there
			if k.In&one.in != k.In&(one.in|config.Main) || k.In&one.in == 0 || k.Block != one.block || k.Origin != one.origin {
				t.Errorf("%s: %+v", one.name, k)
			}
			if k.Args != one.args {
				t.Errorf("%s takes %s", one.name, k.Args)
			}
		}
		if !found {
			t.Errorf("no %s of %s", one.name, one.module)
		}
	}
	for i, k := range config.Table() {
		if i > 0 && config.Table()[i-1].Name > k.Name {
			t.Errorf("%s is out of order", k.Name)
		}
	}
	if config.LookupTable("zzz") != nil && len(config.LookupTable("zzz")) != 0 {
		t.Error("zzz is known")
	}
}

func TestWrongDeclarationsAreRefused(t *testing.T) {
	refused := func(name string, m config.AnyModule, want string) {
		t.Helper()
		defer func() {
			if text, _ := recover().(string); !strings.Contains(text, want) {
				t.Errorf("%s: %q, want %q", name, text, want)
			}
		}()
		config.NewRegistry(m)
	}
	refused("no option", config.Declare[struct {
		A int `nginx:"a" in:"main"`
	}]("m"), "int is no Option")
	refused("no contexts", config.Declare[struct {
		A config.Flag `nginx:"a" in:"nowhere"`
	}]("m"), `bad in:"nowhere"`)
	refused("no arity", config.Declare[struct {
		A own `nginx:"a" in:"main"`
	}]("m"), `bad args ""`)
	refused("ignored without a reason", config.Declare[struct {
		A config.Ignored `nginx:"a" in:"main" args:"1"`
	}]("m"), "ignored without a reason")
	refused("unknown tag", config.Declare[struct {
		A config.Flag `nginx:"a" in:"main" defualt:"on"`
	}]("m"), `unknown tag "defualt"`)
}
