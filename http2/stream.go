package http2

import (
	"time"

	"understudy/errlog"
	"understudy/reactor"
	"understudy/web"
)

// stream is one exchange of a connection (web.Front). It stays with the pooled exchange and keeps nothing from one to the next.
type stream struct {
	s      *session
	x      *web.Exchange
	id     uint32
	next   *stream // in the session's index
	node   *node   // in the session's tree
	result web.Result

	inClosed  bool // the client has sent all it has to
	outClosed bool // the answer has been queued whole, or nobody wants it
	resetSent bool
	skip      bool // the body is of no interest
	gone      bool
	started   bool
	timedOut  bool
	unlimited bool // the body is taken as fast as it comes
	headBytes int64
	timer     *reactor.Timer // while the head is incomplete

	window int64 // what may be sent; negative after a change of settings
	lined  bool  // waits for the connection
	behind *stream

	received int64  // what the client may send
	limit    int64  // how much of the body is kept while it is passed on
	body     []byte // received and not taken yet, from at on
	at       int
	own      []byte // the loop's buffer that body began with

	reader, writer, watcher *reactor.Task // who waits for the body, for windows, for the client to go
}

var slot = web.NewSlot[stream]()

// newStream takes an exchange for a request whose head begins.
func (s *session) newStream(id uint32, ended bool) *stream {
	x := s.client.Begin(nil, 2000)
	st := slot.Of(x)
	*st = stream{s: s, x: x, id: id, inClosed: ended, window: s.initial, received: s.conf.PrereadSize.Bytes()}
	x.SetFront(st)
	s.begun(st)
	return st
}

// start has the exchange served; res is the status to answer with if the head was refused.
func (st *stream) start(res web.Result) {
	st.started = true
	st.result = res
	st.stopTimer()
	if res != web.Declined {
		st.skip = true
	}
	st.s.conn.Loop().Go(st)
}

// Run serves the exchange (reactor.Runner).
func (st *stream) Run(t *reactor.Task) {
	st.x.Serve(t, st.result, st.end)
}

// end closes the stream behind its exchange (ngx_http_v2_close_stream).
func (st *stream) end(_, timedOut bool) {
	s := st.s
	st.stopTimer()
	s.leaveLine(st)
	s.ended(st)
	if !st.resetSent && !s.dead && !s.over {
		switch {
		case !st.outClosed && (timedOut || st.timedOut):
			s.putReset(st.id, protocolError)
		case !st.outClosed:
			s.putReset(st.id, internalError)
		case !st.inClosed:
			s.putReset(st.id, noError)
		}
	}
	if s.out.tailOf == st {
		s.out.tailOf = nil
	}
	st.dropBody()
	st.x = nil
	s.wake()
	s.settle()
}

func (s *session) putReset(id uint32, c code) {
	s.put(appendWord(s.room(headLen+4), frameReset, id, uint32(c)))
}

// terminate resets a stream for what the client did.
func (st *stream) terminate(c code) {
	if st.resetSent {
		return
	}
	st.resetSent, st.skip = true, true
	st.s.putReset(st.id, c)
	st.drop()
}

// drop tells whoever works on the stream that its client has gone. A stream whose head has not come yet ends here.
func (st *stream) drop() {
	if st.gone {
		return
	}
	st.gone = true
	if !st.started {
		st.start(web.Aborted)
		return
	}
	st.resume(st.reader)
	st.resume(st.writer)
	st.resume(st.watcher)
}

func (st *stream) resume(t *reactor.Task) {
	if t != nil {
		t.Resume()
	}
}

// headTimer limits the time that the rest of the head may take.
func (st *stream) headTimer() {
	if st.timer == nil {
		st.timer = st.s.conn.Loop().After(st.s.core.ClientHeaderTimeout.D(), st.headLate)
	}
}

func (st *stream) headLate() {
	st.timer = nil
	if st.started {
		return
	}
	st.x.Errorf(errlog.Info, "client timed out (110: Connection timed out)")
	st.timedOut = true
	if st.s.in.stream == st {
		st.s.in.stream = nil
	}
	st.start(408)
}

func (st *stream) stopTimer() {
	if st.timer != nil {
		st.timer.Stop()
		st.timer = nil
	}
}

// Gone implements web.Front.
func (st *stream) Gone() bool { return st.gone || st.s.dead }

// Watch implements web.Front.
func (st *stream) Watch(t *reactor.Task) { st.watcher = t }

// HeadLength implements web.Front.
func (st *stream) HeadLength() int64 { return st.headBytes }

// deliver takes a piece of the body as it comes.
func (st *stream) deliver(p []byte, last bool) {
	if len(p) > 0 {
		st.keep(p)
	}
	st.inClosed = st.inClosed || last
	st.resume(st.reader)
}

// keep appends to what has come of the body. What TryBody gave out stays where it is.
func (st *stream) keep(p []byte) {
	if st.body == nil {
		st.own = st.s.conn.Loop().Buf()
		st.body = st.own[:0]
	}
	st.body = append(st.body, p...)
}

func (st *stream) dropBody() {
	if st.own != nil {
		st.s.conn.Loop().PutBuf(st.own)
	}
	st.body, st.own, st.at = nil, nil, 0
}

// OpenBody implements web.Front: the client may send more than the first window.
func (st *stream) OpenBody(x *web.Exchange, whole bool) {
	if st.inClosed || st.skip {
		return
	}
	preread := st.s.conf.PrereadSize.Bytes()
	if whole {
		st.unlimited = true
		st.grant(maxWindow - st.received)
		return
	}
	size := x.Location.Conf.ClientBodyBufferSize.Bytes()
	if n := x.Req.ContentLength; n >= 0 && n <= size {
		size = n + 1
	}
	st.limit = min(max(size, preread), maxWindow)
	st.grant(st.limit - preread)
}

