package ssi

import "testing"

func TestBackslashesAreTakenOffBeforeSpecialBytesOnly(t *testing.T) {
	for text, want := range map[string]string{
		`a\\b`: `a\b`, `\"\'\$`: `"'$`, `\d\n`: `\d\n`, `end\`: `end`, `\`: ``, `a`: `a`,
	} {
		if got, at := unquote(nil, []byte(text), 0); string(got) != want || at != len(text) {
			t.Errorf("%s: %s (%d), want %s", text, got, at, want)
		}
	}
	if got, at := unquote(nil, []byte(`a\$b$c`), 0); string(got) != "a$b" || at != 4 {
		t.Errorf("%s (%d)", got, at)
	}
}

func TestCapturesCountUpToTheLastThatTookPart(t *testing.T) {
	p := &page{captured: []byte("axb"), captures: []int32{0, 3, 0, 1, -1, -1, 2, 3, -1, -1}}
	p.assign("4", []byte("mine"))
	for name, want := range map[string]string{"0": "axb", "1": "a", "2": "", "3": "b", "4": "mine"} {
		if got, ok := p.own(name); !ok || string(got) != want {
			t.Errorf("$%s: %q %v, want %q", name, got, ok, want)
		}
	}
	if _, ok := p.own("5"); ok {
		t.Error("$5 is there")
	}
}
