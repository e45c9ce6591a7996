package vars

import "understudy/vars/pcre"

// State is the part of an exchange that belongs to its variables: cached and assigned values by index, the captures of
// the last regex that matched, and the memory that holds both. The zero value is ready; Reset makes it ready again.
type State struct {
	gen     uint32 // of this exchange; a slot of another generation is empty
	slots   []slot
	arena   []byte   // values and captured texts; only grows during an exchange
	scratch [][]byte // free buffers for nested evaluations
	depth   int      // of nested evaluations

	captures captures
	spans    []int32 // of the match that is being made
	machine  pcre.Machine
	chosen   []uint64 // scratch of Regexes.First
}

type slot struct {
	gen      uint32
	kind     slotKind
	off, end uint32 // in arena
}

type slotKind uint8

const (
	slotFound slotKind = iota
	slotMissing
	slotAssigned // like slotFound, but Flush leaves it
)

const (
	maxDepth     = 100      // nested evaluations, as in nginx
	maxKeptArena = 64 << 10 // memory kept from one exchange to the next
	maxScratch   = 8        // free buffers kept
)

// Reset empties the state for another exchange whose variables are those of t. It keeps the memory, and costs the same
// whatever the number of variables.
func (st *State) Reset(t *Table) {
	st.gen++
	if st.gen == 0 {
		clear(st.slots)
		st.gen = 1
	}
	if n := t.count(); len(st.slots) < n {
		st.slots = make([]slot, n)
	}
	if cap(st.arena) > maxKeptArena {
		st.arena = nil
	}
	st.arena = st.arena[:0]
	st.depth = 0
	st.captures.n = 0
}

// Scratch hands out an empty buffer for a value that is needed for a moment only. PutScratch takes it back.
func (st *State) Scratch() []byte {
	if n := len(st.scratch); n > 0 {
		b := st.scratch[n-1]
		st.scratch = st.scratch[:n-1]
		return b[:0]
	}
	return make([]byte, 0, 256)
}

// PutScratch takes back a buffer from Scratch (or what append made of it). Nothing may point into it any more.
func (st *State) PutScratch(b []byte) {
	if len(st.scratch) < maxScratch && cap(b) > 0 && cap(b) <= maxKeptArena {
		st.scratch = append(st.scratch, b)
	}
}

// Trim lets go of buffers that only an evaluation needs, for a Subject that is going to wait for long.
func (st *State) Trim() { st.scratch, st.spans = nil, nil }

// Keep copies b into memory that stays valid until Reset.
func (st *State) Keep(b []byte) []byte {
	off := len(st.arena)
	st.arena = append(st.arena, b...)
	return st.arena[off:len(st.arena):len(st.arena)]
}

func (st *State) store(index int, kind slotKind, value []byte) {
	if index >= len(st.slots) {
		return // the state was reset before the config was complete: nothing is cached
	}
	off := len(st.arena)
	st.arena = append(st.arena, value...)
	st.slots[index] = slot{gen: st.gen, kind: kind, off: uint32(off), end: uint32(len(st.arena))}
}

// captures are the groups of the last match, as offsets into the text that was matched.
type captures struct {
	n    int     // groups that $1…$9 can see, the whole match included; 0 = none
	off  uint32  // of the text, in the arena
	span []int32 // start, end of each group; -1 = did not take part
}

// Capture is the text of $n (1 to 9, or any group of a pattern), nil if it did not take part in the last match. It is
// valid until the next match or Reset.
func (st *State) Capture(n int) []byte {
	c := &st.captures
	if n >= c.n {
		return nil
	}
	from, to := c.span[2*n], c.span[2*n+1]
	if from < 0 {
		return nil
	}
	return st.arena[int(c.off)+int(from) : int(c.off)+int(to)]
}
