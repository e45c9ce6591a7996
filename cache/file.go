package cache

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"understudy/errlog"
	"understudy/reactor"
)

// openFile opens the entry's file and reads header and head into buf. It stays on the loop when everything is in memory, and goes
// off it when a disk has to be waited for.
func (l *Lookup) openFile(t *reactor.Task) error {
	if cap(l.buf) < l.bodyStart {
		l.buf = make([]byte, l.bodyStart)
	}
	buf := l.buf[:l.bodyStart]
	f, n, size, uniq, err := openCached(l.name, buf)
	if err == errWouldWait {
		t.Offload(func() { f, n, size, uniq, err = openSlow(l.name, buf) })
	}
	if err != nil {
		return err
	}
	l.file, l.length, l.uniq = f, size, uniq
	l.buf = buf[:n]
	return nil
}

// errWouldWait: not everything is in memory.
var errWouldWait = errors.New("would wait")

// openSlow opens and reads a file the usual way, and asks for the rest of it to be read ahead.
func openSlow(name string, buf []byte) (f *os.File, n int, size int64, uniq uint64, err error) {
	if f, err = os.Open(name); err != nil {
		return nil, 0, 0, 0, err
	}
	if n, err = f.ReadAt(buf, 0); n == 0 && err != nil && err.Error() != "EOF" {
		f.Close()
		return nil, 0, 0, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, 0, 0, err
	}
	readAhead(f)
	return f, n, info.Size(), uniqueOf(info), nil
}

// blocksOf is the size of a file on its disk, in blocks of the store.
func (st *store) blocksOf(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return st.blocksIn(info)
}

func (st *store) blocksIn(info os.FileInfo) int64 {
	return (diskSize(info) + st.block - 1) / st.block
}

// errText is "28: No space left on device", as nginx prints a system error.
func errText(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return strconv.Itoa(int(errno)) + ": " + errlog.Strerror(errno)
	}
	return err.Error()
}
