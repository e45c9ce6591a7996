package vars

// Variable is one variable as the config uses it: a name with its number in the State and, after Finish, its getter.
type Variable struct {
	name   string
	index  int
	get    Getter
	set    Setter
	cached bool
	where  string
}

// Name is the name in lower case, without "$".
func (v *Variable) Name() string { return v.name }

// Append appends the value: what was assigned or cached in this exchange, else what the getter reads now.
func (v *Variable) Append(s Subject, dst []byte) ([]byte, bool) {
	st := s.VarState()
	if v.index < len(st.slots) {
		if c := &st.slots[v.index]; c.gen == st.gen {
			if c.kind == slotMissing {
				return dst, false
			}
			return append(dst, st.arena[c.off:c.end]...), true
		}
	}
	return v.read(s, st, dst)
}

// read runs the getter. The value goes to dst first and is cached from there, because a getter may evaluate other
// variables, which use the arena themselves.
func (v *Variable) read(s Subject, st *State, dst []byte) ([]byte, bool) {
	if v.get == nil {
		return dst, false
	}
	if st.depth == maxDepth {
		Report(s, `cycle while evaluating variable "`+v.name+`"`)
		return dst, false
	}

	start := len(dst)
	st.depth++
	out, ok := v.get(s, dst)
	st.depth--

	if !ok {
		out = out[:start]
	}
	if v.cached {
		kind := slotFound
		if !ok {
			kind = slotMissing
		}
		st.store(v.index, kind, out[start:])
	}
	return out, ok
}

// Set assigns a value for the rest of the exchange (`set`, a named capture), or runs the variable's setter.
func (v *Variable) Set(s Subject, value []byte) {
	if v.set != nil {
		v.set(s, value)
		return
	}
	s.VarState().store(v.index, slotAssigned, value)
}

// Flush drops a cached value, so that the next Append reads afresh. An assigned value stays.
func (v *Variable) Flush(s Subject) {
	st := s.VarState()
	if v.index < len(st.slots) {
		if c := &st.slots[v.index]; c.gen == st.gen && c.kind != slotAssigned {
			c.gen = st.gen - 1
		}
	}
}

// Report writes an error that happened during an evaluation to the error log of s.
func Report(s Subject, text string) {
	if r, ok := s.(Reporter); ok {
		r.VariableError(text)
	}
}

func reportMatch(s Subject, text string) {
	if r, ok := s.(Reporter); ok {
		r.MatchError(text)
	}
}
