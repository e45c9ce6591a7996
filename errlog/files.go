// The files that a configuration writes logs to: every name is opened once, for error_log and
// access_log alike, after the whole config has been read, and again on a reopen.

package errlog

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// fileMode is what nginx creates logs with, less the umask.
const fileMode = 0o644

// File is a log file opened for appending. The file behind it may be replaced at any time (Reopen).
type File struct {
	name string       // full path; "" is stderr
	full atomic.Int64 // Unix second in which the disk was full; no write is tried again in it

	open  sync.RWMutex // read while a regular file is written to
	file  *os.File     // nil: not open
	plain bool         // it is a regular file

	mu    sync.Mutex
	flush []func()
}

// replace makes file (nil = none) the one behind f and returns the one before.
func (f *File) replace(file *os.File) *os.File {
	plain := file != nil && isPlain(file)
	f.open.Lock()
	defer f.open.Unlock()
	old := f.file
	f.file, f.plain = file, plain
	return old
}

// Name gives the full path, "" for stderr.
func (f *File) Name() string { return f.name }

// Write appends p in one system call. It is safe from any loop. The error is *os.PathError or nil.
func (f *File) Write(p []byte) (int, error) {
	if full := f.full.Load(); full != 0 && full == time.Now().Unix() {
		return 0, syscall.ENOSPC
	}
	n, file, err := f.write(p)
	for errors.Is(err, os.ErrClosed) && f.Current() != file { // replaced before it was written to
		n, file, err = f.write(p)
	}
	if errors.Is(err, syscall.ENOSPC) {
		f.full.Store(time.Now().Unix())
	}
	return n, err
}

// write also tells which file it wrote to, nil for none.
func (f *File) write(p []byte) (int, *os.File, error) {
	f.open.RLock()
	file := f.file
	if f.plain {
		defer f.open.RUnlock()
		n, err := appendPlain(file, p)
		return n, file, err
	}
	f.open.RUnlock() // whoever reads a pipe may be slow
	if file == nil {
		return 0, nil, os.ErrClosed
	}
	n, err := file.Write(p)
	return n, file, err
}

// OnFlush registers what has to be written out before the file is reopened or closed: the buffers
// of access_log.
func (f *File) OnFlush(flush func()) {
	f.mu.Lock()
	f.flush = append(f.flush, flush)
	f.mu.Unlock()
}

func (f *File) flushAll() {
	f.mu.Lock()
	flush := f.flush
	f.mu.Unlock()
	for _, fn := range flush {
		fn()
	}
}

// Current gives the file behind it at this moment, nil if it is not open.
func (f *File) Current() *os.File {
	f.open.RLock()
	defer f.open.RUnlock()
	return f.file
}

func (f *File) writeLine(_ Level, line []byte) { f.Write(line) }
func (f *File) isStderr() bool                 { return f.name == "" }

// Files is the table of one configuration.
type Files struct {
	mu      sync.Mutex
	list    []*File
	byName  map[string]*File
	closers []func()
	console atomic.Pointer[Console]
}

// NewFiles makes an empty table.
func NewFiles() *Files { return &Files{byName: map[string]*File{}} }

// Add registers a file by its full path; the same path gives the same File. "" is stderr.
// A file added after Open is the caller's to open.
func (t *Files) Add(name string) *File {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.byName[name]; f != nil {
		return f
	}
	f := &File{name: name}
	if name == "" {
		f.replace(os.Stderr)
	}
	t.byName[name] = f
	t.list = append(t.list, f)
	return f
}

// OpenError says which file could not be opened; its text is nginx's.
type OpenError struct {
	Name string
	Err  error
}

func (e *OpenError) Error() string {
	return string(AppendErrno([]byte(`open() "`+e.Name+`" failed`), e.Err))
}

// Unwrap gives the system error.
func (e *OpenError) Unwrap() error { return e.Err }

// Open opens every file in the order of registration and stops at the first that fails (*OpenError);
// those opened are closed again then.
func (t *Files) Open() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.list {
		if f.name == "" || f.Current() != nil {
			continue
		}
		file, err := openLog(f.name)
		if err != nil {
			t.closeAll()
			return &OpenError{f.name, err}
		}
		f.replace(file)
	}
	return nil
}

// Reopen replaces every file by a freshly opened one of the same name (log rotation). Failures go to
// report, and the file that cannot be opened again stays as it was.
func (t *Files) Reopen(report func(error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.list {
		if f.name == "" || f.Current() == nil {
			continue
		}
		f.flushAll()
		file, err := openLog(f.name)
		if err != nil {
			report(&OpenError{f.name, err})
			continue
		}
		f.replace(file).Close()
	}
}

// Close flushes and closes every file; later writes are dropped.
func (t *Files) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.list {
		f.flushAll()
	}
	t.closeAll()
	for _, end := range t.closers {
		end()
	}
	t.closers = nil
}

// OnClose registers something else that ends with the configuration: a syslog socket.
func (t *Files) OnClose(end func()) {
	t.mu.Lock()
	t.closers = append(t.closers, end)
	t.mu.Unlock()
}

// UsesStderr tells whether some log goes to stderr; the process then keeps it as it is.
func (t *Files) UsesStderr() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byName[""] != nil
}

func (t *Files) closeAll() {
	for _, f := range t.list {
		if f.name == "" {
			continue
		}
		if file := f.replace(nil); file != nil {
			file.Close()
		}
	}
}

// Names lists the registered paths in order, stderr left out.
func (t *Files) Names() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var names []string
	for _, f := range t.list {
		if f.name != "" {
			names = append(names, f.name)
		}
	}
	return names
}

// openLog opens for appending. The error is the bare system error.
func openLog(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, fileMode)
	var path *os.PathError
	if errors.As(err, &path) {
		return nil, path.Err
	}
	return f, err
}

var _ io.Writer = (*File)(nil)
