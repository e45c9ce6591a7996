// Package http2 is the HTTP/2 server front (RFC 9113): it takes a client's connection apart into streams, each of which is an
// exchange of package web with a task of its own.
//
// A connection has neither task nor buffer while nothing comes: what is read is taken apart at once, piece by piece as it
// comes, and what is to be written gathers in one buffer that a task empties. Flow control is that of nginx.
package http2

import (
	"time"

	"understudy/errlog"
	"understudy/reactor"
	"understudy/web"
)

// session is one connection. All of it runs on the connection's loop.
type session struct {
	client   *web.Client
	conn     *reactor.Conn
	core     *web.Settings // the default server's, as for all that concerns the connection
	conf     *Settings
	in       input
	out      output
	streams  [streamSlots]*stream // by id, chained
	tree     *priorities          // nil: the client has said nothing of priorities
	open     int                  // how many streams there are
	lastID   uint32
	window   int64 // what may be sent
	received int64 // what the client may send
	initial  int64 // window of a new stream
	frameMax int   // largest frame that the client takes
	deadline int64 // Mono at which an idle connection ends; 0 = not idle

	waiting   bool // the loop has the connection (Conn.Idle)
	endless   bool // … without a limit of time
	goAway    bool // GOAWAY has been sent: no more streams
	dead      bool // the connection is broken: nothing can be sent
	over      bool // nothing that comes counts any more
	lingering bool
	lingerEnd int64
	closed    bool
	acked     bool // the client has seen the settings

	bytesIn  int64 // all that came, and of it what was of use: against floods
	useful   int64
	wakeups  int
	refused  int
	priority int  // PRIORITY frames that may still come
	shrink   bool // tell the client that no table is used
}

const streamSlots = 16

// open makes a session of a client's connection (web.Port.Speak).
func open(c *web.Client) web.Session {
	server := c.Fallback()
	s := &session{client: c, conn: c.Conn(), core: server.Root().Conf, conf: conf.Of(server.Block)}
	s.window, s.received, s.initial, s.frameMax = defaultWindow, maxWindow, defaultWindow, defaultFrame
	s.priority = max(s.conf.MaxStreams.N(), 100)
	s.deadline = c.Started() + s.core.ClientHeaderTimeout.D().Milliseconds()
	s.in.begin()
	s.in.fields.begin(int(s.core.LargeHeaderBuffers.Size))
	return s
}

// Ready begins with what has been read already (web.Session).
func (s *session) Ready(early []byte) {
	b := s.room(headLen + 3*settingLen + headLen + 4)
	b = appendHead(b, 3*settingLen, frameSettings, 0, 0)
	b = appendSetting(b, settingMaxStreams, uint32(s.conf.MaxStreams.N()))
	b = appendSetting(b, settingWindow, uint32(s.conf.PrereadSize.Bytes()))
	b = appendSetting(b, settingFrameSize, maxFrame)
	s.put(appendWord(b, frameWindow, 0, maxWindow-defaultWindow))
	if s.client.Draining() {
		s.finish(noError)
	} else {
		s.take(early)
	}
	s.settle()
}

// idle is the session while the loop has its connection (reactor.IdleHandler).
type idle session

// Ready reads what has come, one buffer of it, so that the streams get their turn.
func (i *idle) Ready(*reactor.Task, *reactor.Conn) {
	s := (*session)(i)
	s.waiting = false
	if !s.in.partial() && s.open == 0 && !s.lingering {
		if s.wakeups++; s.wakeups > 10*s.core.KeepaliveRequests.N() {
			s.client.Logf(errlog.Info, "http2 flood detected")
			s.finish(noError)
			s.settle()
			return
		}
	}
	buf := s.conn.Loop().Buf()
	defer s.conn.Loop().PutBuf(buf)
	n, err := s.conn.TryRead(buf)
	switch {
	case err == reactor.ErrWouldBlock:
	case err != nil:
		if s.in.partial() || s.open > 0 {
			s.client.Logf(errlog.Info, "client prematurely closed connection")
		}
		s.kill()
	case s.lingering || s.over:
	default:
		s.take(buf[:n])
	}
	s.settle()
}

// take has the frames in b carried out.
func (s *session) take(b []byte) {
	s.in.fresh = 0
	s.bytesIn += int64(len(b))
	if !s.feed(b) {
		return
	}
	if st := s.in.stream; st != nil && !st.started {
		st.headTimer()
	}
	if s.bytesIn/8 > s.useful+1<<20 {
		s.client.Logf(errlog.Info, "http2 flood detected")
		s.finish(noError)
	}
}

// Expired ends a connection that was idle for too long.
func (i *idle) Expired(*reactor.Conn) {
	s := (*session)(i)
	s.waiting = false
	switch {
	case s.lingering:
		s.close()
		return
	case s.in.partial():
		s.client.Logf(errlog.Info, "client timed out (110: Connection timed out)")
		s.finish(protocolError)
	default:
		s.finish(noError)
	}
	s.settle()
}

