package cache

import (
	"sync"

	"understudy/reactor"
)

// Key is the MD5 of a cache key, or of a key and the request headers that Vary names.
type Key [16]byte

// entry is what is known of one key. All of it is guarded by its shard's lock.
type entry struct {
	key  Key
	prev *entry // in the order of use, the latest first
	next *entry

	used      int64 // counts the uses of all shards, to compare them
	expire    int64 // Unix seconds: nobody asked for it until then
	validSec  int64 // of err
	lockTime  int64 // monotonic ms: until then the one who updates keeps the others waiting
	uniq      uint64
	blocks    int64 // size of the file
	bodyStart int
	uses      int
	count     int // lookups that hold it
	err       int // status that is answered with instead of a file, 0 = none
	exists    bool
	updating  bool
	deleting  bool
	waiters   []*waiter
}

// waiter is a task that waits for an entry to be updated. over belongs to the task's loop.
type waiter struct {
	task *reactor.Task
	loop *reactor.Loop
	over bool
}

func (w *waiter) wake() {
	if !w.over {
		w.task.Resume()
	}
}

// wake lets the tasks go on that waited for an entry; not under the lock.
func wake(list []*waiter) {
	for _, w := range list {
		w.loop.Post(w.wake)
	}
}

// settled ends an update and gives the tasks to wake.
func (e *entry) settled() []*waiter {
	list := e.waiters
	e.updating, e.waiters = false, nil
	return list
}

func (e *entry) forget(w *waiter) {
	for i, o := range e.waiters {
		if o == w {
			e.waiters = append(e.waiters[:i], e.waiters[i+1:]...)
			return
		}
	}
}

// numShards: so many parts of a zone can be worked on at once.
const numShards = 16

// shard is one part of a zone's entries.
type shard struct {
	mu      sync.Mutex
	entries map[Key]*entry
	first   *entry
	last    *entry
	_       [64]byte // keep the locks of two shards off one cache line
}

func (s *shard) link(e *entry) {
	e.prev, e.next = nil, s.first
	if s.first != nil {
		s.first.prev = e
	} else {
		s.last = e
	}
	s.first = e
}

func (s *shard) unlink(e *entry) {
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		s.first = e.next
	}
	if e.next != nil {
		e.next.prev = e.prev
	} else {
		s.last = e.prev
	}
	e.prev, e.next = nil, nil
}

// drop forgets an entry.
func (s *shard) drop(st *store, e *entry) {
	s.unlink(e)
	delete(s.entries, e.key)
	st.count.Add(-1)
}
