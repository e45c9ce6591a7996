package vars

import (
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"
	"unicode/utf8"

	"understudy/vars/pcre"

	"github.com/dlclark/regexp2"
)

// matchTimeout bounds a match by the backtracking engine, as PCRE's match limit does in nginx.
const matchTimeout = time.Second

// Regex is a regular expression in nginx's (PCRE's) notation, compiled once. It is matched by comparing texts if it is
// nothing but texts, by Go's regexp if that can express it, else by the backtracking engine.
type Regex struct {
	pattern  *pcre.Pattern
	literals *pcre.Literals
	linear   *regexp.Regexp
	named    []namedGroup

	once         sync.Once // guards the making of backtracking, which a pattern with "$" needs only for odd texts
	backtracking *regexp2.Regexp
}

type namedGroup struct {
	group int
	v     *Variable
}

// Regex compiles a pattern. Its named groups become variables of the table. Errors are nginx's:
// `pcre2_compile() failed: … in "PATTERN" at "REST"`, `the duplicate "x" variable`.
func (t *Table) Regex(pattern string, caseless bool) (*Regex, error) {
	r, err := compile(pattern, caseless)
	if err != nil {
		return nil, err
	}
	for _, n := range r.pattern.Names {
		if t == nil {
			return nil, errors.New("named captures need variables, which are not there outside of http and stream")
		}
		if err := t.Add(Def{Name: n.Name, Get: notFound, Changeable: true, Cached: true}); err != nil {
			return nil, err
		}
		r.named = append(r.named, namedGroup{n.Group, t.Ref(n.Name)})
	}
	return r, nil
}

func compile(pattern string, caseless bool) (*Regex, error) {
	p, err := pcre.Parse(pattern, caseless)
	if err != nil {
		return nil, err
	}
	r := &Regex{pattern: p, literals: p.Literals()}
	if source, ok := p.RE2(); ok {
		r.linear, err = regexp.Compile(source)
		if err != nil {
			r.linear = nil // too many repeats for RE2
		}
	}
	if r.linear == nil {
		if err := r.prepare(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func notFound(_ Subject, dst []byte) ([]byte, bool) { return dst, false }

// String is the pattern as written.
func (r *Regex) String() string { return r.pattern.Source }

// Groups is the number of capture groups.
func (r *Regex) Groups() int { return r.pattern.Groups }

// prepare makes the backtracking form.
func (r *Regex) prepare() error {
	var err error
	r.once.Do(func() {
		var re *regexp2.Regexp
		if re, err = regexp2.Compile(r.pattern.Regexp2(), regexp2.None); err != nil {
			err = fmt.Errorf("regex \"%s\" is not supported: %w", r.pattern.Source, err)
			return
		}
		re.MatchTimeout = matchTimeout
		r.backtracking = re
	})
	return err
}

// Match says whether the pattern matches text, and if so sets $1…$9 and the named groups of s. As in nginx a match of a
// pattern without groups leaves $1…$9 empty.
func (r *Regex) Match(s Subject, text []byte) bool {
	st := s.VarState()
	if !r.match(s, st, text) {
		return false
	}
	st.captures.n = 0
	if r.pattern.Groups > 0 {
		r.remember(st, text)
	}
	return true
}

// match leaves what the groups match in st.spans.
func (r *Regex) match(s Subject, st *State, text []byte) (ok bool) {
	newline := r.pattern.FinalNewline && len(text) > 0 && text[len(text)-1] == '\n'
	switch {
	case r.pattern.UTF && !utf8.Valid(text):
		report(s, fmt.Sprintf("pcre2_match() failed: -22 on \"%s\" using \"%s\"", text, r.pattern.Source))
		return false
	case newline || r.linear == nil && r.literals == nil:
		ok = r.matchBacktracking(s, st, text)
	case r.literals != nil:
		st.spans, ok = r.literals.Match(text, st.spans[:0])
	default:
		ok = r.matchLinear(st, text)
	}
	return ok
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
	if r.pattern.UTF || isASCII(text) {
		return r.findLinear(st, text)
	}
	// One character for each byte, as PCRE sees it.
	wide := st.Scratch()
	for _, c := range text {
		wide = utf8.AppendRune(wide, rune(c))
	}
	ok := r.findLinear(st, wide)
	if ok && r.pattern.Groups > 0 {
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
	if r.pattern.Groups == 0 {
		return r.linear.Match(text)
	}
	found := r.linear.FindSubmatchIndex(text)
	st.spans = st.spans[:0]
	for _, at := range found {
		st.spans = append(st.spans, int32(at))
	}
	return found != nil
}

func (r *Regex) matchBacktracking(s Subject, st *State, text []byte) bool {
	if err := r.prepare(); err != nil || r.backtracking == nil {
		report(s, fmt.Sprintf("regex \"%s\" cannot match a text with a final newline", r.pattern.Source))
		return false
	}
	runes := make([]rune, 0, len(text))
	if r.pattern.UTF {
		runes = []rune(string(text))
	} else {
		for _, c := range text {
			runes = append(runes, rune(c))
		}
	}
	m, err := r.backtracking.FindRunesMatch(runes)
	if err != nil { // the time is up; nginx's words for its match limit
		report(s, fmt.Sprintf("pcre2_match() failed: -47 on \"%s\" using \"%s\"", text, r.pattern.Source))
		return false
	}
	if m == nil {
		return false
	}
	st.spans = st.spans[:0]
	for i := range r.pattern.Groups + 1 {
		g := m.GroupByNumber(i)
		if g == nil || len(g.Captures) == 0 {
			st.spans = append(st.spans, -1, -1)
			continue
		}
		from, to := g.Index, g.Index+g.Length
		if r.pattern.UTF {
			from = len(string(runes[:from]))
			to = len(string(runes[:to]))
		}
		st.spans = append(st.spans, int32(from), int32(to))
	}
	return true
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// Test is Match that leaves $1…$9 and the named groups as they are.
func (r *Regex) Test(s Subject, text []byte) bool { return r.match(s, s.VarState(), text) }
