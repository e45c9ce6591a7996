package upstream

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Lines of an http{}, beginning on line 3, and what nginx says: the text, then the line if it names one.
// later marks what Debian's 1.22.1 does not know yet; the rest is checked against it with -record.
var badConfigs = []struct {
	name  string
	lines string
	want  string
	later bool
}{
	{"no servers", "upstream u {\n}", "no servers are inside upstream:4", false},
	{"no primary server", "upstream u {\nserver 127.0.0.1 backup;\n}", `no servers in upstream "u":3`, false},
	{"no name", "upstream {\n}", `invalid number of arguments in "upstream" directive:3`, false},
	{"no block", "upstream u;", `directive "upstream" has no opening "{":3`, false},
	{"twice", "upstream u { server 127.0.0.1; }\nupstream u { server 127.0.0.1; }", `duplicate upstream "u":4`, false},
	{"twice, by case", "upstream u { server 127.0.0.1; }\nupstream U { server 127.0.0.1; }", `duplicate upstream "U":4`, false},
	{"port on a block", "upstream u { server 127.0.0.1; }\npass u:8080;", `upstream "u" may not have port 8080:4`, false},
	{"port before the block", "pass u:8080;\nupstream u { server 127.0.0.1; }", `upstream "u" may not have port 8080:3`, false},
	{"server outside", "upstream u { server 127.0.0.1; least_conn on; }", `invalid number of arguments in "least_conn" directive:3`, false},

	{"server without address", "upstream u {\nserver;\n}", `invalid number of arguments in "server" directive:4`, false},
	{"weight 0", "upstream u {\nserver 127.0.0.1 weight=0;\n}", `invalid parameter "weight=0":4`, false},
	{"weight empty", "upstream u {\nserver 127.0.0.1 weight=;\n}", `invalid parameter "weight=":4`, false},
	{"weight negative", "upstream u {\nserver 127.0.0.1 weight=-1;\n}", `invalid parameter "weight=-1":4`, false},
	{"weight too big", "upstream u {\nserver 127.0.0.1 weight=99999999999999999999;\n}", `invalid parameter "weight=99999999999999999999":4`, false},
	{"max_fails", "upstream u {\nserver 127.0.0.1 max_fails=x;\n}", `invalid parameter "max_fails=x":4`, false},
	{"max_conns", "upstream u {\nserver 127.0.0.1 max_conns=1k;\n}", `invalid parameter "max_conns=1k":4`, false},
	{"fail_timeout", "upstream u {\nserver 127.0.0.1 fail_timeout=10ms;\n}", `invalid parameter "fail_timeout=10ms":4`, false},
	{"unknown parameter", "upstream u {\nserver 127.0.0.1 foo;\n}", `invalid parameter "foo":4`, false},
	{"Plus parameter", "upstream u {\nserver 127.0.0.1 slow_start=30s;\n}", `invalid parameter "slow_start=30s":4`, false},
	{"down with a value", "upstream u {\nserver 127.0.0.1 down=1;\n}", `invalid parameter "down=1":4`, false},
	{"parameter before address", "upstream u {\nserver 127.0.0.1:0 foo;\n}", `invalid parameter "foo":4`, false},
	{"route empty", "upstream u {\nserver 127.0.0.1 route=;\n}", `route is empty:4`, true},
	{"route long", "upstream u {\nserver 127.0.0.1 route=123456789012345678901234567890123;\n}", `route is longer than 32:4`, true},
	{"resolve", "upstream u {\nserver 127.0.0.1 resolve;\n}", `invalid parameter "resolve":4`, false},

	{"port 0", "upstream u {\nserver 127.0.0.1:0;\n}", `invalid port in upstream "127.0.0.1:0":4`, false},
	{"port", "upstream u {\nserver 127.0.0.1:x;\n}", `invalid port in upstream "127.0.0.1:x":4`, false},
	{"path", "upstream u {\nserver 127.0.0.1/x;\n}", `invalid host in upstream "127.0.0.1/x":4`, false},
	{"scheme", "upstream u {\nserver http://127.0.0.1;\n}", `invalid host in upstream "http://127.0.0.1":4`, false},
	{"no host", "upstream u {\nserver :80;\n}", `no host in upstream ":80":4`, false},
	{"IPv6", "upstream u {\nserver [::x]:80;\n}", `invalid IPv6 address in upstream "[::x]:80":4`, false},
	{"bracket", "upstream u {\nserver [::1;\n}", `invalid host in upstream "[::1":4`, false},
	{"unix without path", "upstream u {\nserver unix:;\n}", `no path in the unix domain socket in upstream "unix:":4`, false},
	{"unknown host", "upstream u {\nserver no-such-host.invalid:80;\n}", `host not found in upstream "no-such-host.invalid:80":4`, false},
	{"unknown implicit host", "pass no-such-host.invalid;\n\n", `host not found in upstream "no-such-host.invalid":3`, false},
	{"unknown implicit host with port", "pass no-such-host.invalid:81;\n\n", `host not found in upstream "no-such-host.invalid":3`, false},
	{"invalid implicit port", "pass a:b;\n\n", `invalid port in upstream "a:b":3`, false},
	{"parsing goes before resolving", "pass no-such-host.invalid;\nupstream u { }", `no servers are inside upstream:4`, false},

	{"backup with ip_hash", "upstream u {\nip_hash;\nserver 127.0.0.1 backup;\n}", `balancing method does not support parameter "backup":5`, false},
	{"backup with hash", "upstream u {\nhash x;\nserver 127.0.0.1 backup;\n}", `balancing method does not support parameter "backup":5`, false},
	{"backup with random", "upstream u {\nrandom;\nserver 127.0.0.1 backup;\n}", `balancing method does not support parameter "backup":5`, false},
	{"hash parameter", "upstream u {\nhash x y;\nserver 127.0.0.1;\n}", `invalid parameter "y":4`, false},
	{"hash key", "upstream u {\nhash $;\nserver 127.0.0.1;\n}", `invalid variable name:4`, false},
	{"random parameter", "upstream u {\nrandom three;\nserver 127.0.0.1;\n}", `invalid parameter "three":4`, false},
	{"random second parameter", "upstream u {\nrandom two x;\nserver 127.0.0.1;\n}", `invalid parameter "x":4`, false},

	{"keepalive value", "upstream u {\nkeepalive x;\nserver 127.0.0.1;\n}", `invalid value "x" in "keepalive" directive:4`, false},
	{"keepalive twice", "upstream u {\nkeepalive 1;\nkeepalive 1;\nserver 127.0.0.1;\n}", `"keepalive" directive is duplicate:5`, false},
	{"keepalive parameter", "upstream u {\nkeepalive 1 global;\nserver 127.0.0.1;\n}", `invalid parameter "global":4`, true},
	{"keepalive_timeout twice", "upstream u {\nkeepalive_timeout 1;\nkeepalive_timeout 1;\nserver 127.0.0.1;\n}", `"keepalive_timeout" directive is duplicate:5`, false},
	{"keepalive_requests", "upstream u {\nkeepalive_requests x;\nserver 127.0.0.1;\n}", `"keepalive_requests" directive invalid number:4`, false},
	{"keepalive_time", "upstream u {\nkeepalive_time x;\nserver 127.0.0.1;\n}", `"keepalive_time" directive invalid value:4`, false},

	{"zone too small", "upstream u {\nzone z 1k;\nserver 127.0.0.1;\n}", `zone "z" is too small:4`, false},
	{"zone size", "upstream u {\nzone z 1x;\nserver 127.0.0.1;\n}", `invalid zone size "1x":4`, false},
	{"zone name", "upstream u {\nzone '' 64k;\nserver 127.0.0.1;\n}", `invalid zone name "":4`, false},
	{"zone without size", "upstream u {\nzone z;\nserver 127.0.0.1;\n}", `zero size shared memory zone "z"`, false},
	{"zone sizes", "upstream u { zone z 64k; server 127.0.0.1; }\nupstream v { zone z 65k; server 127.0.0.1; }",
		`the size 66560 of shared memory zone "z" conflicts with already declared size 65536:4`, false},
}

