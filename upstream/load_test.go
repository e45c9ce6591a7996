package upstream

import (
	"os"
	"path/filepath"
	"testing"

	"understudy/config"
	"understudy/parser"
	"understudy/vars"
)

// The http{} and pass directives of a server that is just enough to hold groups.
type stage struct {
	HTTP   httpBlock   `nginx:"http" in:"main" args:"0" block:"yes"`
	Pass   passTo      `nginx:"pass" in:"http" args:"1-2"`
	Events eventsBlock `nginx:"events" in:"main" args:"0" block:"yes"`
}

type httpBlock struct{ block *config.Block }

func (h *httpBlock) Parse(c *config.Call) error {
	table := vars.NewTable([]vars.Def{{Name: "arg_k", Get: func(s vars.Subject, dst []byte) ([]byte, bool) {
		return append(dst, s.(*subject).key...), true
	}}})
	_, err := c.Enter(config.HTTP, func(b *config.Block) {
		h.block = b
		vars.Attach(b, table)
	})
	if err != nil {
		return err
	}
	return table.Finish()
}

type eventsBlock struct{}

func (*eventsBlock) Parse(c *config.Call) error {
	_, err := c.Enter(config.Events, func(*config.Block) {})
	return err
}

// passTo stands for proxy_pass: `pass ADDRESS [DEFAULT-PORT]`.
type passTo struct{ groups []*Group }

func (p *passTo) Parse(c *config.Call) error {
	port := 80
	if len(c.Args) == 2 {
		port, _ = count(c.Args[1])
	}
	g, err := Implicit(c, c.Args[0], c.Args[0], port)
	p.groups = append(p.groups, g)
	return err
}

var stageConf = config.Declare[stage]("test_stage_module")

type subject struct {
	key   string
	state vars.State
}

func newSubject(key string) *subject { return &subject{key: key} }

func (s *subject) VarState() *vars.State { return &s.state }

// load reads a configuration; file is where it was written.
func load(t testing.TB, text string) (*config.Config, string, error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.NewRegistry(stageConf, Conf), config.LoadOptions{Prefix: dir, ConfPrefix: dir, File: file})
	return c, file, err
}

func httpOf(t testing.TB, text string) (*config.Block, *stage) {
	t.Helper()
	c, _, err := load(t, "events {}\nhttp {\n"+text+"\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	b := stageConf.Of(c.Main).HTTP.block
	return b, stageConf.Of(b)
}

// loadGroup gives the group u of these lines.
func loadGroup(t testing.TB, lines string) *Group {
	t.Helper()
	b, _ := httpOf(t, "upstream u {\n"+lines+"\n}")
	g, ok := Find(b, "u")
	if !ok {
		t.Fatal("no group u")
	}
	return g
}

var _ = parser.Emerg
