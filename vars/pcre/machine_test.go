package pcre

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

const plenty = 1 << 22

// matchRegexp2 is what dlclark/regexp2 says: the bounds of all groups, nil for no match, ok false if it ran out of time.
func matchRegexp2(t testing.TB, p *Pattern, text []byte) (spans []int32, ok bool) {
	t.Helper()
	re, err := regexp2.Compile(p.Regexp2(), regexp2.None)
	if err != nil {
		return nil, false
	}
	re.MatchTimeout = 50 * time.Millisecond
	var runes []rune
	for _, c := range text {
		runes = append(runes, rune(c))
	}
	if p.UTF {
		runes = []rune(string(text))
	}
	m, err := re.FindRunesMatch(runes)
	if err != nil {
		return nil, false
	}
	if m == nil {
		return nil, true
	}
	for i := range p.Groups + 1 {
		g := m.GroupByNumber(i)
		if g == nil || len(g.Captures) == 0 {
			spans = append(spans, -1, -1)
			continue
		}
		from, to := g.Index, g.Index+g.Length
		if p.UTF {
			from, to = len(string(runes[:from])), len(string(runes[:to]))
		}
		spans = append(spans, int32(from), int32(to))
	}
	return spans, true
}

// matchRE2 is what Go's regexp says, ok false if it cannot be asked.
func matchRE2(p *Pattern, text []byte) (spans []int32, ok bool) {
	source, ok := p.RE2()
	if !ok || p.FinalNewline && strings.HasSuffix(string(text), "\n") {
		return nil, false
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, false
	}
	wide := text
	if !p.UTF {
		wide = nil
		for _, c := range text {
			wide = utf8.AppendRune(wide, rune(c))
		}
	}
	for _, at := range re.FindSubmatchIndex(wide) {
		if at > 0 && !p.UTF {
			at = utf8.RuneCount(wide[:at])
		}
		spans = append(spans, int32(at))
	}
	return spans, true
}

func compare(t testing.TB, pattern string, caseless bool, text []byte) {
	t.Helper()
	p, err := Parse(pattern, caseless)
	if err != nil || p.UTF && !utf8.Valid(text) {
		return
	}
	var m Machine
	got, ok, err := m.Match(p.Program(), text, nil, plenty)
	if err != nil {
		return
	}
	if !ok {
		got = nil
	}
	if want, sure := matchRE2(p, text); sure && !slices.Equal(got, want) {
		t.Fatalf("%q (caseless %v) on %q: %v, RE2 %v", pattern, caseless, text, got, want)
	}
	if want, sure := matchRegexp2(t, p, text); sure && !slices.Equal(got[:min(2, len(got))], want[:min(2, len(want))]) {
		t.Fatalf("%q (caseless %v) on %q: %v, regexp2 %v", pattern, caseless, text, got, want)
	}
	if need := p.Needs(); ok && need != nil {
		low := make([]byte, len(text))
		for i, c := range text {
			low[i] = lower[c]
		}
		if !slices.ContainsFunc(need, func(s string) bool { return strings.Contains(string(low), s) }) {
			t.Fatalf("%q (caseless %v) matches %q without any of %q", pattern, caseless, text, need)
		}
	}
}

