package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"understudy/config"
	"understudy/parser"
)

// mergeSettings is a module of its own with every built-in type and a Merge hook that keeps a diary.
type mergeSettings struct {
	Flag    config.Flag    `nginx:"m_flag" in:"http server location if server-if limit_except" default:"on"`
	Int     config.Int     `nginx:"m_int" in:"http server location" default:"7"`
	Size    config.Size    `nginx:"m_size" in:"http server location" default:"8k"`
	Offset  config.Offset  `nginx:"m_offset" in:"http server location" default:"1g"`
	Time    config.Time    `nginx:"m_time" in:"http server location" default:"1500ms"`
	Sec     config.Sec     `nginx:"m_sec" in:"http server location" default:"1d"`
	Enum    config.Enum    `nginx:"m_enum" in:"http server location" enum:"red green blue" default:"green"`
	Mask    config.Mask    `nginx:"m_mask" in:"http server location" enum:"a b c" default:"a c"`
	String  config.String  `nginx:"m_string" in:"http server location" default:"text"`
	Strings config.Strings `nginx:"m_strings" in:"http server location" alias:"m_words"`
	Pairs   config.Pairs   `nginx:"m_pairs" in:"http server location"`
	Buffers config.Buffers `nginx:"m_buffers" in:"http server location" default:"4 8k"`
	Path    config.Path    `nginx:"m_path" in:"http server location" default:"logs/x"`
	Cert    config.Path    `nginx:"m_cert" in:"http server location" base:"conf"`
	Old     config.Flag    `nginx:"m_old" in:"http" default:"off" instead:"m_flag"`
	Own     own            `nginx:"m_own" in:"http server location" args:"1" default:"none"`
	Twice   embedded       `nginx:"m_embedded" in:"http server location" args:"1-2" default:"5s"`
	parent  *mergeSettings
}

// own is an option without inheritance: each block has its own value or the default.
type own struct{ text string }

func (o *own) Parse(c *config.Call) error {
	if c.Args[0] == "bad" {
		return errors.New("own value is bad")
	}
	o.text = c.Args[0]
	return nil
}

// embedded takes over Time's inheritance.
type embedded struct {
	config.Time
	second string
}

func (o *embedded) Parse(c *config.Call) error {
	if len(c.Args) == 2 {
		o.second = c.Args[1]
	}
	return o.ParseText(c, c.Args[0])
}

func (o *embedded) Inherit(parent config.Option) {
	if !o.IsSet() {
		*o = *parent.(*embedded)
	}
}

var diaryKey = config.NewKey[*[]string]("diary")

func (s *mergeSettings) Merge(parent *mergeSettings, b *config.Block) error {
	s.parent = parent
	if d := config.Value(b, diaryKey); d != nil {
		*d = append(*d, fmt.Sprintf("%s:%s", b.Kind, s.String.S()))
	}
	switch s.String.S() {
	case "plain":
		return errors.New("merge failed")
	case "placed":
		return b.Errorf("merge failed")
	case "warned":
		b.Warnf("merge warns")
	}
	return nil
}

var mergeModule = config.Declare[mergeSettings]("ngx_http_merge_module")

// child finds the block opened by a directive whose first argument or name is given.
func child(t *testing.T, b *config.Block, name string) *config.Block {
	t.Helper()
	for _, c := range b.Children {
		if c.Directive.Name == name || len(c.Directive.Args) > 0 && c.Directive.Args[0] == name {
			return c
		}
	}
	t.Fatalf("no block %s", name)
	return nil
}

