package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"understudy/errlog"
	"understudy/reactor"
)

// writer collects an answer in memory, and in a temporary file when it grows.
type writer struct {
	active    bool
	f         *os.File
	name      string
	buf       []byte
	spare     []byte // buf, kept from one answer to the next
	flushed   int64
	bodyStart int
	err       error // why nothing is kept any more
	told      bool  // it has been logged
	make      func() (*os.File, error)
}

// writeLimit: so much is collected in memory before it goes to the file; keptBuffer may stay with a lookup between answers.
const (
	writeLimit = 64 << 10
	keptBuffer = 16 << 10
)

func (w *writer) begin(temp func() (*os.File, error)) {
	*w = writer{active: true, buf: w.spare[:0], make: temp}
}

// write takes a piece of an answer; a disk is waited for off the loop. The first error ends it.
func (w *writer) write(t *reactor.Task, p []byte) error {
	for len(p) > 0 && w.err == nil {
		n := min(writeLimit-len(w.buf), len(p))
		w.buf = append(w.buf, p[:n]...)
		p = p[n:]
		if len(w.buf) == writeLimit {
			t.Offload(w.flush)
		}
	}
	return w.err
}

// flush puts what has been collected into the file, which it makes if there is none; it may wait for the disk.
func (w *writer) flush() {
	if w.f == nil {
		if w.f, w.err = w.make(); w.err != nil {
			return
		}
		w.name = w.f.Name()
	}
	n, err := w.f.Write(w.buf)
	w.flushed += int64(n)
	w.buf = w.buf[:0]
	if err != nil {
		w.err = fmt.Errorf("pwritev() \"%s\" failed (%s)", w.name, errText(err))
	}
}

// complete writes what is left, and the length of the body into the header.
func (w *writer) complete() {
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(w.size()-int64(w.bodyStart)))
	if w.flushed == 0 {
		copy(w.buf[atBodyLength:], length[:])
		w.flush()
		return
	}
	if w.flush(); w.err != nil {
		return
	}
	if _, err := w.f.WriteAt(length[:], atBodyLength); err != nil {
		w.err = fmt.Errorf("pwrite() \"%s\" failed (%s)", w.name, errText(err))
	}
}

// tell logs the error, once.
func (w *writer) tell(a Asker) {
	if w.err != nil && !w.told {
		w.told = true
		a.Errorf(errlog.Crit, "%s", w.err)
	}
}

// size is what has been written.
func (w *writer) size() int64 { return w.flushed + int64(len(w.buf)) }

// drop ends the writing and removes the file if it has not been moved.
func (w *writer) drop() {
	if !w.active {
		return
	}
	if w.f != nil {
		w.f.Close()
		os.Remove(w.name)
	}
	w.end()
}

func (w *writer) end() {
	spare := w.buf[:0]
	if cap(spare) > keptBuffer {
		spare = nil
	}
	*w = writer{spare: spare}
}

// tempSerial numbers the files that are written beside their final place.
var tempSerial atomic.Uint32

// createBeside makes a temporary file beside name; the directories are made if need be.
func createBeside(name string) (*os.File, error) {
	for {
		temp := fmt.Sprintf("%s.%010d", name, tempSerial.Add(1))
		f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		switch {
		case err == nil:
			return f, nil
		case os.IsExist(err):
			continue
		case os.IsNotExist(err):
			if err = os.MkdirAll(filepath.Dir(name), 0o700); err == nil {
				continue
			}
		}
		return nil, fmt.Errorf("open() \"%s\" failed (%s)", temp, errText(err))
	}
}

// Move puts a temporary file where it belongs: missing directories are made with the rights dirs, and between file systems the file
// is copied first (ngx_ext_rename_file). The error says what failed, as nginx words it.
func Move(temp, name string, dirs os.FileMode) error {
	err := os.Rename(temp, name)
	if errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(name), dirs); err != nil {
			return fmt.Errorf("mkdir() \"%s\" failed (%s)", filepath.Dir(name), errText(err))
		}
		err = os.Rename(temp, name)
	}
	if errors.Is(err, syscall.EXDEV) {
		err = copyOver(temp, name)
	}
	if err != nil {
		return fmt.Errorf("rename() \"%s\" to \"%s\" failed (%s)", temp, name, errText(err))
	}
	return nil
}

// copyOver copies a file to another file system and puts it into its place there.
func copyOver(from, name string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := createBeside(name)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Chmod(info.Mode().Perm())
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		os.Chtimes(out.Name(), info.ModTime(), info.ModTime())
		err = os.Rename(out.Name(), name)
	}
	if err != nil {
		os.Remove(out.Name())
		return err
	}
	return os.Remove(from)
}

