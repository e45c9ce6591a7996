package zone

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"sync"
)

// Table keeps a T for each key, as many as would go into nginx's zone of that size. It is split into shards with a lock each;
// within a shard entries are in order of use.
type Table[T any] struct {
	seed   maphash.Seed
	shards []Shard[T]
	entry  int64 // bytes that an entry takes beside its key
}

// Shard is a part of a table. Its methods are called between Lock and Unlock.
type Shard[T any] struct {
	sync.Mutex
	buckets []*Entry[T]
	count   int
	room    int64     // bytes
	ends    Entry[T]  // newer: the oldest entry; older: the newest one
	free    *Entry[T] // chained
	entry   int64
	_       [64]byte // the next one's lock is on another cache line
}

// Entry is one key with its value.
type Entry[T any] struct {
	Value T

	key          []byte
	hash         uint64
	chain        *Entry[T]
	newer, older *Entry[T]
}

const (
	maxShards    = 16
	minShardSize = 64 << 10
)

// NewTable makes a table of size bytes; entry is what an entry takes beside its key, in nginx.
func NewTable[T any](size, entry int64) *Table[T] {
	n := int(min(max(size/minShardSize, 1), maxShards))
	n = 1 << (bits.Len(uint(n)) - 1)
	t := &Table[T]{seed: maphash.MakeSeed(), shards: make([]Shard[T], n), entry: entry}
	for i := range t.shards {
		s := &t.shards[i]
		s.room = size / int64(n)
		s.entry = entry
		s.ends.newer, s.ends.older = &s.ends, &s.ends
		s.buckets = make([]*Entry[T], 16)
	}
	return t
}

// Shard gives the part of the table that a key belongs to, and the key's hash.
func (t *Table[T]) Shard(key []byte) (*Shard[T], uint64) {
	hash := maphash.Bytes(t.seed, key)
	return &t.shards[hash>>32&uint64(len(t.shards)-1)], hash
}

// Of gives the shard that an entry is in.
func (t *Table[T]) Of(e *Entry[T]) *Shard[T] { return &t.shards[e.hash>>32&uint64(len(t.shards)-1)] }

// Find gives the key's entry and makes it the latest used; nil if there is none.
func (s *Shard[T]) Find(hash uint64, key []byte) *Entry[T] {
	for e := s.buckets[hash&uint64(len(s.buckets)-1)]; e != nil; e = e.chain {
		if e.hash == hash && bytes.Equal(e.key, key) {
			e.unlink()
			s.link(e)
			return e
		}
	}
	return nil
}

// Insert adds a key that is not there, with a zero value; nil if there is no room.
func (s *Shard[T]) Insert(hash uint64, key []byte) *Entry[T] {
	size := s.size(len(key))
	if size > s.room {
		return nil
	}
	s.room -= size
	e := s.free
	if e != nil {
		s.free = e.chain
	} else {
		e = new(Entry[T])
	}
	e.key, e.hash = append(e.key[:0], key...), hash
	if s.count++; s.count > 2*len(s.buckets) {
		s.grow()
	}
	at := &s.buckets[hash&uint64(len(s.buckets)-1)]
	e.chain, *at = *at, e
	s.link(e)
	return e
}

// Oldest gives the entry that has not been used for the longest time; nil in an empty shard.
func (s *Shard[T]) Oldest() *Entry[T] {
	if e := s.ends.newer; e != &s.ends {
		return e
	}
	return nil
}

// Remove takes an entry out; it must not be used any more.
func (s *Shard[T]) Remove(e *Entry[T]) {
	at := &s.buckets[e.hash&uint64(len(s.buckets)-1)]
	for *at != e {
		at = &(*at).chain
	}
	*at = e.chain
	e.unlink()
	s.count--
	s.room += s.size(len(e.key))
	var zero T
	e.Value = zero
	if cap(e.key) > 1024 {
		e.key = nil
	}
	e.chain, s.free = s.free, e
}

// size is what nginx's allocator takes for an entry: powers of two up to half a page, then whole pages.
func (s *Shard[T]) size(key int) int64 {
	n := s.entry + int64(key)
	if n > 2048 {
		return (n + 4095) &^ 4095
	}
	return int64(1) << bits.Len64(uint64(n-1))
}

func (s *Shard[T]) link(e *Entry[T]) {
	e.older, e.newer = s.ends.older, &s.ends
	e.older.newer, s.ends.older = e, e
}

func (e *Entry[T]) unlink() {
	e.older.newer, e.newer.older = e.newer, e.older
}

func (s *Shard[T]) grow() {
	old := s.buckets
	s.buckets = make([]*Entry[T], 4*len(old))
	for _, e := range old {
		for e != nil {
			next := e.chain
			at := &s.buckets[e.hash&uint64(len(s.buckets)-1)]
			e.chain, *at = *at, e
			e = next
		}
	}
}
