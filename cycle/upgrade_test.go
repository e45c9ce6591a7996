package cycle

import (
	"slices"
	"strings"
	"testing"
)

func TestInheritedSocketNumbers(t *testing.T) {
	const rest = " in NGINX environment variable, ignoring the rest of the variable"
	for _, c := range []struct {
		text    string
		numbers []int
		wrong   string
	}{
		{"3;4;", []int{3, 4}, ""},
		{"3:14;", []int{3, 14}, ""},
		{"", nil, ""},
		{"3;4", []int{3}, `invalid socket number "4" in NGINX environment variable, ignoring`},
		{"3;x;5;", []int{3}, `invalid socket number "x;5;"` + rest},
		{";", nil, `invalid socket number ";"` + rest},
		{"-1;", nil, `invalid socket number "-1;"` + rest},
	} {
		numbers, wrong := parseInherited(c.text)
		if !slices.Equal(numbers, c.numbers) || wrong != c.wrong {
			t.Errorf("%q: %v, %q; want %v, %q", c.text, numbers, wrong, c.numbers, c.wrong)
		}
	}
}

func TestPidText(t *testing.T) {
	for text, want := range map[string]int{"1": 1, "0042": 42, "": -1, "x": -1, "1x": -1, "-1": -1, " 1": -1, strings.Repeat("9", 22): -1} {
		pid, ok := parsePid([]byte(text))
		if ok != (want >= 0) || ok && pid != want {
			t.Errorf("%q: %d, %v", text, pid, ok)
		}
	}
}

func TestEnvironmentOfTheNewBinary(t *testing.T) {
	got := withoutVariable([]string{"A=1", "NGINX=3;", "NGINXES=2"})
	if !slices.Equal(got, []string{"A=1", "NGINXES=2"}) {
		t.Errorf("%q", got)
	}
}

func FuzzInherited(f *testing.F) {
	for _, seed := range []string{"3;4;", "", ";", "99999999999999999999;", "3;4"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		numbers, wrong := parseInherited(text)
		if wrong == "" && len(numbers) != strings.Count(text, ";")+strings.Count(text, ":") {
			t.Errorf("%q: %v without a complaint", text, numbers)
		}
	})
}