// grant lets the client send n bytes more.
func (st *stream) grant(n int64) {
	if n > 0 && !st.s.dead {
		st.s.put(appendWord(st.s.room(headLen+4), frameWindow, st.id, uint32(n)))
		st.received += n
	}
}

// TryBody implements web.Front.
func (st *stream) TryBody() ([]byte, bool, error) {
	if st.Gone() {
		return nil, false, web.ErrGone
	}
	p := st.body[st.at:]
	st.at = len(st.body)
	if st.inClosed {
		return p, true, nil
	}
	if len(p) > 0 {
		return p, false, nil
	}
	st.dropBody()
	if st.limit > 0 {
		// of a frame under way the rest is still to come
		st.grant(st.limit - st.received - int64(st.underWay()))
	}
	return nil, false, reactor.ErrWouldBlock
}

// underWay is how much of the frame that is being read is still to come.
func (st *stream) underWay() int {
	if in := &st.s.in; in.stream == st && in.step == readData {
		return in.left
	}
	return 0
}

// WaitBody implements web.Front.
func (st *stream) WaitBody(timeout time.Duration) error {
	loop := st.s.conn.Loop()
	t := loop.Current()
	until := loop.Mono() + timeout.Milliseconds()
	for left := timeout; ; left = time.Duration(until-loop.Mono()) * time.Millisecond {
		switch {
		case st.Gone():
			return web.ErrGone
		case st.skip:
			return web.ErrBodyStopped
		case st.inClosed || len(st.body) > st.at:
			return nil
		case timeout > 0 && left <= 0:
			st.timedOut = true
			return reactor.ErrTimeout
		}
		st.reader = t
		t.ParkTimeout(left)
		st.reader = nil
	}
}

// SkipBody implements web.Front.
func (st *stream) SkipBody() {
	st.skip = true
	st.resume(st.reader)
}

// widen changes what may be sent.
func (st *stream) widen(n int64) {
	st.window += n
	if st.window > 0 {
		st.resume(st.writer)
	}
}

// await waits until something can be written on the stream; on: it is writing already, so it need not wait for its turn.
func (st *stream) await(timeout time.Duration, on bool) error {
	err := st.turn(timeout, on)
	st.s.leaveLine(st)
	if err != nil {
		st.s.wake() // its turn is another's
	}
	return err
}

func (st *stream) turn(timeout time.Duration, on bool) error {
	s := st.s
	loop := s.conn.Loop()
	var until int64
	for {
		switch {
		case st.Gone():
			return web.ErrGone
		case st.window > 0 && s.window > 0 && !s.out.full() && (on || s.next(st)):
			return nil
		case until == 0:
			until = loop.Mono() + timeout.Milliseconds()
		case timeout > 0 && loop.Mono() >= until:
			st.timedOut = true
			return reactor.ErrTimeout
		}
		if st.window > 0 {
			s.lineUp(st)
		} else {
			s.leaveLine(st)
		}
		s.wake()
		on = false
		st.writer = loop.Current()
		st.writer.ParkTimeout(time.Duration(until-loop.Mono()) * time.Millisecond)
		st.writer = nil
	}
}

// Write implements web.Front: DATA frames.
func (st *stream) Write(x *web.Exchange, p []byte) error {
	s := st.s
	if st.outClosed {
		if st.Gone() {
			return web.ErrGone
		}
		x.Errorf(errlog.Error, "output on closed stream")
		return web.ErrGone
	}
	size := int(conf.Of(x.Location.Block).ChunkSize.Bytes())
	for on := false; len(p) > 0; on = true {
		if err := st.await(x.Location.Conf.SendTimeout.D(), on); err != nil {
			return err
		}
		o := &s.out
		chunk := min(size, s.frameMax) // which may have changed meanwhile
		n := int(min(int64(len(p)), int64(min(chunk, o.spare()-headLen)), st.window, s.window))
		if have := st.tailLen(); have >= 0 && have < chunk {
			n = min(n, chunk-have)
			b := s.room(n) // may move the frame
			tail := o.tail
			patchHead(b[tail:], have+n, 0)
			s.put(append(b, p[:n]...))
			o.tail, o.tailOf = tail, st
			x.Sent(0, n)
		} else {
			b := s.room(headLen + n)
			tail := len(b)
			s.put(append(appendHead(b, n, frameData, 0, st.id), p[:n]...))
			o.tail, o.tailOf = tail, st
			x.Sent(headLen, n)
		}
		s.useful += int64(n)
		st.window -= int64(n)
		s.window -= int64(n)
		p = p[n:]
	}
	s.wake()
	return nil
}

// tailLen is the length of the stream's DATA frame at the end of the output, as long as it can still be changed; else -1.
func (st *stream) tailLen() int {
	o := &st.s.out
	if o.tailOf != st || o.tail < o.at {
		return -1
	}
	return len(o.buf) - o.tail - headLen
}

// Flush implements web.Front.
func (st *stream) Flush(x *web.Exchange, last bool, trailers []web.Header) error {
	switch {
	case st.outClosed && !st.gone || !last && !st.Gone():
		return nil
	case st.Gone():
		return web.ErrGone
	}
	s := st.s
	st.outClosed = true
	if len(trailers) > 0 {
		x.Sent(s.putFields(st.id, s.appendFields(nil, trailers), true), 0)
		return nil
	}
	if n := st.tailLen(); n >= 0 {
		patchHead(s.out.buf[s.out.tail:], n, flagEndStream)
		s.out.tailOf = nil
		return nil
	}
	s.put(appendHead(s.room(headLen), 0, frameData, flagEndStream, st.id))
	x.Sent(headLen, 0)
	return nil
}
