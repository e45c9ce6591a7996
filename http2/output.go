package http2

import (
	"understudy/errlog"
	"understudy/reactor"
)

// output is what waits to be written: frames, in order, in one buffer. Whoever appends the first has a task empty it once the
// others that are about to run have had their turn, so that many small answers go out in one write.
type output struct {
	buf      []byte        // the loop's, until it does not suffice; nil = nothing waits
	own      []byte        // the loop's buffer that buf began with
	at       int           // how far it has been written
	flushing bool          // the task is on its way
	task     *reactor.Task // while it waits for the connection
	control  int           // frames queued that no stream waits for, since the buffer was last empty
	tail     int           // where the last frame begins, if it is tailOf's DATA
	tailOf   *stream
	first    *stream // streams that wait for room or for the connection's window
	last     *stream
}

const (
	// outLimit is how much may wait before streams have to: with a frame of the usual size behind it the loop's buffer still suffices.
	outLimit = 56 << 10
	// controlLimit: a client that makes the server answer this often without reading the answers is not worth it.
	controlLimit = 10000
)

// room gives the buffer to append n bytes to; put takes it back.
func (s *session) room(n int) []byte {
	o := &s.out
	if o.buf == nil {
		o.own = s.conn.Loop().Buf()
		o.buf = o.own[:0]
	}
	if o.at > 0 && len(o.buf)+n > cap(o.buf) {
		o.tail -= o.at
		o.buf = o.buf[:copy(o.buf, o.buf[o.at:])]
		o.at = 0
		if o.tail < 0 {
			o.tailOf = nil
		}
	}
	return o.buf
}

// put queues what was appended to room's buffer.
func (s *session) put(b []byte) {
	o := &s.out
	o.buf = b
	o.tailOf = nil
	if s.dead {
		s.dropOutput()
		return
	}
	if !o.flushing {
		o.flushing = true
		s.conn.Loop().Go((*flusher)(s))
	}
}

// putControl queues frames that answer the client; false if it makes too much of them.
func (s *session) putControl(b []byte) bool {
	s.put(b)
	if s.out.control++; s.out.control >= controlLimit {
		s.client.Logf(errlog.Info, "http2 flood detected")
		s.kill()
		return false
	}
	return true
}

// spare is how much more fits into the loop's buffer.
func (o *output) spare() int { return reactor.BufSize - (len(o.buf) - o.at) }

func (o *output) full() bool { return len(o.buf)-o.at >= outLimit }

// dropOutput forgets what waits.
func (s *session) dropOutput() {
	o := &s.out
	if o.own != nil {
		s.conn.Loop().PutBuf(o.own)
	}
	o.buf, o.own, o.at, o.tailOf, o.control = nil, nil, 0, nil, 0
}

// flusher is the session as a task that empties its output.
type flusher session

// Run writes until nothing waits (reactor.Runner).
func (f *flusher) Run(t *reactor.Task) {
	s := (*session)(f)
	o := &s.out
	over := false
	defer func() {
		o.flushing = false
		if !over {
			s.kill()
		}
		s.settle()
	}()
	for !s.dead && o.at < len(o.buf) {
		n, err := s.conn.TryWrite(o.buf[o.at:])
		o.at += n
		switch {
		case err == reactor.ErrWouldBlock:
			if s.awaitWritable(t) {
				continue
			}
			s.client.Logf(errlog.Info, "client timed out (110: Connection timed out)")
			s.kill()
		case err != nil:
			s.kill()
		case !o.full():
			s.wake()
		}
	}
	s.dropOutput()
	s.wake()
	over = true
}

func (s *session) awaitWritable(t *reactor.Task) bool {
	s.out.task = t
	which := t.WaitPark(s.core.SendTimeout.D(), reactor.Event{Conn: s.conn, Kind: reactor.Writable})
	s.out.task = nil
	return which != -1
}

// lineUp has a stream wait for its turn to write: behind those that came before it, as far as they do not yield.
func (s *session) lineUp(st *stream) {
	if st.lined {
		return
	}
	st.lined, st.behind = true, nil
	o := &s.out
	switch last := o.last; {
	case last == nil:
		o.first, o.last = st, st
	case !last.yields(st):
		last.behind = st
		o.last = st
	default:
		p := &o.first
		for !(*p).yields(st) {
			p = &(*p).behind
		}
		st.behind, *p = *p, st
	}
}

// wake gives the next stream in line its turn, if there is something to be had.
func (s *session) wake() {
	if s.out.first == nil || s.window <= 0 || s.out.full() {
		return
	}
	st := s.out.first
	st.resume(st.writer)
}

// next tells whether it is the stream's turn.
func (s *session) next(st *stream) bool {
	first := s.out.first
	return first == nil || first == st || first.yields(st)
}

func (s *session) leaveLine(st *stream) {
	if !st.lined {
		return
	}
	st.lined = false
	var before *stream
	for p := s.out.first; p != st; p = p.behind {
		before = p
	}
	if before == nil {
		s.out.first = st.behind
	} else {
		before.behind = st.behind
	}
	if s.out.last == st {
		s.out.last = before
	}
	st.behind = nil
}