func TestUnsetOptionsTakeDefaultsAndInherit(t *testing.T) {
	c, file, err := load(t, `events {}
http {
    m_int 1; m_words one two; m_strings three; m_pairs k v; m_embedded 9s x;
    server {
        m_size 1m; m_string a;
        location /in { m_int 2; m_strings four; m_enum BLUE; m_mask b; m_own here; m_time 1m; }
        location /shared { }
    }
    server { }
}`, mergeModule)
	if err != nil {
		t.Fatal(err)
	}
	http := child(t, c.Main, "http")
	server := http.Children[0]
	in, shared := child(t, server, "/in"), child(t, server, "/shared")
	h, s, l := mergeModule.Of(http), mergeModule.Of(server), mergeModule.Of(in)
	dir := filepath.Dir(file)
	for _, one := range []struct {
		name      string
		got, want any
	}{
		{"flag default", h.Flag.On(), true},
		{"int set", h.Int.N(), 1},
		{"int inherited", s.Int.N(), 1},
		{"int own", l.Int.N(), 2},
		{"size default", h.Size.Bytes(), int64(8192)},
		{"size own", s.Size.Bytes(), int64(1 << 20)},
		{"size inherited", l.Size.Bytes(), int64(1 << 20)},
		{"offset", l.Offset.Bytes(), int64(1 << 30)},
		{"time default", s.Time.D().String(), "1.5s"},
		{"time own", l.Time.D().String(), "1m0s"},
		{"seconds", l.Sec.Seconds(), int64(86400)},
		{"enum default", s.Enum.String(), "green"},
		{"enum own", l.Enum.Index(), 2},
		{"enum is", l.Enum.Is("blue"), true},
		{"mask default", s.Mask.Bits(), uint64(5)},
		{"mask has", s.Mask.Has("c") && !s.Mask.Has("b"), true},
		{"mask own replaces", l.Mask.Bits(), uint64(2)},
		{"string inherited", l.String.S(), "a"},
		{"strings of both names", strings.Join(s.Strings.All(), " "), "one two three"},
		{"strings whole or not at all", strings.Join(l.Strings.All(), " "), "four"},
		{"pairs", fmt.Sprint(l.Pairs.All()), "[{k v}]"},
		{"buffers", fmt.Sprint(l.Buffers), "{4 8192}"},
		{"path", l.Path.S(), dir + "/logs/x"},
		{"unset path", l.Cert.IsSet(), false},
		{"own option default", s.Own.text, "none"},
		{"own option", l.Own.text, "here"},
		{"embedded", l.Twice.D().String() + l.Twice.second, "9sx"},
		{"shared location is its server", mergeModule.Of(shared) == s, true},
		{"shared server is http", mergeModule.Of(http.Children[1]) == h, true},
		{"main has nothing of it", mergeModule.Of(c.Main) == nil, true},
		{"parent in Merge", l.parent == s && s.parent == h && h.parent == nil, true},
	} {
		if one.got != one.want {
			t.Errorf("%s: %v, want %v", one.name, one.got, one.want)
		}
	}
}

// attaching attaches a diary when http opens.
type attaching struct {
	Diary diaryOption `nginx:"diary" in:"http" args:"0"`
}

type diaryOption struct{}

func (*diaryOption) Parse(c *config.Call) error {
	var lines []string
	config.Attach(c.Block, diaryKey, &lines)
	c.Conf.OnMerged(c.Block, func() error { lines = append(lines, "merged"); return nil })
	c.Conf.OnLoaded(func() error {
		lines = append(lines, "loaded")
		return errors.New(strings.Join(lines, " "))
	})
	return nil
}

var attachModule = config.Declare[attaching]("ngx_http_attach_module")

func TestMergeGoesThroughBlocksFromTheOutside(t *testing.T) {
	_, _, err := load(t, `events {}
http {
    m_string h; diary;
    server {
        m_string s1;
        location /a { m_string a; location /a/b { m_string b; } }
        location /c { }
        location /d { m_string d; if ($x) { m_flag off; } limit_except GET { m_flag off; } }
        if ($y) { m_flag on; }
    }
    server { m_string s2; }
}
`, mergeModule, attachModule)
	want := "http:h server:s1 location:a location:b location:d if in location:d limit_except:d if in server:s1 server:s2 merged loaded"
	if err == nil || err.Error() != want {
		// the diary comes back as the error of OnLoaded
		t.Errorf("\n got %v\nwant %s", err, want)
	}
}