// FuzzMachine holds the machine against two other engines, and against what the pattern is said to need.
func FuzzMachine(f *testing.F) {
	for _, s := range [][2]string{
		{`\.(png|jpe?g)$`, "/a.jpeg\n"}, {`(a|ab)(c|bcd)(d*)`, "abcd"}, {`(a+)+\1b`, "aaaab"}, {`^(?!/api)/\w+(?<=x)$`, "/abx"}, {`(?i)(K)\1é`, "kKé"},
		{`(?>a+)b|a(?=c)`, "aac"}, {`(a)?(?(1)b|c)`, "abc"}, {`(?(?=a)ab|[^x]{2,3}?)`, "qab"}, {`(|a)+b`, "aab"}, {`(?m)^b*?$`, "a\nbb\n"},
		{`(?<!a|bc)d+?\B`, "bcdd d"}, {`(*UTF8)(?i)[à-ü]+?(É)`, "aÀÉé"}, {`(?|(a)|b(c))\1{0,2}`, "bcc"}, {`(?:a{2,3}|b){2,}c`, "aabaac"}, {`x*+y[[:digit:]]`, "xxy1"},
		{`(a\1?){2,3}`, "aaaa"}, {`^(?=(a+))a*b\1`, "baaabac"}, {`(?:(a)|b)*\1`, "abba"}, {`/(de|en|fr)/.+\.(?:php|asp)(?:/|$)`, "/en/x.php/"},
	} {
		f.Add(s[0], false, []byte(s[1]))
		f.Add(s[0], true, []byte(s[1]))
	}
	f.Cleanup(regexp2.StopTimeoutClock)
	f.Fuzz(func(t *testing.T, pattern string, caseless bool, text []byte) {
		if len(pattern) < 60 && len(text) < 40 {
			compare(t, pattern, caseless, text)
		}
	})
}

// TestMachineAgreesOnRandomPatterns tries patterns made of everything, on texts made of their letters.
func TestMachineAgreesOnRandomPatterns(t *testing.T) {
	t.Cleanup(regexp2.StopTimeoutClock)
	rnd := rand.New(rand.NewPCG(1, 2))
	atoms := []string{"a", "b", "B", "/", `\.`, ".", "[ab]", "[^a]", `\w`, `\d`, "1", "^", "$", `\b`, `\B`, "ab/", "a.b", `(?=a)`, `(?!b)`, `(?<=a)`, `(?<!b/)`, `\n`, "é"}
	var pattern func(depth int) string
	pattern = func(depth int) string {
		var b strings.Builder
		for range 1 + rnd.IntN(3) {
			switch n := rnd.IntN(10); {
			case n < 5 || depth == 0:
				b.WriteString(atoms[rnd.IntN(len(atoms))])
			case n < 7:
				b.WriteString("(" + pattern(depth-1) + ")")
			case n < 9:
				b.WriteString("(?:" + pattern(depth-1) + "|" + pattern(depth-1) + ")")
			default:
				b.WriteString([]string{"(?>", "(?=", "(?!", "(?i:"}[rnd.IntN(4)] + pattern(depth-1) + ")")
			}
			if rnd.IntN(4) == 0 {
				b.WriteString([]string{"*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "+?", "??", "++"}[rnd.IntN(10)])
			}
		}
		return b.String()
	}
	letters := "abAB/.1\né"
	tried := 0
	for range 6_000 {
		s := pattern(3)
		if _, err := Parse(s, false); err != nil {
			continue
		}
		tried++
		for range 3 {
			text := make([]byte, rnd.IntN(12))
			for i := range text {
				text[i] = letters[rnd.IntN(len(letters))]
			}
			compare(t, s, rnd.IntN(2) == 0, text)
		}
	}
	if tried < 2000 {
		t.Errorf("only %d patterns could be tried", tried)
	}
}

func TestMachineGivesUpAtItsLimit(t *testing.T) {
	text := []byte(strings.Repeat("a", 4096))
	for _, pattern := range []string{`(a+)+$`, `^(?=a)(a+)+b`, `(a*)*\1x`, `(?:a|a)+\n\b!`, `^(?:(a+)+)+\1\d`} {
		p, err := Parse(pattern, false)
		if err != nil {
			t.Fatal(err)
		}
		var m Machine
		_, ok, err := m.Match(p.Program(), append(text, '!'), nil, 100_000)
		if ok || !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v, %v", pattern, ok, err)
		}
		if cap(m.stack) > keepFrames {
			t.Errorf("%s: %d frames are kept", pattern, cap(m.stack))
		}
	}
}
