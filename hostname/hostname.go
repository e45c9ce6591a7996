// Package hostname looks up a host name among exact names and wildcards the way nginx does for server_name and for
// `map … { hostnames; }`: an exact name wins over the longest wildcard that starts with an asterisk, which wins over the
// longest wildcard that ends with one.
//
// Names are added while a config is read; after Freeze a Lookup takes no lock and allocates nothing.
package hostname

import (
	"errors"
	"hash/maphash"
	"strings"

	"understudy/ascii"
)

// ErrInvalid says that a name is no host name and none of the wildcard forms.
var ErrInvalid = errors.New("invalid hostname or wildcard")

// ErrConflict says that the name, or a form that covers exactly the same hosts, was added before.
var ErrConflict = errors.New("conflicting hostname")

// Table maps host names to values. The zero value is an empty table.
type Table[T any] struct {
	exact index[T] // "a.b"; the bare form of ".a.b" is only reserved in names
	head  index[T] // "a.b" for "*.a.b" and ".a.b"
	bare  index[T] // "a.b" for ".a.b": the name itself
	tail  index[T] // "a" for "a.*"

	names map[string]struct{} // reserved exact names, for conflicts while adding
}

// Add adds a name in one of nginx's forms: "a.b", "*.a.b" (any name below a.b), ".a.b" (a.b and any name below it) and
// "a.*" (any name that starts with "a."). Letters are folded to lower case. Errors: ErrInvalid, ErrConflict.
func (t *Table[T]) Add(name string, v T) error {
	if strings.Count(name, "*") > 1 || strings.Contains(name, "..") || strings.IndexByte(name, 0) >= 0 {
		return ErrInvalid
	}
	name = ascii.ToLower(name)

	switch n := len(name); {
	case n > 1 && name[0] == '.':
		base := name[1:]
		if t.reserved(base) {
			return ErrConflict
		}
		t.reserve(base) // even if the name itself conflicts
		if t.head.has(base) {
			return ErrConflict
		}
		t.head.add(base, v)
		t.bare.add(base, v)
		return nil

	case n > 2 && name[:2] == "*.":
		return t.head.addNew(name[2:], v)

	case n > 2 && name[n-2:] == ".*":
		return t.tail.addNew(name[:n-2], v)

	case strings.IndexByte(name, '*') >= 0:
		return ErrInvalid
	}
	return t.AddExact(name, v)
}

// AddExact adds a name that is compared as it stands, whatever characters it has (a `map` without `hostnames`).
func (t *Table[T]) AddExact(name string, v T) error {
	name = ascii.ToLower(name)
	if t.reserved(name) {
		return ErrConflict
	}
	t.reserve(name)
	t.exact.add(name, v)
	return nil
}

// Freeze makes the table ready for Lookup; nothing may be added after it.
func (t *Table[T]) Freeze() {
	t.exact.freeze()
	t.head.freeze()
	t.bare.freeze()
	t.tail.freeze()
	t.names = nil
}

// Len is the number of names added.
func (t *Table[T]) Len() int { return len(t.exact.entries) + len(t.head.entries) + len(t.tail.entries) }

// Wildcards says whether any name with a wildcard was added.
func (t *Table[T]) Wildcards() bool { return len(t.head.entries)+len(t.tail.entries) > 0 }

// Lookup finds the value for a host, which the caller has folded to lower case and stripped of its final dot.
func (t *Table[T]) Lookup(host []byte) (T, bool) {
	if e := t.exact.find(host); e != nil {
		return e.value, true
	}
	if len(host) > 0 && len(t.head.entries) > 0 {
		if e := t.bare.find(host); e != nil {
			return e.value, true
		}
		for i := 0; i < len(host); i++ {
			if host[i] != '.' {
				continue
			}
			if e := t.head.find(host[i+1:]); e != nil {
				return e.value, true
			}
		}
	}
	if len(host) > 0 && len(t.tail.entries) > 0 {
		for i := len(host) - 1; i >= 0; i-- {
			if host[i] != '.' {
				continue
			}
			if e := t.tail.find(host[:i]); e != nil {
				return e.value, true
			}
		}
	}
	var zero T
	return zero, false
}

func (t *Table[T]) reserved(name string) bool {
	_, ok := t.names[name]
	return ok
}

func (t *Table[T]) reserve(name string) {
	if t.names == nil {
		t.names = map[string]struct{}{}
	}
	t.names[name] = struct{}{}
}

// index is one open-addressed hash table. Entries are kept in the order of adding; slots point into them.
type index[T any] struct {
	entries []entry[T]
	seen    map[string]struct{} // while adding
	slots   []slot              // a power of two of them, at most half full
}

type entry[T any] struct {
	name  string
	value T
}

type slot struct {
	hash  uint32
	entry uint32 // 1 + index of the entry, 0 = free
}

var seed = maphash.MakeSeed()

func (x *index[T]) has(name string) bool {
	_, ok := x.seen[name]
	return ok
}

func (x *index[T]) add(name string, v T) {
	if x.seen == nil {
		x.seen = map[string]struct{}{}
	}
	x.seen[name] = struct{}{}
	x.entries = append(x.entries, entry[T]{name, v})
}

func (x *index[T]) addNew(name string, v T) error {
	if x.has(name) {
		return ErrConflict
	}
	x.add(name, v)
	return nil
}

func (x *index[T]) freeze() {
	x.seen = nil
	if len(x.entries) == 0 {
		return
	}
	size := 4
	for size < 2*len(x.entries) {
		size *= 2
	}
	x.slots = make([]slot, size)
	mask := uint32(size - 1)
	for i := range x.entries {
		h := uint32(maphash.String(seed, x.entries[i].name))
		at := h & mask
		for x.slots[at].entry != 0 {
			at = (at + 1) & mask
		}
		x.slots[at] = slot{h, uint32(i + 1)}
	}
}

func (x *index[T]) find(name []byte) *entry[T] {
	if len(x.slots) == 0 {
		return nil
	}
	h := uint32(maphash.Bytes(seed, name))
	mask := uint32(len(x.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		s := x.slots[at]
		if s.entry == 0 {
			return nil
		}
		if s.hash == h && x.entries[s.entry-1].name == string(name) {
			return &x.entries[s.entry-1]
		}
	}
}
