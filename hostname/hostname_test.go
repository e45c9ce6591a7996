package hostname

import (
	"errors"
	"testing"
)

func TestLookupPrefersExactThenHeadThenTail(t *testing.T) {
	var tb Table[string]
	for _, n := range []string{
		"example.com", "*.example.com", ".dot.example.com", "example.*", "www.example.*", "*.org", "*.a.b.org", "UPPER.net", "",
		".both.net", "*.x.both.net",
	} {
		if err := tb.Add(n, n); err != nil {
			t.Fatalf("Add(%q): %v", n, err)
		}
	}
	tb.Freeze()

	for _, c := range []struct{ host, want string }{
		{"example.com", "example.com"},
		{"foo.example.com", "*.example.com"},
		{"a.b.example.com", "*.example.com"},
		{".example.com", "*.example.com"},
		{"dot.example.com", ".dot.example.com"},
		{"www.dot.example.com", ".dot.example.com"},
		{"example.org", "*.org"},
		{"example.net", "example.*"},
		{"www.example.net", "www.example.*"},
		{"www.example.", "www.example.*"},
		{"www.example", "-"},
		{"example", "-"},
		{"b.org", "*.org"},
		{"a.b.org", "*.org"},
		{"c.a.b.org", "*.a.b.org"},
		{"org", "-"},
		{"upper.net", "upper.net"},
		{"both.net", ".both.net"},
		{"x.both.net", ".both.net"},
		{"y.x.both.net", "*.x.both.net"},
		{"", ""},
		{"nothing", "-"},
	} {
		got, ok := tb.Lookup([]byte(c.host))
		if !ok {
			got = "-"
		}
		if c.want == "upper.net" {
			c.want = "UPPER.net"
		}
		if got != c.want {
			t.Errorf("Lookup(%q) = %q, want %q", c.host, got, c.want)
		}
	}
}

func TestAddRefusesWhatNginxRefuses(t *testing.T) {
	for _, c := range []struct {
		before []string
		name   string
		want   error
	}{
		{nil, "a*b", ErrInvalid},
		{nil, "*.a.*", ErrInvalid},
		{nil, "a..b", ErrInvalid},
		{nil, "*", ErrInvalid},
		{nil, "*.", ErrInvalid},
		{nil, "a\x00b", ErrInvalid},
		{nil, ".", nil},
		{nil, "", nil},
		{[]string{"a.b"}, "A.B", ErrConflict},
		{[]string{"a.b"}, ".a.b", ErrConflict},
		{[]string{".a.b"}, "a.b", ErrConflict},
		{[]string{".a.b"}, "*.a.b", ErrConflict},
		{[]string{"*.a.b"}, ".a.b", ErrConflict},
		{[]string{"*.a.b"}, "a.b", nil},
		{[]string{"a.*"}, "a.*", ErrConflict},
		{[]string{"a.*"}, "a", nil},
	} {
		var tb Table[int]
		for _, b := range c.before {
			if err := tb.Add(b, 0); err != nil {
				t.Fatal(err)
			}
		}
		if err := tb.Add(c.name, 1); !errors.Is(err, c.want) {
			t.Errorf("after %q: Add(%q) = %v, want %v", c.before, c.name, err, c.want)
		}
	}
}

// As in nginx ".a.b" takes the name itself even where its wildcard is there already.
func TestANameOfAConflictingWildcardIsTaken(t *testing.T) {
	var tb Table[int]
	for _, c := range []struct {
		name string
		want error
	}{{"*.a.b", nil}, {".a.b", ErrConflict}, {"a.b", ErrConflict}} {
		if err := tb.Add(c.name, 1); !errors.Is(err, c.want) {
			t.Errorf("Add(%q) = %v, want %v", c.name, err, c.want)
		}
	}
	tb.Freeze()
	if _, ok := tb.Lookup([]byte("a.b")); ok {
		t.Error("a.b is found")
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	var tb Table[int]
	for i, n := range []string{"a.example.com", "*.example.com", "b.*"} {
		if err := tb.Add(n, i); err != nil {
			t.Fatal(err)
		}
	}
	tb.Freeze()
	hosts := [][]byte{[]byte("a.example.com"), []byte("x.y.example.com"), []byte("b.org"), []byte("none")}
	if n := testing.AllocsPerRun(100, func() {
		for _, h := range hosts {
			tb.Lookup(h)
		}
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
