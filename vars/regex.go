package vars

import (
	"errors"
	"fmt"
	"regexp"
	"sync"
	"unicode/utf8"

	"understudy/vars/pcre"
)

// Steps that a match may take. Where Go's regexp can take over it does so early; where it cannot, a match that runs away
// ends as it does in nginx at PCRE's match limit.
const (
	quickSteps = 20_000
	matchLimit = 2_000_000
)

// Regex is a regular expression in nginx's (PCRE's) notation, compiled once. It is matched by comparing texts if it is
// nothing but texts, else step by step, and by Go's regexp if that takes too long and it can express the pattern.
type Regex struct {
	source   string
	caseless bool
	groups   int
	utf      bool
	newline  bool // pcre.Pattern.FinalNewline
	literals *pcre.Literals
	needs    []string // pcre.Pattern.Needs
	names    []pcre.Name
	named    []namedGroup // as variables

	program func() *pcre.Program
	linear  func() *regexp.Regexp // nil if RE2 cannot express it
}

type namedGroup struct {
	group int
	v     *Variable
}

// Regex compiles a pattern. Its named groups become variables of the table. Errors are nginx's:
// `pcre2_compile() failed: … in "PATTERN" at "REST"`, `the duplicate "x" variable`.
func (t *Table) Regex(pattern string, caseless bool) (*Regex, error) {
	key := regexKey{pattern, caseless}
	if t != nil && t.regexes[key] != nil {
		return t.regexes[key], nil
	}
	r, err := newRegex(pattern, caseless)
	if err != nil {
		return nil, err
	}
	for _, n := range r.names {
		if t == nil {
			return nil, errors.New("named captures need variables, which are not there outside of http and stream")
		}
		if err := t.Add(Def{Name: n.Name, Get: notFound, Changeable: true, Cached: true}); err != nil {
			return nil, err
		}
		r.named = append(r.named, namedGroup{n.Group, t.Ref(n.Name)})
	}
	if t != nil {
		t.regexes[key] = r
	}
	return r, nil
}

// regexKey is what makes two regexes of a table the same one.
type regexKey struct {
	pattern  string
	caseless bool
}

func newRegex(pattern string, caseless bool) (*Regex, error) {
	p, err := pcre.Parse(pattern, caseless)
	if err != nil {
		return nil, err
	}
	r := &Regex{names: p.Names, source: pattern, caseless: caseless, groups: p.Groups, utf: p.UTF, newline: p.FinalNewline, literals: p.Literals(), needs: p.Needs()}
	if r.literals == nil {
		program := p.Program()
		r.program = func() *pcre.Program { return program }
	} else { // for texts with a final newline
		r.program = sync.OnceValue(func() *pcre.Program { return r.parse().Program() })
	}
	r.linear = sync.OnceValue(r.compileLinear)
	return r, nil
}

// parse reads the pattern again, which has been found good: its tree is not kept.
func (r *Regex) parse() *pcre.Pattern {
	p, err := pcre.Parse(r.source, r.caseless)
	if err != nil {
		panic(err)
	}
	return p
}

func (r *Regex) compileLinear() *regexp.Regexp {
	source, ok := r.parse().RE2()
	if !ok {
		return nil
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil // too many repeats for RE2
	}
	return re
}

func notFound(_ Subject, dst []byte) ([]byte, bool) { return dst, false }

// String is the pattern as written.
func (r *Regex) String() string { return r.source }

// Groups is the number of capture groups.
func (r *Regex) Groups() int { return r.groups }

// Match says whether the pattern matches text, and if so sets $1…$9 and the named groups of s. As in nginx a match of a
// pattern without groups leaves $1…$9 empty.
func (r *Regex) Match(s Subject, text []byte) bool {
	ok, _ := r.Exec(s, text)
	return ok
}

// Exec is Match that tells a text that does not match from one that cannot be matched: one that is not UTF-8 although
// the pattern is, or takes too many steps. The error has been reported.
func (r *Regex) Exec(s Subject, text []byte) (bool, error) {
	st := s.VarState()
	ok, err := r.match(s, st, text)
	if !ok {
		return false, err
	}
	st.captures.n = 0
	if r.groups > 0 {
		r.remember(st, text)
	}
	return true, nil
}

// Test is Exec that leaves $1…$9 and the named groups as they are.
func (r *Regex) Test(s Subject, text []byte) (bool, error) {
	return r.match(s, s.VarState(), text)
}

// Find is Test that gives where the groups match: two offsets each, the whole first, -1 for a group that takes no part. They hold
// until s matches another regex; nil = no match. Errors are those of Exec.
func (r *Regex) Find(s Subject, text []byte) ([]int32, error) {
	ok, err := r.match(s, s.VarState(), text)
	if !ok {
		return nil, err
	}
	return s.VarState().spans, nil
}

var errUTF = errors.New("not UTF-8")

// match leaves what the groups match in st.spans.
func (r *Regex) match(s Subject, st *State, text []byte) (ok bool, err error) {
	newline := r.newline && len(text) > 0 && text[len(text)-1] == '\n'
	if r.utf && !utf8.Valid(text) {
		reportMatch(s, fmt.Sprintf("pcre2_match() failed: -22 on \"%s\" using \"%s\"", text, r.source))
		return false, errUTF
	}
	if r.literals != nil && !newline {
		st.spans, ok = r.literals.Match(text, st.spans[:0])
		return ok, nil
	}
	if st.spans, ok, err = st.machine.Match(r.program(), text, st.spans[:0], quickSteps); err == nil {
		return ok, nil
	}
	if !newline && r.linear() != nil {
		return r.matchLinear(st, text), nil
	}
	if st.spans, ok, err = st.machine.Match(r.program(), text, st.spans[:0], matchLimit); err != nil {
		reportMatch(s, fmt.Sprintf("pcre2_match() failed: -47 on \"%s\" using \"%s\"", text, r.source))
	}
	return ok, err
}

// remember makes st.spans, which refer to text, the captures of the state.
func (r *Regex) remember(st *State, text []byte) {
	c := &st.captures
	c.off = uint32(len(st.arena))
	st.arena = append(st.arena, text...)
	c.span = append(c.span[:0], st.spans...)
	c.n = len(c.span) / 2
	for _, n := range r.named {
		st.store(n.v.index, slotAssigned, st.Capture(n.group))
	}
}

func (r *Regex) matchLinear(st *State, text []byte) bool {
	if r.utf || isASCII(text) {
		return r.findLinear(st, text)
	}
	// One character for each byte, as PCRE sees it.
	wide := st.Scratch()
	for _, c := range text {
		wide = utf8.AppendRune(wide, rune(c))
	}
	ok := r.findLinear(st, wide)
	if ok && r.groups > 0 {
		for i, at := range st.spans {
			if at > 0 {
				st.spans[i] = int32(utf8.RuneCount(wide[:at]))
			}
		}
	}
	st.PutScratch(wide)
	return ok
}

func (r *Regex) findLinear(st *State, text []byte) bool {
	if r.groups == 0 {
		return r.linear().Match(text)
	}
	found := r.linear().FindSubmatchIndex(text)
	st.spans = st.spans[:0]
	for _, at := range found {
		st.spans = append(st.spans, int32(at))
	}
	return found != nil
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
