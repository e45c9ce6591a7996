package http2

// table is the dynamic table of the fields that a client has sent (RFC 7541, 2.3.2). It takes memory with its first entry.
type table struct {
	data    []byte // names and values, one behind the other
	entries []entry
	first   int // the oldest entry
	size    int // as the RFC counts
	max     int
}

type entry struct{ at, name, value int }

const (
	tableSize     = 4096
	entryOverhead = 32
)

// get finds a field by its index, of which the static table has the first ones. The bytes are valid until the next add.
func (t *table) get(index int) (name, value string, ok bool) {
	if index < 1 {
		return "", "", false
	}
	if index <= len(staticTable) {
		p := &staticTable[index-1]
		return p.name, p.value, true
	}
	i := len(t.entries) - (index - len(staticTable))
	if i < t.first {
		return "", "", false
	}
	e := t.entries[i]
	b := t.data[e.at : e.at+e.name+e.value]
	return text(b[:e.name]), text(b[e.name:]), true
}

// add makes a field the newest one, and drops the oldest ones that have no room beside it.
func (t *table) add(name, value string) {
	n := len(name) + len(value)
	t.evict(t.max - n - entryOverhead)
	if n+entryOverhead > t.max {
		return
	}
	if t.first > 0 && (len(t.data)+n > cap(t.data) || t.first > 64) {
		t.compact()
	}
	e := entry{len(t.data), len(name), len(value)}
	t.data = append(append(t.data, name...), value...)
	t.entries = append(t.entries, e)
	t.size += n + entryOverhead
}

// resize changes the limit; false if it is more than the client was told.
func (t *table) resize(n int) bool {
	if n > tableSize {
		return false
	}
	t.max = n
	t.evict(n)
	return true
}

// evict drops entries until the table has no more than n bytes.
func (t *table) evict(n int) {
	for t.first < len(t.entries) && t.size > n {
		e := t.entries[t.first]
		t.size -= e.name + e.value + entryOverhead
		t.first++
	}
	if t.first == len(t.entries) {
		t.entries, t.data, t.first = t.entries[:0], t.data[:0], 0
	}
}

// compact moves what is left to the front.
func (t *table) compact() {
	base := t.entries[t.first].at
	t.data = t.data[:copy(t.data, t.data[base:])]
	t.entries = t.entries[:copy(t.entries, t.entries[t.first:])]
	t.first = 0
	for i := range t.entries {
		t.entries[i].at -= base
	}
}
