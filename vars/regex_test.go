package vars

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// bytesOf turns a recorded string, which spells each byte as the character of that number, into the bytes.
func bytesOf(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return b
}

// testdata/regex.json holds what nginx 1.22.1 answered for `map $uri $m { "~PATTERN" "$1 $2 $3 $4"; }`: for each pattern and
// text the four captures, or null for no match.
type recordedMatches struct {
	Nginx    string
	Texts    []string
	Patterns [][]json.RawMessage
}

func TestMatchesAndCapturesAreNginxs(t *testing.T) {
	raw, err := os.ReadFile("testdata/regex.json")
	if err != nil {
		t.Fatal(err)
	}
	var rec recordedMatches
	if err := json.Unmarshal(raw, &rec); err != nil {
		t.Fatal(err)
	}
	engines := map[string]int{}
	for _, row := range rec.Patterns {
		var pattern string
		if err := json.Unmarshal(row[0], &pattern); err != nil {
			t.Fatal(err)
		}
		tb := NewTable()
		re, err := tb.Regex(string(bytesOf(pattern)), false)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		switch {
		case re.literals != nil:
			engines["literals"]++
		case re.linear != nil:
			engines["linear"]++
		default:
			engines["backtracking"]++
		}
		if err := tb.Finish(); err != nil {
			t.Fatal(err)
		}
		for i, text := range rec.Texts {
			var want []string
			if err := json.Unmarshal(row[i+1], &want); err != nil {
				t.Fatal(err)
			}
			r := &request{}
			r.state.Reset(tb)
			var got []string
			if re.Match(r, bytesOf(text)) {
				for n := 1; n <= 4; n++ {
					got = append(got, string(r.state.Capture(n)))
				}
			}
			for n := range want {
				want[n] = string(bytesOf(want[n]))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s on %q: %q, nginx %q", pattern, text, got, want)
			}
		}
	}
	if engines["literals"] == 0 || engines["linear"] == 0 || engines["backtracking"] == 0 {
		t.Errorf("not every engine was asked: %v", engines)
	}
	t.Log(engines)
}

func compileRegex(t testing.TB, pattern string, caseless bool) (*Regex, *request) {
	t.Helper()
	tb := NewTable(requestDefs)
	re, err := tb.Regex(pattern, caseless)
	if err != nil {
		t.Fatalf("%s: %v", pattern, err)
	}
	if err := tb.Finish(); err != nil {
		t.Fatal(err)
	}
	r := &request{}
	r.state.Reset(tb)
	return re, r
}

func TestNamedCapturesBecomeVariables(t *testing.T) {
	tb := NewTable(requestDefs)
	re, err := tb.Regex(`^/(?<first>\w+)(?:/(?<Second>\w+))?`, false)
	if err != nil {
		t.Fatal(err)
	}
	v, err := tb.Compile("[$first][$second]")
	if err != nil {
		t.Fatal(err)
	}
	if err := tb.Finish(); err != nil {
		t.Fatal(err)
	}
	r := &request{}
	r.state.Reset(tb)
	for _, c := range []struct{ text, want string }{
		{"", "[][]"}, {"/a/b", "[a][b]"}, {"?", "[a][b]"}, {"/c", "[c][]"},
	} {
		re.Match(r, []byte(c.text))
		if got := string(v.Append(nil, r)); got != c.want {
			t.Errorf("after %q: %s, want %s", c.text, got, c.want)
		}
	}
	if _, err := tb.Regex(`(?<host>x)`, false); err == nil || err.Error() != `the duplicate "host" variable` {
		t.Errorf("built-in name: %v", err)
	}
}

func TestMatchWithoutGroupsEmptiesCaptures(t *testing.T) {
	re, r := compileRegex(t, `(a)`, false)
	plain, err := NewTable().Regex(`b`, false)
	if err != nil {
		t.Fatal(err)
	}
	re.Match(r, []byte("ab"))
	if plain.Match(r, []byte("x")); string(r.state.Capture(1)) != "a" {
		t.Error("a failed match took the captures away")
	}
	if plain.Match(r, []byte("ab")); r.state.Capture(1) != nil {
		t.Error("captures of the earlier match are left")
	}
}

