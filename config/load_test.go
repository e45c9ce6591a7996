package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"understudy/config"
	"understudy/modules/core"
)

// Ten modules of the size of nginx's smaller ones.
type (
	filler[N any] struct {
		A config.Flag   `nginx:"a" in:"http server location" default:"on"`
		B config.Int    `nginx:"b" in:"http server location" default:"7"`
		C config.Size   `nginx:"c" in:"http server location" default:"8k"`
		D config.Time   `nginx:"d" in:"http server location" default:"1500ms"`
		E config.String `nginx:"e" in:"http server location" default:"text"`
	}
)

func fillers() []config.AnyModule {
	var list []config.AnyModule
	for range 8 {
		list = append(list, config.Declare[filler[int]]("ngx_http_filler_module"))
	}
	return list
}

// largeConf is 2,000 servers with 20 locations each; every tenth location sets something of the merge module.
func largeConf() string {
	var b strings.Builder
	b.WriteString("events {}\nhttp {\n  a on; m_int 3;\n")
	for s := range 2000 {
		fmt.Fprintf(&b, "  server {\n    listen %d;\n    sendfile on;\n", s)
		for l := range 20 {
			extra := ""
			if l%10 == 0 {
				extra = " m_int 5;"
			}
			fmt.Fprintf(&b, "    location /l%d {\n      send_timeout 10s; gzip on;%s\n    }\n", l, extra)
		}
		b.WriteString("  }\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func loadLarge(t testing.TB) func() *config.Config {
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(largeConf()), 0o644); err != nil {
		t.Fatal(err)
	}
	modules := append([]config.AnyModule{core.Conf, core.Events, httpModule, mergeModule}, fillers()...)
	r := config.NewRegistry(modules...)
	return func() *config.Config {
		c, err := config.Load(r, config.LoadOptions{Prefix: dir, ConfPrefix: dir, File: file})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func TestLargeConfigurationsLoadSmall(t *testing.T) {
	load := loadLarge(t)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	from := time.Now()
	c := load()
	took := time.Since(from)
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("40,000 locations: %v, %d KB kept", took.Round(time.Millisecond), int64(after.HeapAlloc-before.HeapAlloc)/1024)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 128<<20 {
		t.Errorf("%d MB kept", kept>>20)
	}
	shared := 0
	server := c.Main.Children[1].Children[7]
	for _, l := range server.Children {
		if mergeModule.Of(l) == mergeModule.Of(server) {
			shared++
		}
	}
	if shared != 18 || httpModule.Of(server.Children[0]) == httpModule.Of(server) {
		t.Errorf("%d locations share their server's settings, want 18", shared)
	}
}

func BenchmarkLoad(b *testing.B) {
	load := loadLarge(b)
	b.ReportAllocs()
	for b.Loop() {
		load()
	}
}

func TestAccessDoesNotAllocate(t *testing.T) {
	c, _, err := load(t, "events {}\nhttp { server { location / { gzip on; } } }", mergeModule)
	if err != nil {
		t.Fatal(err)
	}
	l := c.Main.Children[1].Children[0].Children[0]
	on := true
	if n := testing.AllocsPerRun(100, func() { on = on && httpModule.Of(l).Gzip.On() && mergeModule.Of(l).Flag.On() }); n != 0 || !on {
		t.Errorf("%v allocations, %v", n, on)
	}
}

func BenchmarkOf(b *testing.B) {
	c, _, err := load(b, "events {}\nhttp { server { location / { gzip on; } } }", mergeModule)
	if err != nil {
		b.Fatal(err)
	}
	l := c.Main.Children[1].Children[0].Children[0]
	for b.Loop() {
		if !httpModule.Of(l).Gzip.On() {
			b.Fatal("off")
		}
	}
}

func FuzzLoad(f *testing.F) {
	_, cases := goldenCases(f)
	for _, c := range cases {
		f.Add(c.conf)
	}
	f.Add("events {}\nhttp { m_mask a b; m_path x; m_own y; server { if (a) { m_flag off; } location ~ { limit_except a { m_flag on; } } } upstream u { up_int 1; } }\nlate a;")
	f.Add("events {}\nhttp { include nginx.conf; }")
	f.Add("events {}\ninclude *.conf;")
	r := config.NewRegistry(core.Conf, core.Events, httpModule, mergeModule, lateModule)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "include") && strings.Contains(text, "/") {
			return // files of the machine are not part of the test
		}
		file := filepath.Join(dir, "fuzz.txt")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(r, config.LoadOptions{Prefix: dir, ConfPrefix: dir, File: file, Globals: ""})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without text")
			}
			return
		}
		check(t, c.Main)
	})
}

// check looks at every block of a configuration that was loaded: settings are there, and inherited where not set.
func check(t *testing.T, b *config.Block) {
	if b.Kind&(config.HTTP|config.Server|config.Location|config.If|config.ServerIf|config.LimitExcept) != 0 {
		if s := mergeModule.Of(b); s == nil || !s.Flag.IsSet() || !s.Int.IsSet() || !s.Enum.IsSet() {
			t.Errorf("%s: %+v", b.Kind, s)
		}
	}
	if lateModule.Of(b) == nil || core.Of(b) == nil {
		t.Errorf("%s has no settings of main", b.Kind)
	}
	for _, inner := range b.Children {
		check(t, inner)
	}
}
