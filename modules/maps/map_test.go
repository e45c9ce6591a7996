package maps

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/config"
	"understudy/vars"
)

// stage is a server that has http{} with variables and nothing else.
type stage struct {
	HTTP   httpBlock   `nginx:"http" in:"main" args:"0" block:"yes"`
	Events eventsBlock `nginx:"events" in:"main" args:"0" block:"yes"`
}

var stageConf = config.Declare[stage]("test_stage_module")

type httpBlock struct{ table *vars.Table }

func (h *httpBlock) Parse(c *config.Call) error {
	h.table = vars.NewTable([]vars.Def{
		{Name: "host", Get: func(_ vars.Subject, dst []byte) ([]byte, bool) { return append(dst, "h"...), true }},
		{Name: "http_", Prefix: true, GetNamed: func(name string) vars.Getter {
			return func(s vars.Subject, dst []byte) ([]byte, bool) {
				value, ok := s.(*request).headers[name]
				return append(dst, value...), ok
			}
		}},
	})
	if _, err := c.Enter(config.HTTP, func(b *config.Block) { vars.Attach(b, h.table) }); err != nil {
		return err
	}
	return h.table.Finish()
}

type eventsBlock struct{}

func (eventsBlock) Parse(c *config.Call) error {
	_, err := c.Enter(config.Events, func(*config.Block) {})
	return err
}

type request struct {
	state   vars.State
	headers map[string]string
}

func (r *request) VarState() *vars.State { return &r.state }

// load gives the variables of an http{} with the given content.
func load(t testing.TB, include, text string) (*vars.Table, error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "b.conf")
	for name, content := range map[string]string{"b.conf": "events {}\nhttp {\n" + text + "\n}\n", "mapinc.conf": include} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(config.NewRegistry(stageConf, Conf), config.LoadOptions{Prefix: dir, ConfPrefix: dir, File: file})
	if err != nil {
		return nil, err
	}
	return stageConf.Of(c.Main).HTTP.table, nil
}

// map.json holds what nginx 1.22.1 answered: for good maps the value of $v for a header T (with U: u), for bad ones the message.
type recorded struct {
	Nginx   string
	Include string
	Good    []struct {
		Name, Maps string
		Cases      [][2]string
	}
	Bad [][2]string
}

func readRecorded(t testing.TB) (rec recorded) {
	t.Helper()
	raw, err := os.ReadFile("testdata/map.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestMapsGiveWhatNginxGives(t *testing.T) {
	rec := readRecorded(t)
	for _, g := range rec.Good {
		t.Run(g.Name, func(t *testing.T) {
			table, err := load(t, rec.Include, g.Maps)
			if err != nil {
				t.Fatal(err)
			}
			v := table.Lookup("v")
			if v == nil {
				t.Fatal("no $v")
			}
			r := &request{}
			for _, c := range g.Cases {
				r.headers = map[string]string{"u": "u"}
				if c[0] != "" {
					r.headers["t"] = c[0]
				}
				r.state.Reset(table)
				if got, _ := v.Append(r, nil); string(got) != c[1] {
					t.Errorf("%q: %q, nginx %q", c[0], got, c[1])
				}
			}
		})
	}
}

func TestMistakesAreReportedAsNginxReportsThem(t *testing.T) {
	rec := readRecorded(t)
	for _, b := range rec.Bad {
		_, err := load(t, rec.Include, b[0])
		got := "ok"
		if err != nil {
			got = err.Error()
			if i := strings.Index(got, " in /"); i >= 0 {
				got = got[:i] + " in " + filepath.Base(got[i+4:])
			}
			if strings.HasPrefix(got, `open() "`) {
				got = `open() "` + filepath.Base(got[len(`open() "`):])
			}
		}
		if got != b[1] {
			t.Errorf("%s\n got %s\nwant %s", b[0], got, b[1])
		}
	}
}

func TestVolatileMapIsReadAfresh(t *testing.T) {
	table, err := load(t, "", "map $http_t $cached { default $http_t; }\nmap $http_t $fresh { volatile; default $http_t; }\nmap $http_t $both { default $cached$fresh; }")
	if err != nil {
		t.Fatal(err)
	}
	r := &request{headers: map[string]string{"t": "1"}}
	r.state.Reset(table)
	for i, want := range []string{"1 1", "1 2"} {
		r.headers["t"] = string(rune('1' + i))
		a, _ := table.Lookup("cached").Append(r, nil)
		b, _ := table.Lookup("fresh").Append(r, nil)
		if got := string(a) + " " + string(b); got != want {
			t.Errorf("round %d: %s, want %s", i, got, want)
		}
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	table, err := load(t, "", `map $http_upgrade $c { default upgrade; '' close; }
		map $http_host $s { hostnames; *.Example.com "s $http_upgrade"; ~^x\d+ x; } map $s $use { default $c$s; }`)
	if err != nil {
		t.Fatal(err)
	}
	v := table.Lookup("use")
	r := &request{headers: map[string]string{"upgrade": "websocket", "host": "A.Example.Com"}}
	dst := make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() {
		r.state.Reset(table)
		dst, _ = v.Append(r, dst[:0])
	}); n != 0 || string(dst) != "upgrades websocket" {
		t.Fatalf("%v allocations, %q", n, dst)
	}
}

func BenchmarkMap(b *testing.B) {
	table, err := load(b, "", "map $http_upgrade $c { default upgrade; '' close; } map $c $use { default 1; }")
	if err != nil {
		b.Fatal(err)
	}
	v := table.Lookup("c")
	r := &request{headers: map[string]string{"upgrade": "websocket"}}
	dst := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		r.state.Reset(table)
		dst, _ = v.Append(r, dst[:0])
	}
}
