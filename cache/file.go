package cache

import (
	"errors"
	"io"
	"os"
	"strconv"
	"syscall"

	"understudy/errlog"
	"understudy/reactor"
)

// openFile opens the entry's file and reads header and head into buf. It stays on the loop when everything is in memory, and goes
// off it when a disk has to be waited for.
func (l *Lookup) openFile(t *reactor.Task) error {
	if want := l.bodyStart + smallBody; cap(l.buf) < want {
		l.buf = make([]byte, want)
	}
	buf := l.buf[:l.bodyStart+smallBody]
	o, err := openCached(l.name, buf)
	if err == errWouldWait {
		t.Offload(func() { o, err = openSlow(l.name, buf) })
	}
	if err != nil {
		return err
	}
	l.file, l.length, l.uniq, l.disk = o.file, o.size, o.uniq, o.disk
	l.buf = buf[:o.n]
	return nil
}

// smallBody: a body up to here is read together with its head, and its file closed at once.
const smallBody = 8 << 10

// opened is a file whose beginning has been read.
type opened struct {
	file *os.File // nil when all of it has been read
	n    int      // bytes read
	size int64
	uniq uint64
	disk int64 // what it takes on its disk, bytes
}

// errWouldWait: not everything is in memory.
var errWouldWait = errors.New("would wait")

// openSlow opens and reads a file the usual way, and asks for the rest of it to be read ahead.
func openSlow(name string, buf []byte) (o opened, err error) {
	if o.file, err = os.Open(name); err != nil {
		return o, err
	}
	info, err := o.file.Stat()
	if err == nil {
		o.size, o.uniq, o.disk = info.Size(), uniqueOf(info), diskSize(info)
		o.n, err = o.file.ReadAt(buf, 0)
	}
	if err != nil && err != io.EOF {
		o.file.Close()
		return o, err
	}
	if int64(o.n) >= o.size {
		o.file.Close()
		o.file = nil
	} else {
		readAhead(o.file)
	}
	return o, nil
}

// blocksOf is a size on a disk, in blocks of the store.
func (st *store) blocksOf(disk int64) int64 { return (disk + st.block - 1) / st.block }

func (st *store) blocksIn(info os.FileInfo) int64 { return st.blocksOf(diskSize(info)) }

// errText is "28: No space left on device", as nginx prints a system error.
func errText(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return strconv.Itoa(int(errno)) + ": " + errlog.Strerror(errno)
	}
	return err.Error()
}