// Begin prepares to keep an answer with this head: from here on Write takes its body, and Commit puts it into the zone. Meta has been
// filled in. temp makes a temporary file, for zones with use_temp_path.
func (l *Lookup) Begin(a Asker, head []byte, temp func() (*os.File, error)) bool {
	l.bodyStart = l.HeaderStart() + len(head)
	if len(l.Vary) > 0 {
		l.variant = variantOf(l.main, l.Vary, a)
	}
	if !l.rightKey(a) {
		return false
	}
	if !l.zone.UseTempPath {
		name := l.name
		temp = func() (*os.File, error) { return createBeside(name) }
	}
	l.w.begin(temp)
	l.w.bodyStart = l.bodyStart
	l.w.buf = l.appendKey(l.appendHeader(l.w.buf))
	l.w.buf = append(l.w.buf, head...)
	return true
}

// rightKey goes back to the main key when the answer is not the variant that was looked for.
func (l *Lookup) rightKey(a Asker) bool {
	if !l.secondary || len(l.Vary) > 0 && l.variant == l.key {
		return true
	}
	st := l.store
	s := st.shard(l.key)
	s.mu.Lock()
	l.entry.count--
	list := l.entry.settled()
	s.mu.Unlock()
	wake(list)
	l.entry, l.held = nil, false
	l.newMain, l.secondary = true, false
	l.key = l.main
	if l.find(a, a.Waiting().Loop().Now()/1000) == noMemory {
		return false
	}
	l.failure = 0
	l.name = st.fileName(l.key)
	return true
}

// Write takes a piece of the body; the error has been logged, and the answer cannot be kept then.
func (l *Lookup) Write(a Asker, p []byte) error {
	err := l.w.write(a.Waiting(), p)
	l.w.tell(a)
	return err
}

// Writing tells that an answer is being kept.
func (l *Lookup) Writing() bool { return l.w.active }

// BodyWritten is how much of the body has been taken.
func (l *Lookup) BodyWritten() int64 { return l.w.size() - int64(l.bodyStart) }

// Commit puts the answer into the zone and ends the lookup (ngx_http_file_cache_update). If the disk does not take it the entry is
// given back as it was.
func (l *Lookup) Commit(a Asker) {
	if l.over || l.entry == nil {
		return
	}
	st := l.store
	var uniq uint64
	var blocks int64
	a.Waiting().Offload(func() {
		w := &l.w
		if w.err != nil {
			return
		}
		if w.complete(); w.err != nil {
			return
		}
		info, err := w.f.Stat()
		if err != nil {
			w.err = fmt.Errorf("fstat() \"%s\" failed (%s)", w.name, errText(err))
			return
		}
		w.f.Close()
		if err := Move(w.name, l.name, 0o700); err != nil {
			w.err = err
			os.Remove(w.name)
		} else {
			uniq, blocks = uniqueOf(info), st.blocksIn(info)
		}
		w.f = nil
	})
	if l.w.err != nil {
		l.w.tell(a)
		l.Free()
		return
	}
	l.over = true
	e := l.entry
	s := st.shard(l.key)
	s.mu.Lock()
	e.count--
	e.err = 0
	st.blocks.Add(blocks - e.blocks)
	e.blocks, e.uniq, e.bodyStart, e.exists = blocks, uniq, l.bodyStart, true
	list := e.settled()
	s.mu.Unlock()
	l.entry, l.held = nil, false
	wake(list)
	l.w.end()
}

// Refresh writes the times in Meta into the file, if it is still the one that was found (ngx_http_file_cache_update_header).
func (l *Lookup) Refresh(a Asker) {
	var failed error
	a.Waiting().Offload(func() { failed = l.refresh(a) })
	if failed != nil {
		a.Errorf(errlog.Crit, "%s", failed)
	}
}

func (l *Lookup) refresh(a Asker) error {
	f, err := os.OpenFile(l.name, os.O_RDWR, 0)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("open() \"%s\" failed (%s)", l.name, errText(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("fstat() \"%s\" failed (%s)", l.name, errText(err))
	}
	if uniqueOf(info) != l.uniq || info.Size() != l.length {
		return nil
	}
	var h [headerSize]byte
	if n, err := f.ReadAt(h[:], 0); err != nil {
		return fmt.Errorf("read() read only %d of %d from \"%s\"", n, headerSize, l.name)
	}
	if !l.sameContent(h[:]) {
		return nil
	}
	if len(l.Vary) > 0 {
		l.variant = variantOf(l.main, l.Vary, a)
	}
	if _, err := f.WriteAt(l.appendHeader(nil), 0); err != nil {
		return fmt.Errorf("pwrite() \"%s\" failed (%s)", l.name, errText(err))
	}
	return nil
}