func TestMergeErrorsStandWhereNginxPutsThem(t *testing.T) {
	for _, one := range []struct{ name, text, want string }{
		{"no position of their own", "events {}\nhttp {\n server {\n  m_string plain;\n }\n}\n", "merge failed"},
		{"closing brace of http", "events {}\nhttp {\n server {\n  m_string placed;\n }\n}\n# end\n", "merge failed in FILE:6"},
		{"before what follows in the file", "events {}\nhttp {\n m_string placed;\n}\nfoo;\n", "merge failed in FILE:4"},
		{"after what stands before", "events {}\nhttp {\n m_string placed;\n foo;\n}\n", `unknown directive "foo" in FILE:4`},
		{"option error gets a position", "events {}\nhttp {\n m_own\n  bad;\n}\n", "own value is bad in FILE:4"},
	} {
		t.Run(one.name, func(t *testing.T) {
			_, file, err := load(t, one.text, mergeModule)
			if err == nil || neutral(err.Error(), file) != one.want {
				t.Errorf("%v, want %s", err, one.want)
			}
			if e := (*parser.Error)(nil); !errors.As(err, &e) || e.Level != parser.Emerg {
				t.Errorf("no emerg: %#v", err)
			}
		})
	}
	c, file, err := load(t, "events {}\nhttp {\n m_string warned;\n m_old on;\n}\n", mergeModule)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`the "m_old" directive is deprecated, use the "m_flag" directive instead in FILE:4`, "merge warns in FILE:5"}
	for i, w := range c.Warnings {
		if got := neutral(w.Error(), file); i >= len(want) || got != want[i] || w.Level != parser.Warn {
			t.Errorf("warning %d: %s", i, got)
		}
	}
	if len(c.Warnings) != len(want) {
		t.Errorf("%d warnings", len(c.Warnings))
	}
}

// lateSettings stand in main and everywhere below, like error_log.
type lateSettings struct {
	Level config.String `nginx:"late" in:"main http server location" default:"error"`
	Up    config.Int    `nginx:"up_int" in:"upstream" default:"3"`
}

var lateModule = config.Declare[lateSettings]("ngx_late_module")

func TestSettingsOfMainReachBlocksThatStandBefore(t *testing.T) {
	c, _, err := load(t, "events {}\nhttp {\n server { location / { late own; } }\n upstream a { up_int 5; }\n upstream b { }\n}\nlate info;\n", lateModule)
	if err != nil {
		t.Fatal(err)
	}
	http := child(t, c.Main, "http")
	server := http.Children[0]
	if got := lateModule.Of(server).Level.S(); got != "info" || lateModule.Of(server) != lateModule.Of(http) {
		t.Errorf("server: %s", got)
	}
	if got := lateModule.Of(server.Children[0]).Level.S(); got != "own" {
		t.Errorf("location: %s", got)
	}
	a, b := lateModule.Of(child(t, http, "a")), lateModule.Of(child(t, http, "b"))
	if a.Up.N() != 5 || b.Up.N() != 3 || a.Level.IsSet() || a == b {
		t.Errorf("upstreams inherit nothing: %+v %+v", a, b)
	}
	if got := httpModule.Of(child(t, http, "a")); got != httpModule.Of(http) && got == nil {
		t.Errorf("a module that does not stand in upstream is http's: %p", got)
	}
}

func TestGlobalsComeFirst(t *testing.T) {
	file := filepath.Join(t.TempDir(), "nginx.conf")
	if err := os.WriteFile(file, []byte("late a;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := config.NewRegistry(lateModule)
	for _, one := range []struct{ globals, want string }{
		{"late b;", `"late" directive is duplicate in FILE:1`},
		{"late b c;", `invalid number of arguments in "late" directive in command line`},
		{"foo;", `unknown directive "foo" in command line`},
		{"late b", `unexpected end of parameter, expecting ";" in command line`},
	} {
		_, err := config.Load(r, config.LoadOptions{File: file, Globals: one.globals})
		if err == nil || neutral(err.Error(), file) != one.want {
			t.Errorf("%s: %v, want %s", one.globals, err, one.want)
		}
	}
}

func TestBuiltInOptionsStaySmall(t *testing.T) {
	for _, one := range []struct {
		name      string
		got, most uintptr
	}{
		{"Flag", unsafe.Sizeof(config.Flag{}), 1}, {"Int", unsafe.Sizeof(config.Int{}), 8}, {"Time", unsafe.Sizeof(config.Time{}), 8},
		{"Enum", unsafe.Sizeof(config.Enum{}), 8}, {"String", unsafe.Sizeof(config.String{}), 8},
	} {
		if one.got > one.most {
			t.Errorf("%s: %d bytes", one.name, one.got)
		}
	}
}