// Drain lets the streams come to their end (web.Session).
func (s *session) Drain() {
	if s.closed || s.lingering {
		return
	}
	if s.open == 0 {
		s.finish(noError)
	} else {
		s.sayGoAway(noError)
	}
	s.settle()
}

// Abort ends the connection at once (web.Session).
func (s *session) Abort() {
	if s.closed {
		return
	}
	s.kill()
	s.conn.Close()
	s.settle()
}

// Reclaim ends an idle connection to make room, one that lingers at once (web.Session).
func (s *session) Reclaim() bool {
	if s.waiting && !s.conn.Busy() {
		return false
	}
	s.waiting = false
	if s.lingering {
		s.close()
		return true
	}
	s.goAway, s.over = true, true
	s.in.forget()
	goAway := appendGoAway(make([]byte, 0, headLen+8), s.lastID, noError)
	if n, err := s.conn.TryWrite(goAway); err != nil || n < len(goAway) {
		s.close() // it does not read, or has gone
		return true
	}
	s.settle()
	return true
}

func (s *session) sayGoAway(c code) {
	if s.goAway || s.dead {
		return
	}
	s.goAway = true
	s.put(appendGoAway(s.room(headLen+8), s.lastID, c))
}

// finish gives the connection up: what has been queued is sent, behind it that it is over; nothing that comes counts any more.
func (s *session) finish(c code) {
	s.sayGoAway(c)
	s.over = true
	s.in.forget()
	s.dropStreams()
}

// kill is finish for a connection that is broken.
func (s *session) kill() {
	s.dead = true
	s.over = true
	s.in.forget()
	s.dropStreams()
	s.dropOutput()
	if t := s.out.task; t != nil {
		t.Resume()
	}
}

func (s *session) dropStreams() {
	for _, first := range s.streams {
		for st := first; st != nil; st = st.next {
			st.drop()
		}
	}
}

// settle puts the connection in the state that is due: it waits for more, lingers, or is closed.
func (s *session) settle() {
	if s.closed {
		return
	}
	loop := s.conn.Loop()
	s.client.Reusable(s.open == 0 && !s.out.flushing)
	switch {
	case s.dead:
		if s.open == 0 && !s.out.flushing {
			s.close()
		}
		return
	case s.open > 0 || s.out.flushing:
		s.wait(0)
		return
	case s.lingering:
		left := min(s.core.LingeringTimeout.D().Milliseconds(), s.lingerEnd-loop.Mono())
		if left <= 0 {
			s.close()
			return
		}
		s.wait(time.Duration(left) * time.Millisecond)
		return
	case s.goAway:
		s.linger()
		return
	}
	if s.deadline == 0 {
		s.deadline = loop.Mono() + s.core.KeepaliveTimeout.D().Milliseconds()
	}
	s.wait(time.Duration(max(s.deadline-loop.Mono(), 1)) * time.Millisecond)
}

// linger closes the sending side and reads for a while what still comes, so that the client sees the last frames before a reset.
func (s *session) linger() {
	if s.core.LingeringClose.Is("off") {
		s.close()
		return
	}
	if err := s.conn.CloseWrite(); err != nil {
		s.close()
		return
	}
	s.lingering = true
	s.lingerEnd = s.conn.Loop().Mono() + s.core.LingeringTime.D().Milliseconds()
	s.settle()
}

// wait gives the connection to the loop.
func (s *session) wait(timeout time.Duration) {
	if s.waiting && (s.endless && timeout == 0 || !s.conn.Busy()) {
		return // as it is, or something has come: Ready is on its way
	}
	s.waiting, s.endless = true, timeout == 0
	s.conn.Idle((*idle)(s), timeout)
}

func (s *session) close() {
	s.closed = true
	s.dropOutput()
	s.client.Close()
}

// begun counts a new stream in.
func (s *session) begun(st *stream) {
	slot := &s.streams[st.id/2%streamSlots]
	st.next = *slot
	*slot = st
	s.open++
	s.deadline = 0
	s.priority += s.conf.MaxStreams.N()
}

// ended counts a stream out.
func (s *session) ended(st *stream) {
	for p := &s.streams[st.id/2%streamSlots]; *p != nil; p = &(*p).next {
		if *p == st {
			*p = st.next
			s.open--
			if s.tree != nil {
				s.tree.end(st)
			}
			break
		}
	}
	if s.in.stream == st {
		s.in.stream = nil
	}
}

// stream finds a stream that is open.
func (s *session) stream(id uint32) *stream {
	for st := s.streams[id/2%streamSlots]; st != nil; st = st.next {
		if st.id == id {
			return st
		}
	}
	return nil
}
