package vars

// Expression is a regular expression that comes with a document while a request is served, not with the config: its captures
// are the caller's, and no variable changes.
type Expression struct {
	regex  *Regex
	groups int // the pattern's own
}

// NewExpression compiles a pattern; errors are those of Table.Regex.
func NewExpression(pattern string) (*Expression, error) {
	r, err := newRegex(pattern, false)
	if err != nil {
		return nil, err
	}
	e := &Expression{r, r.groups}
	if e.groups == 0 {
		// where a pattern without groups matches is not found out, so it gets one
		if r, err = newRegex("("+pattern+")", false); err == nil {
			e.regex = r
		}
	}
	return e, nil
}

// Find gives start and end of every group of the first match, the whole match first; -1 for a group that took no part.
func (e *Expression) Find(s Subject, text []byte) (spans []int32, ok bool) {
	st := s.VarState()
	if ok, _ := e.regex.match(s, st, text); !ok {
		return nil, false
	}
	if e.regex.groups == 0 {
		return nil, true
	}
	return append(spans, st.spans[:2*(e.groups+1)]...), true
}

// Names lists the named groups and their numbers.
func (e *Expression) Names() (names []string, groups []int) {
	for _, n := range e.regex.names {
		names, groups = append(names, n.Name), append(groups, n.Group)
	}
	return names, groups
}
