package vars

import (
	"fmt"
	"regexp"
)

// Regex is a regular expression in nginx's (PCRE's) notation, compiled once.
type Regex struct {
	pattern string
	groups  int
	re      *regexp.Regexp
	named   []namedGroup
}

type namedGroup struct {
	group int
	v     *Variable
}

// Regex compiles a pattern. Its named groups become variables of the table.
func (t *Table) Regex(pattern string, caseless bool) (*Regex, error) {
	source := pattern
	if caseless {
		source = "(?i)" + source
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, fmt.Errorf("pcre2_compile() failed: %s in \"%s\"", err, pattern)
	}
	r := &Regex{pattern: pattern, re: re, groups: re.NumSubexp()}
	for i, name := range re.SubexpNames() {
		if name == "" {
			continue
		}
		if err := t.Add(Def{Name: name, Get: notFound, Changeable: true, Cached: true}); err != nil {
			return nil, err
		}
		r.named = append(r.named, namedGroup{i, t.Ref(name)})
	}
	return r, nil
}

func notFound(_ Subject, dst []byte) ([]byte, bool) { return dst, false }

// Match says whether the pattern matches text, and if so sets $1…$9 and the named groups of s.
func (r *Regex) Match(s Subject, text []byte) bool {
	if r.groups == 0 {
		if !r.re.Match(text) {
			return false
		}
		s.VarState().captures.n = 0
		return true
	}
	spans := r.re.FindSubmatchIndex(text)
	if spans == nil {
		return false
	}
	st := s.VarState()
	c := &st.captures
	c.off = uint32(len(st.arena))
	st.arena = append(st.arena, text...)
	c.span = c.span[:0]
	for _, at := range spans {
		c.span = append(c.span, int32(at))
	}
	c.n = len(spans) / 2
	for _, n := range r.named {
		st.store(n.v.index, slotAssigned, st.Capture(n.group))
	}
	return true
}

// String is the pattern as written.
func (r *Regex) String() string { return r.pattern }
