package cache

import (
	"crypto/md5"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"syscall"
	"time"

	"understudy/errlog"
	"understudy/reactor"
)

// Status is what a lookup found. Values above 0 are statuses of HTTP: an error that is remembered in place of an answer.
type Status int

const (
	Miss     Status = -iota - 1 // nothing: ask, and keep the answer
	Hit                         // a fresh answer
	Stale                       // one that is too old; this lookup has to update it
	Updating                    // one that is too old; somebody else is updating it
	Scarce                      // nothing, and the answer is not to be kept
	Failed                      // the zone or its disk is in trouble (logged)
)

// Asker is the exchange on whose behalf a zone is asked.
type Asker interface {
	RequestHeaders
	// Waiting is the task that waits for a disk or for another task.
	Waiting() *reactor.Task
	// Errorf writes to the exchange's log.
	Errorf(level errlog.Level, format string, a ...any)
}

// Rules are a location's settings that a lookup goes by.
type Rules struct {
	MinUses     int
	Lock        bool
	LockTimeout time.Duration // 0: do not wait at all
	LockAge     time.Duration
	Limit       int // bytes: a file's header and its answer's head must not be longer
}

// Lookup is an exchange's business with one key of a zone. Start begins it anew and keeps its memory; every Start is followed by
// Free.
type Lookup struct {
	Meta // of the file that was found; then what is to be written

	rules     Rules
	store     *store
	zone      *Zone
	text      []byte // the key
	crc       uint32
	main      Key // MD5 of text
	key       Key // main, or a variant of it
	variant   Key
	entry     *entry
	name      string // of the file
	secondary bool   // key is a variant
	newMain   bool   // the answer is not the variant that was looked up: the main key is used again
	waited    bool
	waitUntil int64 // monotonic ms
	lockTime  int64

	// UsableUpdating and UsableOnError tell whether a file that is too old may still be used: while it is being updated, or when that
	// failed, because its answer said so.
	UsableUpdating bool
	UsableOnError  bool

	held    bool // this lookup updates the entry
	over    bool // committed or freed
	failure int  // the entry's err

	file         *os.File
	length       int64
	disk         int64 // bytes on the disk
	uniq         uint64
	fileModified int64
	bodyStart    int
	buf          []byte // header and head of the file

	w writer
}

// Start begins a lookup of key in z; the key is copied.
func (l *Lookup) Start(z *Zone, key []byte) {
	text, buf := append(l.text[:0], key...), l.buf[:0]
	*l = Lookup{zone: z, store: z.store, text: text, buf: buf, w: writer{spare: l.w.spare}}
	l.crc = crc32.ChecksumIEEE(text)
	l.main = md5.Sum(text)
	l.key = l.main
	l.LastModified = -1
}

// Open looks the key up. With Rules.Lock it waits while another one fills the entry.
func (l *Lookup) Open(a Asker, r Rules) Status {
	l.rules = r
	for {
		status, again := l.open(a)
		if !again {
			return status
		}
	}
}

func (l *Lookup) open(a Asker) (status Status, again bool) {
	l.bodyStart = l.rules.Limit
	now := a.Waiting().Loop().Now() / 1000
	look := false // whether there can be a file
	fallback := Miss
	switch found := l.find(a, now); found {
	case noMemory:
		return Failed, false
	case tooFew:
		return Scarce, false
	case known:
		if l.failure != 0 {
			return Status(l.failure), false
		}
		look = l.entryExists()
	case unknown:
		look = l.store.cold.Load()
		if l.rules.MinUses > 1 {
			if !look {
				return Scarce, false
			}
			fallback = Scarce
		}
	}
	l.name = l.store.fileName(l.key)
	if look {
		switch err := l.openFile(a.Waiting()); {
		case err == nil:
			return l.read(a, now)
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		default:
			a.Errorf(errlog.Crit, "open() \"%s\" failed (%s)", l.name, errText(err))
			return Failed, false
		}
	}
	if fallback != Miss {
		return fallback, false
	}
	return l.lock(a)
}

