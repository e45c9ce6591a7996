package reactor

// The loop's pool of large I/O buffers.

// BufSize is the length of a buffer from Loop.Buf, in bytes: 64 KiB of body and room for a head before it.
const BufSize = 64<<10 + 4<<10

type bufPool struct {
	out  int      // handed out
	free [][]byte // last used last, so that the one still in the processor's cache goes out first
	low  int      // fewest free since the last trim
}

// Buf takes a buffer of BufSize bytes (contents undefined); give it back with PutBuf.
func (l *Loop) Buf() []byte {
	l.bufs.out++
	p := &l.bufs
	n := len(p.free)
	if n == 0 {
		p.low = 0
		return make([]byte, BufSize)
	}
	b := p.free[n-1]
	p.free[n-1] = nil
	p.free = p.free[:n-1]
	p.low = min(p.low, n-1)
	return b
}

// PutBuf gives back a buffer from Buf; it may have been resliced at its end.
func (l *Loop) PutBuf(b []byte) {
	l.bufs.out--
	if cap(b) < BufSize {
		return
	}
	l.bufs.free = append(l.bufs.free, b[:BufSize])
	if len(l.bufs.free) > 1 {
		l.armTrim()
	}
}

// trim frees those of the pooled buffers that were not needed since the last trim, but for keep of them.
func (p *bufPool) trim(keep int) {
	for n := min(p.low, len(p.free)-keep); n > 0; n-- {
		p.free[0] = nil
		p.free = p.free[1:]
	}
	p.low = len(p.free)
	if keep == 0 {
		p.free, p.low = nil, 0
	}
}
