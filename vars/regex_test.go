package vars

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
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
	asked := map[string]int{}
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
		if err := tb.Finish(); err != nil {
			t.Fatal(err)
		}
		for i, text := range rec.Texts {
			var want []string
			if err := json.Unmarshal(row[i+1], &want); err != nil {
				t.Fatal(err)
			}
			for n := range want {
				want[n] = string(bytesOf(want[n]))
			}
			for engine, match := range engines(re, bytesOf(text)) {
				r := &request{}
				r.state.Reset(tb)
				var got []string
				if match(r, bytesOf(text)) {
					for n := 1; n <= 4; n++ {
						got = append(got, string(r.state.Capture(n)))
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s on %q, %s: %q, nginx %q", pattern, text, engine, got, want)
				}
				asked[engine]++
			}
		}
	}
	if asked["literals"] == 0 || asked["linear"] == 0 || asked["machine"] == 0 {
		t.Errorf("not every engine was asked: %v", asked)
	}
	t.Log(asked)
}

// engines are the ways in which a regex can match a text.
func engines(re *Regex, text []byte) map[string]func(Subject, []byte) bool {
	alone := func(change func(*Regex)) func(Subject, []byte) bool {
		copied := *re
		change(&copied)
		return copied.Match
	}
	ways := map[string]func(Subject, []byte) bool{
		"machine": alone(func(r *Regex) { r.literals = nil }),
	}
	if re.literals != nil {
		ways["literals"] = re.Match
	}
	if newline := re.newline && len(text) > 0 && text[len(text)-1] == '\n'; re.linear() != nil && !newline && (!re.utf || utf8.Valid(text)) {
		ways["linear"] = func(s Subject, text []byte) bool {
			st := s.VarState()
			st.captures.n = 0
			ok := re.matchLinear(st, text)
			if ok && re.groups > 0 {
				re.remember(st, text)
			}
			return ok
		}
	}
	return ways
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
	text := append(bytes.Repeat([]byte("a"), 4096), 'b')
	for pattern, linear := range map[string]bool{`^(?:(a+)+)+\1$`: false, `^(?=a)(a+)+$`: false, `(a+)+$`: true, `^(a|a)*$`: true} {
		re, r := compileRegex(t, pattern, false)
		before := time.Now()
		ok, err := re.Exec(r, text)
		t.Logf("%s took %v", pattern, time.Since(before))
		switch {
		case ok:
			t.Errorf("%s matched", pattern)
		case linear && (err != nil || len(r.errors) != 0):
			t.Errorf("%s: %v, reported %q", pattern, err, r.errors)
		case !linear && (err == nil || len(r.errors) != 1 || !strings.HasPrefix(r.errors[0], "pcre2_match() failed: -47 on \"aaa")):
			t.Errorf("%s: %v, reported %.60q", pattern, err, r.errors)
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	for _, pattern := range []string{`\.(png|jpg)$`, `^/api/`, `\.php(?:/|$)`, `^/[a-z]+/\d+$`, `(?i)\.html$`, `[^x]\xc9`, `^/(?!x)(\w+)/(\d*)(?<=7)`, `(.)\1`} {
		re, r := compileRegex(t, pattern, false)
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

// FuzzRegex holds the ways to match against each other.
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
		if err != nil || re.utf {
			return
		}
		ways := engines(re, text)
		slow := &request{}
		want := ways["machine"](slow, text)
		if len(slow.errors) > 0 {
			return
		}
		for engine, match := range ways {
			fast := &request{}
			if got := match(fast, text); got != want {
				t.Fatalf("%q on %q, %s: %v, machine %v", pattern, text, engine, got, want)
			}
			for n := 1; n <= re.Groups(); n++ {
				if x, y := string(fast.state.Capture(n)), string(slow.state.Capture(n)); x != y {
					t.Fatalf("%q on %q, %s: $%d %q, machine %q", pattern, text, engine, n, x, y)
				}
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
