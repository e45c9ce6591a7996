package accesslog

import (
	"container/list"
	"os"
	"sync"
	"time"

	"understudy/reactor"
)

// openError tells a file that cannot be opened from one that cannot be written.
type openError struct{ err error }

func (e *openError) Error() string { return e.err.Error() }
func (e *openError) Unwrap() error { return e.err }

func openNamed(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return nil, &openError{err}
	}
	return f, nil
}

// writeOnce opens, writes and closes.
func writeOnce(name string, line []byte) error {
	f, err := openNamed(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(line)
	return err
}

// fileCaches are the open files of one open_log_file_cache, for each loop by itself.
type fileCaches struct {
	max, minUses    int
	inactive, valid time.Duration
	loops           []fileCache
}

// fileCache keeps files open that were used often enough lately.
type fileCache struct {
	mu    sync.Mutex // for close, which comes from elsewhere
	files map[string]*list.Element
	order list.List // of *namedFile, last used first
}

type namedFile struct {
	name    string
	file    *os.File // nil: not used often enough to be kept open
	uses    int
	checked time.Time // when the name was last seen to be this file
	used    time.Time
}

func (c *fileCaches) start(loops int) { c.loops = make([]fileCache, loops) }

func (c *fileCaches) write(loop *reactor.Loop, name, line []byte) error {
	return c.loops[loop.Index()].write(c, time.UnixMilli(loop.Now()), name, line)
}

func (c *fileCaches) close() {
	for i := range c.loops {
		p := &c.loops[i]
		p.mu.Lock()
		for p.order.Len() > 0 {
			p.remove(p.order.Back())
		}
		p.mu.Unlock()
	}
}

func (p *fileCache) write(c *fileCaches, now time.Time, name, line []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.expire(c, now)

	var e *namedFile
	if at := p.files[string(name)]; at != nil {
		e = at.Value.(*namedFile)
		p.order.MoveToFront(at)
		e.uses++
		e.used = now
		if e.file != nil && now.Sub(e.checked) >= c.valid && !e.same() {
			e.file.Close()
			e.file = nil
		} else if e.file != nil && now.Sub(e.checked) >= c.valid {
			e.checked = now
		}
	}
	file := (*os.File)(nil)
	if e != nil {
		file = e.file
	}
	if file == nil {
		var err error
		if file, err = openNamed(string(name)); err != nil {
			return err
		}
	}
	if e == nil {
		if p.files == nil {
			p.files = map[string]*list.Element{}
		}
		if p.order.Len() >= c.max {
			p.remove(p.order.Back())
		}
		e = &namedFile{name: string(name), uses: 1, used: now}
		p.files[e.name] = p.order.PushFront(e)
	}
	_, err := file.Write(line)
	switch {
	case e.uses < c.minUses:
		file.Close()
	case e.file == nil:
		e.file, e.checked = file, now
	}
	return err
}

// expire closes what has not been used for long.
func (p *fileCache) expire(c *fileCaches, now time.Time) {
	for at := p.order.Back(); at != nil && now.Sub(at.Value.(*namedFile).used) > c.inactive; at = p.order.Back() {
		p.remove(at)
	}
}

func (p *fileCache) remove(at *list.Element) {
	e := p.order.Remove(at).(*namedFile)
	delete(p.files, e.name)
	if e.file != nil {
		e.file.Close()
	}
}

// same tells whether the name still leads to the open file.
func (e *namedFile) same() bool {
	a, err := e.file.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(e.name)
	return err == nil && os.SameFile(a, b)
}