func TestUnsupportedFeatureIsNamed(t *testing.T) {
	for pattern, want := range map[string]string{
		`(a)(?1)`:   `regex "(a)(?1)" uses a recursive or subroutine call, which is not supported`,
		`a(*SKIP)b`: `regex "a(*SKIP)b" uses (*SKIP), which is not supported`,
	} {
		if _, err := NewTable().Regex(pattern, false); err == nil || err.Error() != want {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

func TestEndlessBacktrackingIsCutShortAndReported(t *testing.T) {
	re, r := compileRegex(t, `^(?:(a+)+)+\1$`, false)
	text := make([]byte, 64)
	for i := range text {
		text[i] = 'a'
	}
	text[63] = 'b'
	if re.Match(r, text) {
		t.Fatal("matched")
	}
	if len(r.errors) != 1 {
		t.Fatalf("reported %q", r.errors)
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	for _, pattern := range []string{`\.(png|jpg)$`, `^/api/`, `\.php(?:/|$)`, `^/[a-z]+/\d+$`, `(?i)\.html$`, `[^x]\xc9`} {
		re, r := compileRegex(t, pattern, false)
		if raceDetector && re.literals == nil {
			continue
		}
		texts := [][]byte{[]byte("/api/images/x.png"), []byte("/index.php/a"), []byte("/users/17"), []byte("/\xc3\xc9.HTML")}
		if n := testing.AllocsPerRun(100, func() {
			r.state.arena = r.state.arena[:0]
			for _, text := range texts {
				re.Match(r, text)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", pattern, n)
		}
	}
}

// FuzzRegex holds the fast paths against the backtracking engine, which carries out every pattern.
func FuzzRegex(f *testing.F) {
	for _, s := range [][2]string{
		{`\.(png|jpg)$`, "/x.png"}, {`^/(a|ab)(c|bcd)?`, "/abcd"}, {`(?i)K[^k]é`, "Kxé"}, {`(a|b?)c{1,2}$`, "abcc\n"}, {`[[:alpha:]\d-]+?x`, "a-1x"},
		{`(?:^/a|b)$`, "/a"}, {`^/(.*)$`, "/a/b"}, {`jpe?g|(PNG)$`, "x.PNG"}, {`(?m)^a$`, "b\na\n"}, {`(?s:.)\x{e9}\Q.\E`, "\n\xe9."},
	} {
		f.Add(s[0], []byte(s[1]))
	}
	f.Fuzz(func(t *testing.T, pattern string, text []byte) {
		if len(pattern) > 40 || len(text) > 40 {
			return
		}
		re, err := NewTable().Regex(pattern, false)
		if err != nil || re.pattern.UTF {
			return
		}
		if re.literals == nil && re.linear == nil || re.prepare() != nil {
			return
		}
		fast, slow := &request{}, &request{}
		a := re.Match(fast, text)
		re.literals, re.linear = nil, nil
		b := re.Match(slow, text)
		if len(slow.errors) > 0 {
			return
		}
		if a != b {
			t.Fatalf("%q on %q: %v, backtracking %v", pattern, text, a, b)
		}
		for n := 1; n <= re.Groups(); n++ {
			if x, y := string(fast.state.Capture(n)), string(slow.state.Capture(n)); x != y {
				t.Fatalf("%q on %q: $%d %q, backtracking %q", pattern, text, n, x, y)
			}
		}
	})
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"", "$", "$host", "${host}x$1", "a${", "${host", "$$1", "x$0y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tb := NewTable(requestDefs)
		v, err := tb.Compile(text)
		if err != nil || tb.Finish() != nil {
			return
		}
		r := &request{}
		r.state.Reset(tb)
		got := v.Append(nil, r)
		if s, ok := v.Static(); ok && s != string(got) {
			t.Fatalf("static %q renders %q", s, got)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	for _, c := range []struct{ name, pattern, text string }{
		{"suffix", `\.(?:png|jpg|gif|css|js)$`, "/assets/site/main.html"},
		{"suffix with group", `\.(png|jpg|gif|css|js)$`, "/assets/site/main.js"},
		{"prefix", `^/api/v1/`, "/api/v1/users"},
		{"linear", `^/users/\d+$`, "/users/1234"},
		{"linear with group", `^/users/(\d+)/`, "/users/1234/x"},
	} {
		b.Run(c.name, func(b *testing.B) {
			re, r := compileRegex(b, c.pattern, false)
			text := []byte(c.text)
			b.ReportAllocs()
			for b.Loop() {
				r.state.arena = r.state.arena[:0]
				re.Match(r, text)
			}
		})
	}
}
