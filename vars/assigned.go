package vars

// Assigned tells that a variable of this exchange holds a value that `set` or a named capture gave it, so that it cannot be
// computed anew.
func (st *State) Assigned() bool {
	for i := range st.slots {
		if s := &st.slots[i]; s.gen == st.gen && s.kind == slotAssigned {
			return true
		}
	}
	return false
}
