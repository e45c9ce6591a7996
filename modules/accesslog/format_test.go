package accesslog

import (
	"testing"

	"understudy/vars"
)

type subject struct{ state vars.State }

func (s *subject) VarState() *vars.State { return &s.state }

func TestLineIsMadeWithoutAllocation(t *testing.T) {
	fixed := func(name, text string) vars.Def {
		return vars.Def{Name: name, Get: func(_ vars.Subject, dst []byte) ([]byte, bool) { return append(dst, text...), text != "" }}
	}
	table := vars.NewTable([]vars.Def{fixed("request", `GET /"x" HTTP/1.1`), fixed("missing", ""), fixed("uri", "/plain")})
	f, err := compile(table, "f", []string{"$request", ` "$missing" $uri`})
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Finish(); err != nil {
		t.Fatal(err)
	}
	s := &subject{}
	dst := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() {
		s.state.Reset(table)
		dst = f.Append(dst[:0], s)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if want := `GET /\x22x\x22 HTTP/1.1 "-" /plain`; string(dst) != want {
		t.Errorf("%q, want %q", dst, want)
	}
}
