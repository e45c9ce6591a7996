package vars

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func regexList(t testing.TB, patterns []string, caseless func(int) bool) (*Regexes, *request) {
	t.Helper()
	tb := NewTable(requestDefs)
	var list []*Regex
	for i, p := range patterns {
		re, err := tb.Regex(p, caseless(i))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, re)
	}
	if err := tb.Finish(); err != nil {
		t.Fatal(err)
	}
	r := &request{}
	r.state.Reset(tb)
	return NewRegexes(list), r
}

// thousand are patterns as configurations have them, the look-around and back references included.
func thousand() (patterns []string) {
	for i := range 1000 {
		patterns = append(patterns, []string{
			fmt.Sprintf(`^/user%d/(\d+)/$`, i), fmt.Sprintf(`\.(ext%d|fmt%d)$`, i, i), fmt.Sprintf(`^/blog%d/(\d{4})/([a-z-]+)$`, i), fmt.Sprintf(`/tags%d/`, i),
			fmt.Sprintf(`^/app%d/.*\.php$`, i), fmt.Sprintf(`^/(?!api)[a-z]+%d/edit$`, i), fmt.Sprintf(`^/([a-z]+)%d/\1/x$`, i), fmt.Sprintf(`^/(en|de|fr)/page%d(/.*)?$`, i),
			fmt.Sprintf(`/wp%d-(admin|login|content)/.*\.(php|asp)$`, i), fmt.Sprintf(`^/files%d/(.+\.(?:zip|tgz))$`, i),
		}[i%10])
	}
	return patterns
}

func TestFirstOfManyRegexesIsTheFirstInOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"a", "b", "ab", "abc", "/api", "/", `\.php`, "x", "[ab]", "(a|b)", `\d`, "abc?", "(?:php|asp|jsp)", ".*", "ABC", "b+", "(ba){2}", "(?!a)", "^", "$", "éa", "b?"}
	words := []string{"a", "b", "abc", "/api", "/", ".php", "x", "1", "ABC", "asp", "ba", "éa", "Ab"}
	for range 200 {
		var patterns []string
		for range 5 + rnd.IntN(80) {
			p := ""
			for range 1 + rnd.IntN(5) {
				p += pieces[rnd.IntN(len(pieces))]
			}
			patterns = append(patterns, p)
		}
		all, r := regexList(t, patterns, func(i int) bool { return i%3 == 0 })
		for range 50 {
			var text []byte
			for range rnd.IntN(6) {
				text = append(text, words[rnd.IntN(len(words))]...)
			}
			want := -1
			for i, re := range all.list {
				if ok, _ := re.Test(r, text); ok {
					want = i
					break
				}
			}
			if got, err := all.First(r, text); got != want || err != nil {
				t.Fatalf("%q: %d, %v, want %d %q of %q", text, got, err, want, patterns[max(want, 0)], patterns)
			}
		}
	}
}

func TestFirstOfManyRegexesAllocatesNothing(t *testing.T) {
	all, r := regexList(t, thousand(), func(i int) bool { return i%10 == 1 })
	for text, want := range map[string]int{"/files999/a.b.zip": 999, "/none/of/them": -1, "/x/y.FMT1": 1, "/ab86/ab/x": 86, "/ab986/ab/x": 986, "/ab985/edit": 985} {
		var got int
		path := []byte(text)
		if n := testing.AllocsPerRun(100, func() {
			r.state.arena = r.state.arena[:0]
			got, _ = all.First(r, path)
		}); n != 0 || got != want {
			t.Errorf("%s: %v allocations, %d, want %d", text, n, got, want)
		}
	}
}

func BenchmarkFirstOfThousand(b *testing.B) {
	all, r := regexList(b, thousand(), func(i int) bool { return i%10 == 1 })
	for _, text := range []string{"/files999/archive/old.zip", "/shop/articles/17/picture.webp"} {
		b.Run(text, func(b *testing.B) {
			path := []byte(text)
			b.ReportAllocs()
			for b.Loop() {
				r.state.arena = r.state.arena[:0]
				if _, err := all.First(r, path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
