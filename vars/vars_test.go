package vars

import (
	"errors"
	"strings"
	"testing"
)

// request is a Subject with a few fixed things to read.
type request struct {
	state  State
	host   string
	reads  int
	errors []string
}

func (r *request) VarState() *State          { return &r.state }
func (r *request) VariableError(text string) { r.errors = append(r.errors, text) }
func (r *request) MatchError(text string)    { r.errors = append(r.errors, text) }

var requestDefs = []Def{
	{Name: "host", Get: func(s Subject, dst []byte) ([]byte, bool) {
		return append(dst, s.(*request).host...), true
	}},
	{Name: "missing", Get: notFound},
	{Name: "counted", Cached: true, Get: func(s Subject, dst []byte) ([]byte, bool) {
		r := s.(*request)
		r.reads++
		return append(dst, byte('0'+r.reads)), true
	}},
	{Name: "counted_missing", Cached: true, Get: func(s Subject, dst []byte) ([]byte, bool) {
		s.(*request).reads++
		return append(dst, "rubbish"...), false
	}},
	{Name: "args", Changeable: true,
		Get: func(s Subject, dst []byte) ([]byte, bool) { return append(dst, s.(*request).host...), true },
		Set: func(s Subject, value []byte) { s.(*request).host = string(value) }},
	{Name: "http_", Prefix: true, GetNamed: func(name string) Getter {
		return func(_ Subject, dst []byte) ([]byte, bool) { return append(append(dst, "header "...), name...), true }
	}},
	{Name: "http_special", Get: func(_ Subject, dst []byte) ([]byte, bool) { return append(dst, "own"...), true }},
}

func render(t *testing.T, r *request, tb *Table, text string) string {
	t.Helper()
	v, err := tb.Compile(text)
	if err != nil {
		t.Fatalf("Compile(%q): %v", text, err)
	}
	if err := tb.Finish(); err != nil {
		t.Fatal(err)
	}
	if len(r.state.slots) < tb.count() {
		r.state.Reset(tb)
	}
	return string(v.Append(nil, r))
}

func TestValueRenders(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"plain", "plain"},
		{"$host", "h.example"},
		{"$HOST", "h.example"},
		{"${host}x", "h.examplex"},
		{"a${host}b$host-c", "ah.examplebh.example-c"},
		{"[$missing]", "[]"},
		{"$http_user_agent", "header user_agent"},
		{"$http_Special", "own"},
		{"a}b{c", "a}b{c"},
		{"$counted$counted", "11"},
		{"$1", ""},
		{"x$1y$9z", "xyz"},
	} {
		tb := NewTable(requestDefs)
		if got := render(t, &request{host: "h.example"}, tb, c.text); got != c.want {
			t.Errorf("%q renders %q, want %q", c.text, got, c.want)
		}
	}
}

