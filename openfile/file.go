// Package openfile opens and looks at the files that are sent to clients: plainly, without following symbolic links, or through a
// cache of open files (ngx_open_file_cache.c). On the way of a request it allocates nothing.
package openfile

import (
	"bytes"
	"syscall"
)

// Info is what is known of a file.
type Info struct {
	Size       int64
	Modified   int64 // Unix seconds
	Kind       Kind
	Executable bool   // by its owner
	unique     uint64 // differs from that of another file which gets the same name
}

// Kind is what a name leads to.
type Kind uint8

const (
	Other Kind = iota // a device, a socket, a fifo
	Regular
	Directory
)

// IsDir tells a directory, IsRegular a file with contents.
func (i *Info) IsDir() bool     { return i.Kind == Directory }
func (i *Info) IsRegular() bool { return i.Kind == Regular }

// How says how files are opened.
type How struct {
	Links LinkMode
	From  int    // how many bytes of the name may lead through any links; what follows them is "/"
	Cache *Cache // nil = none
	Valid int64  // ms for which the cache believes what it knows (open_file_cache_valid)
	// MinUses is how often a file must have been asked for to be kept open (open_file_cache_min_uses).
	MinUses int
	Errors  bool  // the cache remembers errors too (open_file_cache_errors)
	Now     int64 // monotonic ms
}

// Opener opens files for one loop, whose File structs it keeps for the next ones.
type Opener struct {
	free []*File
	path []byte // of a file that is only looked at, with a NUL behind it
	call string
	stat rawStat
}

// Call is the system call that failed last, as nginx names it in its log.
func (o *Opener) Call() string { return o.call }

// File is an open file, or a directory, which holds no descriptor. It has to be closed.
type File struct {
	Info
	name    []byte // with a NUL behind it
	d       descriptor
	o       *Opener
	cached  *entry // whose descriptor it is; nil = its own
	cache   *Cache
	minUses int
}

// keptFiles bounds the structs that an Opener keeps.
const keptFiles = 256

func (o *Opener) take() *File {
	if n := len(o.free); n > 0 {
		f := o.free[n-1]
		o.free = o.free[:n-1]
		return f
	}
	return &File{o: o}
}

func (o *Opener) put(f *File) {
	f.cached, f.cache, f.d = nil, nil, noDescriptor
	if len(o.free) < keptFiles {
		o.free = append(o.free, f)
	}
}

// Open opens a file for reading; a fifo does not make it wait. Errors are syscall.Errno.
func (o *Opener) Open(name []byte, how *How) (*File, error) {
	if bytes.IndexByte(name, 0) >= 0 {
		return nil, o.failed("open", syscall.EINVAL)
	}
	f := o.take()
	f.name = append(append(f.name[:0], name...), 0)
	var err error
	if how.Cache == nil {
		f.d, f.Info, err = o.open(f.name, how)
	} else if f.cached, err = how.Cache.get(o, f.name, how); err == nil {
		f.d, f.Info = f.cached.d, f.cached.Info
		f.cache, f.minUses = how.Cache, how.MinUses
	}
	if err != nil {
		o.put(f)
		return nil, err
	}
	return f, nil
}

// Stat looks at a file. Where there is a cache, or links are not to be followed, it has to be opened for that.
func (o *Opener) Stat(name []byte, how *How) (Info, error) {
	if bytes.IndexByte(name, 0) >= 0 {
		return Info{}, o.failed("stat", syscall.EINVAL)
	}
	o.path = append(append(o.path[:0], name...), 0)
	if how.Cache == nil {
		return o.look(o.path, how)
	}
	e, err := how.Cache.get(o, o.path, how)
	if err != nil {
		return Info{}, err
	}
	info := e.Info
	how.Cache.release(e, how.MinUses)
	return info, nil
}

func (o *Opener) failed(call string, err error) error {
	o.call = call
	return err
}

// open opens a file and looks at it; a directory is closed again. path ends with a NUL.
func (o *Opener) open(path []byte, how *How) (descriptor, Info, error) {
	d, err := o.openPath(path, how)
	if err != nil {
		return noDescriptor, Info{}, err
	}
	info, err := d.info(o)
	if err != nil {
		d.close()
		return noDescriptor, Info{}, o.failed("fstat", err)
	}
	if info.IsDir() {
		d.close()
		d = noDescriptor
	}
	return d, info, nil
}

func (o *Opener) openPath(path []byte, how *How) (descriptor, error) {
	if how.Links > LinksFollowed {
		d, call, err := openBeneath(string(path[:len(path)-1]), how.Links, how.From)
		if err != nil {
			return d, o.failed(call, err)
		}
		return d, nil
	}
	d, err := openPlain(path)
	if err != nil {
		return d, o.failed("open", err)
	}
	return d, nil
}

// look is Stat without a cache.
func (o *Opener) look(path []byte, how *How) (Info, error) {
	if how.Links <= LinksFollowed {
		info, err := o.statPlain(path)
		if err != nil {
			return Info{}, o.failed("stat", err)
		}
		return info, nil
	}
	d, err := o.openPath(path, how)
	if err != nil {
		return Info{}, err
	}
	defer d.close()
	info, err := d.info(o)
	if err != nil {
		return Info{}, o.failed("fstat", err)
	}
	return info, nil
}

// Close gives the file back, to the cache if that is where it came from.
func (f *File) Close() {
	if f.cached != nil {
		f.cache.release(f.cached, f.minUses)
	} else {
		f.d.close()
	}
	f.o.put(f)
}

// Name is the name under which the file was opened.
func (f *File) Name() string { return string(f.name[:len(f.name)-1]) }

// Fd is the descriptor; it stays the file's.
func (f *File) Fd() uintptr { return f.d.fd() }

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.d.readAt(p, off) }
