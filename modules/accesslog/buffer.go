package accesslog

import (
	"bytes"
	"compress/gzip"
	"sync"
	"time"

	"understudy/errlog"
	"understudy/reactor"
)

// buffer holds back lines of one file, for each loop by itself as nginx does for each worker.
type buffer struct {
	file   *errlog.File
	size   int           // of one loop's part
	flush  time.Duration // 0: only when full
	gzip   int           // level, 0: plain
	log    *errlog.Log   // for failures outside of any exchange
	failed failureClock
	loops  []loopBuffer
}

// loopBuffer is one loop's part. The lock is there for a reopen and the end of the configuration, which flush from
// elsewhere; between loops there is no contention.
type loopBuffer struct {
	mu    sync.Mutex
	lines []byte
	loop  *reactor.Loop // the timer's
	timer *reactor.Timer
	armed bool
	out   bytes.Buffer
	zip   *gzip.Writer
}

func (b *buffer) start(loops int, log *errlog.Log) {
	b.log = log
	b.loops = make([]loopBuffer, loops)
}

// add takes a line, with its end.
func (b *buffer) add(loop *reactor.Loop, line []byte) {
	p := &b.loops[loop.Index()]
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lines)+len(line) > b.size {
		b.write(p, p.lines)
		p.lines = p.lines[:0]
	}
	if len(line) > b.size {
		b.write(p, line)
		return
	}
	if p.lines == nil {
		p.lines = make([]byte, 0, b.size)
	}
	if b.flush > 0 && !p.armed {
		p.armed = true
		if p.timer == nil {
			p.loop = loop
			p.timer = loop.After(b.flush, func() {
				p.mu.Lock()
				p.armed = false
				p.mu.Unlock()
				b.flushOne(p)
			})
		} else {
			p.timer.Reset(b.flush)
		}
	}
	p.lines = append(p.lines, line...)
}

func (b *buffer) flushOne(p *loopBuffer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b.write(p, p.lines)
	p.lines = p.lines[:0]
}

// flushAll writes what all loops hold; it may be called from anywhere.
func (b *buffer) flushAll() {
	for i := range b.loops {
		b.flushOne(&b.loops[i])
	}
}

// stop ends the timers, which would keep the whole configuration until they fire; what is buffered is written when the file closes.
func (b *buffer) stop() {
	for i := range b.loops {
		p := &b.loops[i]
		p.mu.Lock()
		if p.timer != nil {
			p.loop.Post(p.timer.Stop)
		}
		p.mu.Unlock()
	}
}

// write puts lines into the file, with gzip as a member of their own.
func (b *buffer) write(p *loopBuffer, lines []byte) {
	if len(lines) == 0 {
		return
	}
	if b.gzip > 0 {
		p.out.Reset()
		if p.zip == nil {
			p.zip, _ = gzip.NewWriterLevel(&p.out, b.gzip) // the level was checked
		} else {
			p.zip.Reset(&p.out)
		}
		p.zip.Write(lines) // into memory: cannot fail
		p.zip.Close()
		lines = p.out.Bytes()
	}
	if _, err := b.file.Write(lines); err != nil && b.failed.due(time.Now().Unix()) {
		b.log.Write(errlog.Alert, 0, failureText(b.file.Name(), err))
	}
}
