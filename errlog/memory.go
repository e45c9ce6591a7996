// error_log memory:SIZE: a ring in the process's memory, for a debugger, a core file or a test to read.

package errlog

import "sync"

// Ring keeps the newest lines in a fixed number of bytes, behind nginx's mark `MEMLOG SIZE FILE:LINE`.
type Ring struct {
	mu      sync.Mutex
	buf     []byte // mark, then the ring
	start   int    // where the ring begins in buf
	written uint64
}

// newRing makes a ring of size bytes, mark included.
func newRing(size int, mark string) *Ring {
	r := &Ring{buf: make([]byte, size)}
	r.start = copy(r.buf, mark)
	for i := r.start; i < size; i++ {
		r.buf[i] = ' '
	}
	return r
}

// Bytes copies the mark and the ring as they lie in memory.
func (r *Ring) Bytes() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]byte(nil), r.buf...)
}

func (r *Ring) writeLine(_ Level, line []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ring := r.buf[r.start:]
	if len(ring) == 0 {
		return
	}
	at := int(r.written % uint64(len(ring)))
	r.written += uint64(len(line))
	for len(line) > 0 {
		n := copy(ring[at:], line)
		line = line[n:]
		at = 0
	}
}

func (r *Ring) isStderr() bool { return false }
