package sub

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"understudy/ascii"
)

// replaced replaces all texts in data, which comes in pieces of the given size, by their numbers in brackets.
func replaced(list []string, data string, size int) string {
	texts := make([]text, len(list))
	for i, m := range list {
		texts[i].match = ascii.ToLower(m)
	}
	t := newTable(texts)
	var out bytes.Buffer
	var held []byte
	for len(data) > 0 {
		n := min(size, len(data))
		p := append(held, data[:n]...)
		data = data[n:]
		at := 0
		for {
			from, i, v := t.find(p, at, func(int) bool { return false })
			if v == nowhere {
				from = len(p)
			}
			out.Write(p[at:from])
			if v != whole {
				held = slices.Clone(p[from:])
				break
			}
			out.WriteString("[" + t.texts[i].match + "]")
			at = from + len(t.texts[i].match)
		}
	}
	return out.String() + string(held)
}

// slowly does the same by comparing at every byte: of the texts that match there, or may as far as the data goes, the one
// counts whose byte at the end of the shortest is least, then the first.
func slowly(list []string, data string) string {
	list = slices.Clone(list)
	end := len(list[0])
	for i := range list {
		list[i] = ascii.ToLower(list[i])
		end = min(end, len(list[i]))
	}
	slices.SortStableFunc(list, func(a, b string) int { return int(a[end-1]) - int(b[end-1]) })
	low := ascii.ToLower(data)
	var out strings.Builder
	for at := 0; at < len(data); {
		n := 0
		for _, m := range list {
			if strings.HasPrefix(low[at:], m) {
				out.WriteString("[" + m + "]")
				n = len(m)
				break
			}
			if strings.HasPrefix(m, low[at:]) {
				return out.String() + data[at:]
			}
		}
		if n == 0 {
			out.WriteByte(data[at])
			n = 1
		}
		at += n
	}
	return out.String()
}

func TestTextsAreFoundAcrossPieces(t *testing.T) {
	for _, c := range []struct {
		texts      []string
		data, want string
	}{
		{[]string{"foo"}, "foo FoO fofoo fo", "[foo] [foo] fo[foo] fo"},
		{[]string{"abab", "bab"}, "xababab", "x[abab]ab"},
		{[]string{"aab", "aaab"}, "aaabaab", "[aaab][aab]"},
		{[]string{"ab", "abcd"}, "abcd", "[ab]cd"},
		{[]string{"abcd", "ab"}, "abcx abcd ab", "[ab]cx [abcd] ab"},
		{[]string{"."}, "a.b..", "a[.]b[.][.]"},
		{[]string{"\xe4\xc4"}, "\xe4\xe4\xc4\xc4", "\xe4[\xe4\xc4]\xc4"},
	} {
		for size := 1; size <= len(c.data); size++ {
			if got := replaced(c.texts, c.data, size); got != c.want {
				t.Errorf("%q in %q in pieces of %d: %q, want %q", c.texts, c.data, size, got, c.want)
			}
		}
	}
}

func FuzzTexts(f *testing.F) {
	f.Add("ab,abc,b", "aabcbabab", 2)
	f.Add("aab,aaab,b", "aaaaab", 1)
	f.Add("Abcabd", "abcabcabd", 4)
	f.Fuzz(func(t *testing.T, list, data string, size int) {
		texts := strings.Split(list, ",")
		if len(texts) > maxPairs || slices.Contains(texts, "") {
			return
		}
		want := slowly(texts, data)
		if got := replaced(texts, data, 1+int(uint(size)%8)); got != want {
			t.Errorf("%q in %q: %q, want %q", texts, data, got, want)
		}
	})
}
