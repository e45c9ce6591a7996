package cache

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"understudy/errlog"
)

// Zone is one `*_cache_path` of one configuration.
type Zone struct {
	Options
	store *store
}

// store is what a zone keeps from one configuration to the next: the entries, and the one goroutine that looks after them.
type store struct {
	name      string
	size      int64 // of keys_zone
	path      string
	levels    [3]int
	block     int64 // bytes: sizes are counted in blocks of the file system
	shards    [numShards]shard
	blocks    atomic.Int64 // of all files
	count     atomic.Int64 // of entries
	watermark atomic.Int64 // so many entries are kept after memory ran out
	clock     atomic.Int64 // counts uses
	cold      atomic.Bool  // files of earlier runs have not all been seen yet

	settings atomic.Pointer[Zone] // of the latest configuration
	log      atomic.Pointer[errlog.Log]
	users    int // zones that have it open; guarded by open's lock
	stop     context.CancelFunc
	done     chan struct{}
	nudge    chan struct{}
}

// How many keys fit into a zone, as nginx's allocator has it: 32 in a page of 4096 bytes, and three pages are its own. About
// eight thousand fit into a megabyte (proxy_cache_path).
const (
	zonePage    = 4096
	pageEntries = 32
	ownPages    = 3
)

// open are the stores in use, by name; a new configuration takes over what the one before it has.
var open struct {
	sync.Mutex
	byName map[string]*store
}

// Open makes the zone ready for lookups. A zone of the same name and size that another configuration has open is shared; its path
// and levels must be the same ones then.
func (z *Zone) Open(log *errlog.Log) error {
	open.Lock()
	defer open.Unlock()
	st := open.byName[z.Name]
	if st != nil && st.size == z.Size {
		if st.path != z.Path {
			return fmt.Errorf("cache \"%s\" uses the \"%s\" cache path while previously it used the \"%s\" cache path", z.Name, z.Path, st.path)
		}
		if st.levels != z.Levels {
			return fmt.Errorf("cache \"%s\" had previously different levels", z.Name)
		}
		st.users++
		z.store = st
		st.settings.Store(z)
		st.log.Store(log)
		st.attend()
		return nil
	}
	st = newStore(z)
	st.log.Store(log)
	z.store = st
	if open.byName == nil {
		open.byName = map[string]*store{}
	}
	open.byName[z.Name] = st
	var ctx context.Context
	ctx, st.stop = context.WithCancel(context.Background())
	go st.manage(ctx)
	return nil
}

func newStore(z *Zone) *store {
	st := &store{
		name: z.Name, size: z.Size, path: z.Path, levels: z.Levels, block: blockSize(z.Path), users: 1,
		done: make(chan struct{}), nudge: make(chan struct{}, 1), stop: func() {},
	}
	for i := range st.shards {
		st.shards[i].entries = map[Key]*entry{}
	}
	st.settings.Store(z)
	st.cold.Store(true)
	st.watermark.Store(math.MaxInt64)
	return st
}

// Close gives the zone back. The entries go when no configuration has it open any more; the files stay.
func (z *Zone) Close() {
	st := z.store
	if st == nil {
		return
	}
	z.store = nil
	open.Lock()
	st.users--
	last := st.users == 0
	if last && open.byName[st.name] == st {
		delete(open.byName, st.name)
	}
	open.Unlock()
	if last {
		st.stop()
		<-st.done
	}
}

// attend has the manager look at the zone at once.
func (st *store) attend() {
	select {
	case st.nudge <- struct{}{}:
	default:
	}
}

func (st *store) shard(k Key) *shard { return &st.shards[k[0]%numShards] }

// capacity is how many keys fit into keys_zone.
func (st *store) capacity() int64 { return max(st.size/zonePage-ownPages, 1) * pageEntries }

func (st *store) now() int64 { return time.Now().Unix() }

// fileName is where the file of a key lies: one directory for each level, named by the last digits of the key.
func (st *store) fileName(k Key) string {
	var digits [2 * len(k)]byte
	hex.Encode(digits[:], k[:])
	var b [256]byte
	name := append(b[:0], st.path...)
	end := len(digits)
	for _, n := range st.levels {
		if n == 0 {
			break
		}
		name = append(name, filepath.Separator)
		name = append(name, digits[end-n:end]...)
		end -= n
	}
	name = append(name, filepath.Separator)
	return string(append(name, digits[:]...))
}

func (st *store) logf(level errlog.Level, format string, a ...any) {
	st.log.Load().Printf(level, 0, format, a...)
}

// touch makes e the most recently used entry of its shard.
func (st *store) touch(s *shard, e *entry, now int64) {
	s.unlink(e)
	e.used = st.clock.Add(1)
	e.expire = now + int64(st.settings.Load().Inactive/time.Second)
	s.link(e)
}

// add makes a new entry; nil when the zone is full and nothing can be removed. s is locked, and unlocked for a while when the zone
// is full.
func (st *store) add(s *shard, k Key, now int64) *entry {
	if st.count.Load() >= st.capacity() {
		st.full()
		s.mu.Unlock()
		st.evict()
		s.mu.Lock()
		if e := s.entries[k]; e != nil {
			return e
		}
		if st.count.Load() >= st.capacity() {
			return nil
		}
	}
	st.count.Add(1)
	e := &entry{key: k, used: st.clock.Add(1), expire: now + int64(st.settings.Load().Inactive/time.Second)}
	s.entries[k] = e
	s.link(e)
	return e
}

// full notes that the zone ran out of memory: from now on the manager keeps an eighth of it free.
func (st *store) full() {
	n := st.count.Load()
	st.watermark.Store(n - n/8)
}
