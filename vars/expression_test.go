package vars

import (
	"slices"
	"testing"
)

func TestExpressionsGiveTheirCapturesAndChangeNothing(t *testing.T) {
	s := &stateOnly{}
	s.state.Reset(nil)
	for _, c := range []struct {
		pattern, text string
		want          []int32
	}{
		{"b+", "abbc", []int32{1, 3}},
		{"a(b)?(c)", "xac", []int32{1, 3, -1, -1, 2, 3}},
		{`(?<n>\d+)$`, "a12", []int32{1, 3, 1, 3}},
		{`(x)\1`, "axx", []int32{1, 3, 1, 2}},
		{"z", "abc", nil},
	} {
		e, err := NewExpression(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := e.Find(s, []byte(c.text))
		if !slices.Equal(got, c.want) || ok != (c.want != nil) {
			t.Errorf("%s in %s: %v %v, want %v", c.pattern, c.text, got, ok, c.want)
		}
	}
	if s.state.Capture(0) != nil {
		t.Error("the captures of the exchange changed")
	}
	if _, err := NewExpression("("); err == nil {
		t.Error("no error for an open parenthesis")
	}
}

type stateOnly struct{ state State }

func (s *stateOnly) VarState() *State { return &s.state }