func TestCompileRefusesAsNginx(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"$", "invalid variable name"},
		{"a$", "invalid variable name"},
		{"$ x", "invalid variable name"},
		{"$$", "invalid variable name"},
		{"${", "invalid variable name"},
		{"${}", "invalid variable name"},
		{"$0", `unknown "0" variable`},
		{"${1}", `unknown "1" variable`},
		{"${host", `the closing bracket in "host" variable is missing`},
		{"${host-x}", `the closing bracket in "host" variable is missing`},
		{"${-}", `the closing bracket in "" variable is missing`},
		{"$nobody", `unknown "nobody" variable`},
		{"$NoBody", `unknown "nobody" variable`},
	} {
		tb := NewTable(requestDefs)
		_, err := tb.Compile(c.text)
		if err == nil {
			err = tb.Finish()
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}

func TestCachedVariableIsReadOncePerExchange(t *testing.T) {
	tb := NewTable(requestDefs)
	r := &request{}
	v, _ := tb.Compile("$counted $counted_missing. $counted $counted_missing.")
	if err := tb.Finish(); err != nil {
		t.Fatal(err)
	}
	r.state.Reset(tb)
	if got := string(v.Append(nil, r)); got != "1 . 1 ." || r.reads != 2 {
		t.Fatalf("%q after %d reads", got, r.reads)
	}
	r.state.Reset(tb)
	if got := string(v.Append(nil, r)); got != "3 . 3 ." {
		t.Fatalf("after Reset %q", got)
	}
	tb.Ref("counted").Flush(r)
	if got := string(v.Append(nil, r)); got != "5 . 5 ." {
		t.Fatalf("after Flush %q", got)
	}
}

func TestAssignedValueHidesGetterUntilReset(t *testing.T) {
	tb := NewTable(requestDefs)
	x, args := tb.Ref("counted"), tb.Ref("args")
	v, _ := tb.Compile("$counted $args")
	if err := tb.Finish(); err != nil {
		t.Fatal(err)
	}
	r := &request{host: "old"}
	r.state.Reset(tb)
	x.Set(r, []byte("assigned"))
	x.Flush(r)
	args.Set(r, []byte("new"))
	if got := string(v.Append(nil, r)); got != "assigned new" || r.host != "new" {
		t.Fatalf("%q, host %q", got, r.host)
	}
	r.state.Reset(tb)
	if got := string(v.Append(nil, r)); got != "1 new" {
		t.Fatalf("after Reset %q", got)
	}
}

func TestAddFollowsNginxRulesOfRedefinition(t *testing.T) {
	get := func(text string) Getter {
		return func(_ Subject, dst []byte) ([]byte, bool) { return append(dst, text...), true }
	}
	tb := NewTable(requestDefs)
	if err := tb.Add(Def{Name: "Host", Get: get("x"), Changeable: true}); err == nil || err.Error() != `the duplicate "Host" variable` {
		t.Errorf("built-in: %v", err)
	}
	for _, d := range []Def{
		{Name: "m", Get: get("first"), Changeable: true},
		{Name: "M", Get: get("second"), Changeable: true},
		{Name: "m", Get: get("weak"), Changeable: true, Weak: true},
		{Name: "http_x", Get: get("set"), Changeable: true, Weak: true},
		{Name: "http_y", Get: get("mapped"), Changeable: true},
	} {
		if err := tb.Add(d); err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
	}
	if got := render(t, &request{}, tb, "$m|$http_x|$http_y"); got != "second|header x|mapped" {
		t.Errorf("got %q", got)
	}
	if err := tb.Add(Def{Get: get("")}); err == nil || err.Error() != `invalid variable name "$"` {
		t.Errorf("empty name: %v", err)
	}
}

func TestUnknownVariableNamesFirstInOrderOfUse(t *testing.T) {
	tb := NewTable(requestDefs)
	tb.Ref("host")
	tb.where = "nginx.conf:7"
	tb.Ref("b_unknown")
	tb.Ref("a_unknown")
	var u *UnknownError
	if err := tb.Finish(); !errors.As(err, &u) || u.Name != "b_unknown" || u.Where != "nginx.conf:7" {
		t.Fatalf("%v", err)
	}
}

func TestCycleEndsWithNginxError(t *testing.T) {
	tb := NewTable(requestDefs)
	var v *Value
	if err := tb.Add(Def{Name: "loop", Changeable: true, Get: func(s Subject, dst []byte) ([]byte, bool) {
		return v.Append(append(dst, '.'), s), true
	}}); err != nil {
		t.Fatal(err)
	}
	v, _ = tb.Compile("$loop")
	r := &request{}
	if got := render(t, r, tb, "$loop"); got != strings.Repeat(".", maxDepth) {
		t.Fatalf("%d levels", len(got))
	}
	if len(r.errors) != 1 || r.errors[0] != `cycle while evaluating variable "loop"` {
		t.Fatalf("reported %q", r.errors)
	}
}

func TestLookupReadsVariablesTheConfigDoesNotUse(t *testing.T) {
	tb := NewTable(requestDefs)
	if err := tb.Finish(); err != nil {
		t.Fatal(err)
	}
	r := &request{host: "h"}
	r.state.Reset(tb)
	for name, want := range map[string]string{"HOST": "h", "http_a": "header a", "counted": "1"} {
		v := tb.Lookup(name)
		if v == nil {
			t.Fatalf("%s: nil", name)
		}
		if got, _ := v.Append(r, nil); string(got) != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if tb.Lookup("nobody") != nil {
		t.Error("found nobody")
	}
}

func TestEvaluationAllocatesNothing(t *testing.T) {
	tb := NewTable(requestDefs)
	v, _ := tb.Compile("http://$host/$counted$missing?$http_x&$args")
	w, _ := tb.Compile("$counted")
	if err := tb.Finish(); err != nil {
		t.Fatal(err)
	}
	r := &request{host: "h.example"}
	dst := make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() {
		r.reads = 0
		r.state.Reset(tb)
		dst = v.Append(dst[:0], r)
		w.Bytes(r)
		w.True(r)
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkAppend(b *testing.B) {
	tb := NewTable(requestDefs)
	v, _ := tb.Compile("http://$host/x?$counted")
	if err := tb.Finish(); err != nil {
		b.Fatal(err)
	}
	r := &request{host: "h.example"}
	r.state.Reset(tb)
	dst := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		dst = v.Append(dst[:0], r)
	}
}