func TestConfigErrorsAreThoseOfNginx(t *testing.T) {
	for _, c := range badConfigs {
		t.Run(c.name, func(t *testing.T) {
			text := "events {}\nhttp {\n" + c.lines + "\n}\n"
			if *record && !c.later {
				if got := askTest(t, text); got != c.want {
					t.Errorf("nginx says %s\n    table %s", got, c.want)
				}
			}
			_, file, err := load(t, text)
			if err == nil {
				t.Fatalf("no error, want %s", c.want)
			}
			if got := strings.Replace(err.Error(), " in "+file, "", 1); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

var passLine = regexp.MustCompile(`pass (\S+);`)

// askTest gives what `nginx -t` says about a configuration.
func askTest(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	text = passLine.ReplaceAllString(text, "server { listen 127.0.0.1:18198; location / { proxy_pass http://$1; } }")
	os.WriteFile(file, []byte("pid "+dir+"/pid; error_log "+dir+"/error.log; "+text), 0o644)
	out, _ := exec.Command("nginx", "-t", "-p", dir, "-c", file).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if _, said, ok := strings.Cut(line, "[emerg] "); ok {
			said = said[strings.Index(said, ": ")+2:]
			return strings.Replace(strings.TrimSpace(said), " in "+file, "", 1)
		}
	}
	return string(out)
}

func TestLastBalancerCountsAndIsWarnedOf(t *testing.T) {
	c, file, err := load(t, "events {}\nhttp {\nupstream u {\nleast_conn;\nkeepalive 4;\nip_hash;\nserver 127.0.0.1;\n}\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) != 1 || c.Warnings[0].Error() != "load balancing method redefined in "+file+":6" {
		t.Errorf("warnings %v", c.Warnings)
	}
	g, _ := Find(stageConf.Of(c.Main).HTTP.block, "u")
	if _, ok := g.balancer.(ipHash); !ok {
		t.Errorf("balancer %T", g.balancer)
	}
}

func TestReferencesFindTheBlockWhereverItStands(t *testing.T) {
	b, s := httpOf(t, `
		pass early;
		pass 127.0.0.1:8080;
		upstream early { server 127.0.0.1:1; server 127.0.0.1:2; }
		upstream late { server 127.0.0.1:3; }
		pass LATE;
		pass 127.0.0.1:8080;
		pass 127.0.0.1:8081;
		pass unix:/tmp/x.sock;
		pass [::1] 443;
		pass localhost:7;
		pass unix:/tmp/x.sock;`)
	groups := s.Pass.groups
	for i, want := range []string{
		"127.0.0.1:1 127.0.0.1:2", "127.0.0.1:8080", "127.0.0.1:3", "127.0.0.1:8080", "127.0.0.1:8081", "unix:/tmp/x.sock", "[::1]:443",
	} {
		var got []string
		for _, p := range groups[i].Peers() {
			got = append(got, string(p.Name))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("pass %d: peers %q, want %s", i+1, got, want)
		}
	}
	if groups[1] != groups[3] || groups[1] == groups[4] || groups[5] != groups[8] {
		t.Error("one group stands for one address")
	}
	if g, ok := Find(b, "Late"); !ok || g != groups[2] {
		t.Error("Find takes no regard of case")
	}
	if _, ok := Find(b, "127.0.0.1"); ok {
		t.Error("Find knows blocks only")
	}
	if g, ok := Lookup(b, "late", 80, true); !ok || g != groups[2] {
		t.Error("Lookup without port finds the block")
	}
	if _, ok := Lookup(b, "late", 80, false); ok {
		t.Error("Lookup with a port finds no block")
	}
	if g, ok := Lookup(b, "127.0.0.1", 8081, false); !ok || g != groups[4] {
		t.Error("Lookup finds an implicit group by its port")
	}
	if n := len(All(b)); n != 7 {
		t.Errorf("%d groups", n)
	}
}

func TestKeepaliveIsOnUnlessTurnedOff(t *testing.T) {
	for lines, want := range map[string]keepalive{
		"":                   {32, true, 1000, 3600_000, 60e9},
		"keepalive 5;":       {5, false, 1000, 3600_000, 60e9},
		"keepalive 5 local;": {5, true, 1000, 3600_000, 60e9},
		"keepalive 0;":       {0, false, 1000, 3600_000, 60e9},
		"keepalive_requests 3; keepalive_time 5s; keepalive_timeout 10ms;": {32, true, 3, 5000, 10e6},
	} {
		if got := loadGroup(t, lines+" server 127.0.0.1;").keep; got != want {
			t.Errorf("%q: %+v", lines, got)
		}
	}
	_, s := httpOf(t, "pass 127.0.0.1;")
	if s.Pass.groups[0].keep.max != 0 {
		t.Error("an implicit group keeps connections")
	}
}

func TestServersTakeTheirParameters(t *testing.T) {
	g := loadGroup(t, "zone z 64k; server 127.0.0.1:1 weight=3 max_conns=7 max_fails=2 fail_timeout=1m route=a; server 127.0.0.2 down; server 127.0.0.3 drain; server 127.0.0.4 backup;")
	p := g.Peers()
	if a := p[0]; a.weight != 3 || a.maxConns != 7 || a.maxFails != 2 || a.failTimeout != 60 || a.down || a.Server != "127.0.0.1:1" {
		t.Errorf("%+v", *a)
	}
	if !p[1].down || !p[2].down || p[3].down || p[1].weight != 1 || p[1].maxFails != 1 || p[1].failTimeout != 10 {
		t.Errorf("%+v %+v %+v", *p[1], *p[2], *p[3])
	}
	if g.primary.tries != 1 || g.primary.next.tries != 1 || g.primary.single {
		t.Errorf("%+v", *g.primary)
	}
}
