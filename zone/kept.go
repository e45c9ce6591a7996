package zone

import "sync"

// Kept holds the tables in use, by the name of their zone, so that a new configuration takes over those of the one before it.
// The zero value is ready.
type Kept[T any] struct {
	mu     sync.Mutex
	byName map[string]*kept[T]
}

type kept[T any] struct {
	table *Table[T]
	size  int64
	key   string
	users int
}

// Open gives the table of a zone: the one that another configuration has open under this name and size, else a new one. A table in
// use must be for the same key; if it is not, ok is false and key is what it is for.
func (k *Kept[T]) Open(d *Declared, key string, entry int64) (t *Table[T], previous string, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old := k.byName[d.Name]; old != nil && old.size == d.Size {
		if old.key != key {
			return nil, old.key, false
		}
		old.users++
		return old.table, key, true
	}
	if k.byName == nil {
		k.byName = map[string]*kept[T]{}
	}
	t = NewTable[T](d.Size, entry)
	k.byName[d.Name] = &kept[T]{table: t, size: d.Size, key: key, users: 1}
	return t, key, true
}

// Close gives back a table from Open; the last one to do so ends it.
func (k *Kept[T]) Close(d *Declared, t *Table[T]) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old := k.byName[d.Name]; old != nil && old.table == t {
		if old.users--; old.users == 0 {
			delete(k.byName, d.Name)
		}
	}
}
