package ascii

import "testing"

func TestOnlyLettersOfASCIIAreFolded(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"", "", true},
		{"Content-Type", "cONTENT-tYPE", true},
		{"a", "ab", false},
		{"[", "{", false}, // 0x20 apart, and no letters
		{"@x", "`x", false},
		{"\u212a", "k", false}, // the Kelvin sign
		{"\u017f", "s", false}, // the long s
		{"É", "é", false},
		{"\xffA", "\xffa", true},
	} {
		if got := EqualFold(c.a, []byte(c.b)); got != c.same {
			t.Errorf("EqualFold(%q, %q) = %t", c.a, c.b, got)
		}
		if got := EqualFold([]byte(c.b), c.a); got != c.same {
			t.Errorf("EqualFold(%q, %q) = %t", c.b, c.a, got)
		}
	}
	for from, want := range map[string]string{"": "", "abc": "abc", "AZaz[@": "azaz[@", "\u212a\xff\x80Z": "\u212a\xff\x80z"} {
		if got := ToLower(from); got != want {
			t.Errorf("ToLower(%q) = %q, want %q", from, got, want)
		}
	}
}

func TestPartsAreFoundWhateverTheirCase(t *testing.T) {
	for _, c := range []struct {
		text, part string
		at         int
	}{
		{"", "", 0}, {"abc", "", 0}, {"abc", "C", 2}, {"xURL=url=", "url=", 1}, {"ur", "url", -1}, {"\xff\xffUrl=", "url=", 2}, {"aab", "AB", 1},
	} {
		if got := IndexFold(c.text, c.part); got != c.at {
			t.Errorf("IndexFold(%q, %q) = %d, want %d", c.text, c.part, got, c.at)
		}
	}
}
