package vars

// ForgetCaptures empties $1…$9, as nginx does when a regex of rewrite or if does not match.
func (st *State) ForgetCaptures() { st.captures.n = 0 }
