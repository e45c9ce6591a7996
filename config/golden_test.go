package config_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"understudy/config"
	"understudy/modules/core"
)

var record = flag.Bool("record", false, "ask the installed nginx for its answers and write them to testdata/bad.txtar")

// A small part of nginx's http modules, declared with the built-in types.
type httpSettings struct {
	HTTP        enter `nginx:"http" in:"main" args:"0" block:"yes"`
	Server      enter `nginx:"server" in:"http" args:"0" block:"yes"`
	Location    enter `nginx:"location" in:"server location" args:"1-2" block:"yes"`
	If          enter `nginx:"if" in:"server location" args:"1+" block:"yes"`
	LimitExcept enter `nginx:"limit_except" in:"location" args:"1+" block:"yes"`
	Upstream    enter `nginx:"upstream" in:"http" args:"1" block:"yes"`

	Listen       config.Ignored `nginx:"listen" in:"server" args:"1+" reason:"a test"`
	ErrorLog     config.Ignored `nginx:"error_log" in:"main http server location" args:"1+" reason:"a test"`
	Gzip         config.Flag    `nginx:"gzip" in:"http server location if" default:"off"`
	Sendfile     config.Flag    `nginx:"sendfile" in:"http server location if" default:"off"`
	Requests     config.Int     `nginx:"keepalive_requests" in:"http server location" default:"1000"`
	HeaderBuffer config.Size    `nginx:"client_header_buffer_size" in:"http server" default:"1k"`
	BodyBuffer   config.Size    `nginx:"client_body_buffer_size" in:"http server location" default:"16k"`
	HeadBuffers  config.Buffers `nginx:"large_client_header_buffers" in:"http server" default:"4 8k"`
	MaxBody      config.Offset  `nginx:"client_max_body_size" in:"http server location" default:"1m"`
	SendTimeout  config.Time    `nginx:"send_timeout" in:"http server location" default:"60s"`
	SSLTimeout   config.Sec     `nginx:"ssl_session_timeout" in:"http server" default:"5m"`
	Lingering    config.Enum    `nginx:"lingering_close" in:"http server location" enum:"off on always" default:"on"`
	Satisfy      config.Enum    `nginx:"satisfy" in:"http server location" enum:"all any" default:"all"`
	Disable      config.Mask    `nginx:"keepalive_disable" in:"http server location" args:"1-2" enum:"none msie6 safari" default:"msie6"`
	Level        config.Int     `nginx:"gzip_comp_level" in:"http server location" min:"1" max:"9" default:"1"`
	Streams      config.Int     `nginx:"http2_max_concurrent_streams" in:"http server" default:"128"`
	DefaultType  config.String  `nginx:"default_type" in:"http server location" default:"text/plain"`
}

var httpModule = config.Declare[httpSettings]("ngx_http_core_module")

// enter is a block directive whose kind follows from its name.
type enter struct{ seen bool }

func (o *enter) Parse(c *config.Call) error {
	kinds := map[string]config.Context{"http": config.HTTP, "server": config.Server, "location": config.Location, "if": config.If,
		"limit_except": config.LimitExcept, "upstream": config.Upstream}
	kind := kinds[c.Name]
	if kind == config.If && c.Block.Kind == config.Server {
		kind = config.ServerIf
	}
	if kind == config.HTTP && o.seen {
		return c.Duplicate()
	}
	o.seen = true
	_, err := c.Enter(kind, nil)
	return err
}

// load writes a configuration to a file and loads it with the main and events contexts and the http part above.
func load(t testing.TB, text string, more ...config.AnyModule) (*config.Config, string, error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r := config.NewRegistry(append([]config.AnyModule{core.Conf, core.Events, httpModule}, more...)...)
	c, err := config.Load(r, config.LoadOptions{Prefix: dir + "/", ConfPrefix: dir + "/", File: file, Version: "0.1.0"})
	return c, file, err
}

var logLine = regexp.MustCompile(`^(?:nginx: |[0-9/]+ [0-9:]+ )\[(\w+)\] (?:\d+#\d+: )?(.*)$`)

// askNginx gives the first line of nginx's answer to a configuration, level and text.
func askNginx(t *testing.T, text string) string {
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command("nginx", "-t", "-p", dir, "-c", file).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		m := logLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil || m[1] == "alert" || strings.Contains(m[2], "/var/log/") {
			continue
		}
		return neutral("["+m[1]+"] "+m[2], file)
	}
	return "ok"
}

// neutral takes the directory out of a message.
func neutral(text, file string) string {
	text = strings.ReplaceAll(text, file, "FILE")
	return strings.ReplaceAll(text, filepath.Dir(file)+"/", "PREFIX/")
}

const goldenFile = "testdata/bad.txtar"

type golden struct{ name, conf, want string }

// goldenCases reads the archive (txtar): NAME.conf followed by NAME.want each.
func goldenCases(t testing.TB) (head string, cases []golden) {
	text, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	marks := regexp.MustCompile(`(?m)^-- (.+)\.(conf|want) --\n`).FindAllStringSubmatchIndex(string(text), -1)
	for i, m := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		name, body := string(text[m[2]:m[3]]), string(text[m[1]:end])
		if string(text[m[4]:m[5]]) == "conf" {
			cases = append(cases, golden{name: name, conf: body})
			continue
		}
		if len(cases) == 0 || cases[len(cases)-1].name != name {
			t.Fatalf("%s.want has no configuration", name)
		}
		cases[len(cases)-1].want = strings.TrimSuffix(body, "\n")
	}
	return string(text[:marks[0][0]]), cases
}

func TestGoldenMessagesAreNginx(t *testing.T) {
	head, cases := goldenCases(t)
	if *record {
		var b strings.Builder
		b.WriteString(head)
		for i := range cases {
			cases[i].want = askNginx(t, cases[i].conf)
			b.WriteString("-- " + cases[i].name + ".conf --\n" + cases[i].conf + "-- " + cases[i].name + ".want --\n" + cases[i].want + "\n")
		}
		if err := os.WriteFile(goldenFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if len(cases) < 100 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			c, file, err := load(t, one.conf)
			got := "ok"
			if len(c.Warnings) > 0 {
				got = "[" + c.Warnings[0].Level.String() + "] " + c.Warnings[0].Error()
			} else if err != nil {
				got = "[emerg] " + err.Error()
			}
			if os.Geteuid() != 0 && strings.HasPrefix(one.name, "main-user-") && one.name != "main-user-three" {
				one.want = `[warn] the "user" directive makes sense only if the master process runs with super-user privileges, ` +
					`ignored in FILE:1`
			}
			if got = neutral(got, file); got != one.want {
				t.Errorf("\n got %s\nwant %s", got, one.want)
			}
		})
	}
}