type finding uint8

const (
	known    finding = iota
	unknown          // a new entry
	tooFew           // it has not been asked for often enough
	noMemory         // the zone is full
)

// find gets hold of the entry (ngx_http_file_cache_exists).
func (l *Lookup) find(a Asker, now int64) (f finding) {
	st := l.store
	s := st.shard(l.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := l.entry
	if e == nil {
		if e = s.entries[l.key]; e != nil {
			e.uses++
			e.count++
		}
	}
	switch {
	case e == nil:
		if e = st.add(s, l.key, now); e == nil {
			a.Errorf(errlog.Alert, "could not allocate node in cache keys zone \"%s\"", st.name)
			return noMemory
		}
		e.uses++
		e.count++
		if e.exists {
			f = known
		} else {
			f = unknown
		}
	case e.err != 0 && e.validSec < now:
		e.err, e.validSec, e.exists, e.uniq, e.bodyStart, e.blocks = 0, 0, false, 0, 0, 0
		f = unknown
	case e.err != 0:
		f = known
	case e.exists || e.uses >= l.rules.MinUses:
		if e.bodyStart > 0 && !l.newMain {
			l.bodyStart = e.bodyStart
		}
		f = known
	default:
		f = tooFew
	}
	st.touch(s, e, now)
	l.entry, l.failure, l.uniq = e, e.err, e.uniq
	return f
}

func (l *Lookup) entryExists() bool {
	s := l.store.shard(l.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return l.entry.exists
}

// lock makes this lookup the one that fills the entry, or waits until another one has (again: look once more).
func (l *Lookup) lock(a Asker) (status Status, again bool) {
	if !l.rules.Lock {
		return Miss, false
	}
	task := a.Waiting()
	loop := task.Loop()
	s := l.store.shard(l.key)
	e := l.entry
	s.mu.Lock()
	if now := loop.Mono(); !e.updating || e.lockTime <= now {
		e.updating = true
		e.lockTime = now + l.rules.LockAge.Milliseconds()
		l.held, l.lockTime = true, e.lockTime
	}
	s.mu.Unlock()
	if l.held {
		return Miss, false
	}
	if l.rules.LockTimeout <= 0 {
		return Scarce, false
	}
	if !l.waited {
		l.waited = true
		l.waitUntil = loop.Mono() + l.rules.LockTimeout.Milliseconds()
	}
	l.wait(task, s, e)
	if loop.Mono() >= l.waitUntil {
		a.Errorf(errlog.Info, "cache lock timeout")
		l.rules.LockTimeout = 0
	}
	return 0, true
}

// wait parks the task until e has been updated, its lock is too old, or the task has waited long enough.
func (l *Lookup) wait(task *reactor.Task, s *shard, e *entry) {
	loop := task.Loop()
	w := &waiter{task: task, loop: loop}
	defer func() { // also when the loop closes
		w.over = true
		s.mu.Lock()
		e.forget(w)
		s.mu.Unlock()
	}()
	for {
		now := loop.Mono()
		s.mu.Lock()
		e.forget(w)
		busy := e.updating && e.lockTime > now
		left := min(e.lockTime, l.waitUntil) - now
		if busy && left > 0 {
			e.waiters = append(e.waiters, w)
		}
		s.mu.Unlock()
		if !busy || left <= 0 {
			return
		}
		task.ParkTimeout(time.Duration(left) * time.Millisecond)
	}
}

// read judges the file that has been opened.
func (l *Lookup) read(a Asker, now int64) (status Status, again bool) {
	meta, bodyStart, variant, err := l.readHeader(l.buf, l.bodyStart)
	if err != nil {
		level := errlog.Crit
		if err == errVersion {
			level = errlog.Info
		}
		a.Errorf(level, "cache file \"%s\" %s", l.name, err)
		l.closeFile()
		return Miss, false
	}
	if len(meta.Vary) > 0 {
		l.variant = variantOf(l.main, meta.Vary, a)
		if l.variant != variant {
			l.closeFile()
			if l.secondary {
				a.Errorf(errlog.Crit, "cache file \"%s\" has incorrect vary hash", l.name)
				return Miss, false
			}
			l.letGo()
			l.secondary = true
			l.key = l.variant
			return 0, true
		}
	}
	l.Meta, l.bodyStart = meta, bodyStart
	l.fileModified = meta.LastModified

	st := l.store
	s := st.shard(l.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := l.entry
	if !e.exists {
		e.exists, e.bodyStart, e.uniq = true, bodyStart, l.uniq
		e.blocks = st.blocksOf(l.disk)
		st.blocks.Add(e.blocks)
	}
	switch {
	case l.ValidSec >= now:
		return Hit, false
	}
	l.UsableUpdating = l.ValidSec+l.UpdatingSec >= now
	l.UsableOnError = l.ValidSec+l.ErrorSec >= now
	if e.updating {
		return Updating, false
	}
	e.updating = true
	l.held, l.lockTime = true, e.lockTime
	return Stale, false
}

// letGo gives the entry back without having changed it.
func (l *Lookup) letGo() {
	s := l.store.shard(l.key)
	s.mu.Lock()
	l.entry.count--
	s.mu.Unlock()
	l.entry = nil
}

// Head is the answer's head as the upstream sent it.
func (l *Lookup) Head() []byte { return l.buf[l.HeaderStart():l.bodyStart] }

// File is the file that was found; the body lies in it from BodyStart up to Length. It is nil when the body is small and has been
// read already: then SmallBody gives it.
func (l *Lookup) File() *os.File    { return l.file }
func (l *Lookup) SmallBody() []byte { return l.buf[l.bodyStart:] }
func (l *Lookup) BodyStart() int    { return l.bodyStart }
func (l *Lookup) Length() int64     { return l.length }
func (l *Lookup) Name() string      { return l.name }
func (l *Lookup) Key() []byte       { return l.text }
func (l *Lookup) Zone() *Zone       { return l.zone }
func (l *Lookup) Entered() bool     { return l.entry != nil }
func (l *Lookup) closeFile() {
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
}

// CloseFile lets go of an old file whose place a new answer takes.
func (l *Lookup) CloseFile() { l.closeFile() }

// Enter gets hold of the entry without looking at it, for an answer that is kept though the cache was bypassed.
func (l *Lookup) Enter(a Asker, r Rules) bool {
	l.rules = r
	if l.find(a, a.Waiting().Loop().Now()/1000) == noMemory {
		return false
	}
	l.name = l.store.fileName(l.key)
	return true
}

// Remember keeps an error status for the entry until validSec, in place of an answer; for Free.
func (l *Lookup) Remember(status int, validSec int64) {
	l.failure, l.ValidSec = status, validSec
}

// PassOn gives the duty to update the entry to another lookup of the same key (a background update).
func (l *Lookup) PassOn(to *Lookup) {
	if l.held && to.entry == l.entry {
		to.held, to.lockTime = true, l.lockTime
		l.held = false
	}
}

// Free ends a lookup: what was being written is dropped, tasks that wait for the entry go on.
func (l *Lookup) Free() {
	l.closeFile()
	l.w.drop()
	if l.over || l.entry == nil {
		return
	}
	l.over = true
	st, e := l.store, l.entry
	s := st.shard(l.key)
	var list []*waiter
	s.mu.Lock()
	e.count--
	if l.held && e.lockTime == l.lockTime {
		list = e.settled()
	}
	switch {
	case l.failure != 0:
		e.err = l.failure
		if l.ValidSec != 0 {
			e.validSec = l.ValidSec
		}
	case !e.exists && e.count == 0 && l.rules.MinUses <= 1:
		s.drop(st, e)
	}
	s.mu.Unlock()
	l.held, l.entry = false, nil
	wake(list)
}
