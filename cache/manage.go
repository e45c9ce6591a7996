package cache

import (
	"context"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"understudy/errlog"
)

// manage is the goroutine of a store: it reads in what earlier runs left, then removes what nobody asks for and what is too much.
func (st *store) manage(ctx context.Context) {
	defer close(st.done)
	loaded := make(chan struct{})
	go func() {
		defer close(loaded)
		st.load(ctx)
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			<-loaded
			return
		case <-st.nudge:
		case <-timer.C:
		}
		timer.Reset(max(st.tidy(ctx), time.Millisecond))
	}
}

// tidy is one round of the manager; it gives the time until the next (ngx_http_file_cache_manager).
func (st *store) tidy(ctx context.Context) time.Duration {
	z := st.settings.Load()
	began := time.Now()
	for files := 1; ; files++ {
		if wait, removed := st.expire(); !removed {
			if !st.tooMuch(z) {
				return wait
			}
			if wait := st.evict(); wait > 0 {
				return wait
			}
		}
		if files >= z.ManagerFiles || time.Since(began) >= z.ManagerThreshold || ctx.Err() != nil {
			return z.ManagerSleep
		}
	}
}

// tooMuch holds the zone against max_size, min_free and its memory.
func (st *store) tooMuch(z *Zone) bool {
	if st.blocks.Load() >= max(z.MaxSize/st.block, 1) || st.count.Load() >= st.watermark.Load() {
		return st.count.Load() > 0
	}
	return z.MinFree > 0 && freeSpace(st.path) <= z.MinFree
}

// longest is how long the manager sleeps when there is nothing to do.
const longest = 10 * time.Second

// expire removes one entry that nobody asked for in time, or gives the time until there may be one.
func (st *store) expire() (wait time.Duration, removed bool) {
	now := st.now()
	wait = longest
	for i := range st.shards {
		s := &st.shards[i]
		s.mu.Lock()
		e := s.last
		switch {
		case e == nil:
			s.mu.Unlock()
			continue
		case e.expire > now:
			wait = min(wait, time.Duration(e.expire-now)*time.Second)
			s.mu.Unlock()
			continue
		case e.count > 0: // in use for longer than inactive
			if e.deleting {
				wait = min(wait, time.Second)
			} else {
				st.touch(s, e, now)
			}
			s.mu.Unlock()
			continue
		}
		st.remove(s, e)
		s.mu.Unlock()
		return 0, true
	}
	return wait, false
}

// evict removes the entry that has not been used for longest, of those that nobody holds; else it gives the time to wait before the
// next attempt.
func (st *store) evict() time.Duration {
	var victim *shard
	oldest := int64(1<<63 - 1)
	for i := range st.shards {
		s := &st.shards[i]
		s.mu.Lock()
		if e := s.unheld(); e != nil && e.used < oldest {
			victim, oldest = s, e.used
		}
		s.mu.Unlock()
	}
	if victim == nil {
		if st.count.Load() == 0 {
			return longest
		}
		return time.Second
	}
	victim.mu.Lock()
	defer victim.mu.Unlock()
	e := victim.unheld()
	if e == nil {
		return time.Second
	}
	st.remove(victim, e)
	return 0
}

// unheld looks among the entries used least lately for one that can go.
func (s *shard) unheld() *entry {
	tries := 20
	for e := s.last; e != nil && tries > 0; e, tries = e.prev, tries-1 {
		if e.count == 0 {
			return e
		}
	}
	return nil
}

// remove deletes an entry and its file; s is locked, and unlocked while the disk is at work.
func (st *store) remove(s *shard, e *entry) {
	if e.exists {
		st.blocks.Add(-e.blocks)
		e.blocks, e.exists = 0, false
		e.count++
		e.deleting = true
		name := st.fileName(e.key)
		s.mu.Unlock()
		if err := os.Remove(name); err != nil {
			st.logf(errlog.Crit, "unlink() \"%s\" failed (%s)", name, errText(err))
		}
		s.mu.Lock()
		e.count--
		e.deleting = false
	}
	if e.count == 0 {
		s.drop(st, e)
	}
}

// load reads in the names of the files that earlier runs left, a few at a time; what does not belong there is deleted.
func (st *store) load(ctx context.Context) {
	z := st.settings.Load()
	files, began := 0, time.Now()
	// The path itself may be a symbolic link, and names are put together as fileName does, whatever the path looks like.
	err := fs.WalkDir(os.DirFS(st.path), ".", func(inside string, d fs.DirEntry, err error) error {
		name := st.path
		if inside != "." {
			name += string(filepath.Separator) + filepath.FromSlash(inside)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			if !os.IsNotExist(err) {
				st.logf(errlog.Crit, "opendir() \"%s\" failed (%s)", name, errText(err))
			}
			return nil
		case d.IsDir():
			if inside != "." && d.Name() == "temp" {
				return fs.SkipDir
			}
			return nil
		}
		if !st.loadFile(name, d) {
			os.Remove(name)
		}
		if files++; files >= z.LoaderFiles || time.Since(began) >= z.LoaderThreshold {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(z.LoaderSleep):
			}
			files, began = 0, time.Now()
		}
		return nil
	})
	if err != nil {
		return
	}
	st.cold.Store(false)
	st.logf(errlog.Notice, "http file cache: %s %s, bsize: %d", st.path, shown(st.blocks.Load()*st.block), st.block)
	st.attend()
}

// loadFile makes an entry of a file; false means that the file is none of the cache's.
func (st *store) loadFile(name string, d fs.DirEntry) bool {
	base := d.Name()
	if i := strings.LastIndexByte(base, '.'); i == 2*len(Key{}) && len(base)-i-1 == 10 {
		return !st.leftOver(d)
	}
	var k Key
	if len(base) != 2*len(k) {
		return false
	}
	if _, err := hex.Decode(k[:], []byte(base)); err != nil || st.fileName(k) != name {
		return false
	}
	info, err := d.Info()
	if err != nil {
		return true // it has just gone
	}
	if info.Size() < headerSize {
		st.logf(errlog.Crit, "cache file \"%s\" is too small", name)
		return false
	}
	s := st.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries[k] != nil {
		return true
	}
	e := st.add(s, k, st.now())
	if e == nil {
		st.logf(errlog.Alert, "could not allocate node in cache keys zone \"%s\"", st.name)
		return false
	}
	if !e.exists && e.count == 0 {
		e.exists, e.uniq, e.blocks = true, uniqueOf(info), st.blocksIn(info)
		st.blocks.Add(e.blocks)
	}
	return true
}

// leftOver tells a temporary file that nobody writes to any more: a run that ended badly left it.
func (st *store) leftOver(d fs.DirEntry) bool {
	info, err := d.Info()
	return err == nil && time.Since(info.ModTime()) > max(st.settings.Load().Inactive, time.Hour)
}
