package proxy

import (
	"io"

	"understudy/http1"
	"understudy/reactor"
	"understudy/web"
)

// readAnswer reads the head of the peer's answer. The bytes behind it stay in e.rest, in the loop's buffer e.buf.
func (t *target) readAnswer(x *web.Exchange, e *Exchange) (int, outcome) {
	s := t.conf
	loop := x.Loop()
	e.forget()
	e.hinted = 0
	e.putBuf(loop)
	if t.framed != nil {
		t.framed.Begin(x, e)
	}
	have := 0
	for {
		if !e.conn.Readable() {
			status, how := t.await(x, e)
			if how != answered {
				e.keepText(have)
				return status, how
			}
		}
		if e.buf == nil {
			e.buf = loop.Buf()
		}
		into := e.buf[have:]
		if s.LimitRate.IsSet() {
			into = e.buf[have:e.headRoom(s)] // what is behind the head counts, too
		}
		x.Task.Turn()
		n, err := e.conn.TryRead(into)
		if err == reactor.ErrWouldBlock {
			continue
		}
		if err != nil {
			e.keepText(have)
			if e.up.client != 0 {
				return int(e.up.client), ended
			}
			if err != io.EOF {
				return e.failed(x, err, "recv()")
			}
			if have > 0 && e.answer.Status == 0 && !e.answer.LineDone() || e.up.err != nil && have == 0 {
				if e.up.err != nil && e.up.err != reactor.ErrTimeout {
					x.Acting("sending request to upstream")
					return e.failed(x, e.up.err, "send()")
				}
			}
			x.Errorf(levelError, "upstream prematurely closed connection")
			return 502, lost
		}
		e.now().received += int64(n)
		progress := More
		if t.framed != nil {
			n, progress = t.framed.Decode(e.buf[have:have+n], x, e)
		}
		have += n
		size, perr := t.protocol.Head(e.buf[:have], x, e)
		switch {
		case perr == http1.ErrNoHeader:
			return e.noHeader(x, have)
		case perr != nil:
			e.keepText(have)
			t.limitRate(x, e) // nginx has heeded what came before the mistake
			e.badHead(x, perr, e.buf[:have])
			return 502, invalid
		case size == 0 && progress != More:
			t.framed.NoHead(x, e)
			return 502, invalid
		case size > e.headRoom(s) || size == 0 && have >= e.headRoom(s):
			room := min(have, e.headRoom(s)) // nginx does not read beyond its buffer
			e.now().received -= int64(have - room)
			e.keepText(room)
			e.answer.Reset()
			_, _ = t.protocol.Head(e.buf[:room], x, e) // for the fields; that it is not whole is known
			x.Errorf(levelError, "upstream sent too big header")
			return 502, invalid
		case size == 0:
			continue
		case t.http != nil && e.interim():
			t.hint(x, e, e.buf[:size])
			have = copy(e.buf, e.buf[size:have])
			e.answer.Reset()
			if have > 0 {
				if again, status, how := t.reparse(x, e, &have); !again {
					return status, how
				}
			}
			continue
		}
		e.gotHead(x, e.buf[:size], e.buf[size:have])
		return 0, answered
	}
}

// forget drops the answer of another peer, or of the request before.
func (e *Exchange) forget() {
	e.answer.Reset()
	e.text = e.text[:0]
}

// keepText keeps what has come of a head that cannot be taken: $upstream_http_NAME tells its fields all the same.
func (e *Exchange) keepText(have int) { e.text = append(e.text[:0], e.buf[:have]...) }

// badHead logs why a head cannot be taken, unless the protocol has.
func (e *Exchange) badHead(x *web.Exchange, err error, b []byte) {
	if _, ok := err.(http1.Error); ok {
		x.Errorf(levelError, "%s", e.answer.AppendError(nil, b))
	}
}

// interim tells an answer that only announces another one (RFC 9110, 15.2). nginx knows early hints only, and takes others for the
// answer itself.
func (e *Exchange) interim() bool {
	return e.answer.Status >= 100 && e.answer.Status < 200 && e.answer.Status != 101
}

// reparse looks at what came behind an interim answer; again means that more has to be read.
func (t *target) reparse(x *web.Exchange, e *Exchange, have *int) (again bool, status int, how outcome) {
	for {
		size, err := e.answer.Parse(e.buf[:*have])
		switch {
		case err == http1.ErrNoHeader:
			status, how = e.noHeader(x, *have)
			return false, status, how
		case err != nil:
			e.keepText(*have)
			x.Errorf(levelError, "%s", e.answer.AppendError(nil, e.buf[:*have]))
			return false, 502, invalid
		case size == 0:
			return true, 0, answered
		case e.interim():
			t.hint(x, e, e.buf[:size])
			*have = copy(e.buf, e.buf[size:*have])
			e.answer.Reset()
			continue
		}
		e.gotHead(x, e.buf[:size], e.buf[size:*have])
		return false, 0, answered
	}
}

// headRoom is how long an answer's head may be; a cache's own header takes a part of the buffer.
func (e *Exchange) headRoom(s *Conf) int {
	room := int(s.BufferSize.Bytes())
	if c := e.cached; c != nil && c.active {
		room -= c.look.HeaderStart()
	}
	return room
}

// gotHead keeps the head, so that the loop's buffer can go while the body is waited for.
func (e *Exchange) gotHead(x *web.Exchange, head, rest []byte) {
	e.text = append(e.text[:0], head...)
	e.rest = rest
	st := e.now()
	st.header = x.Loop().Mono() - e.tryAt
	st.status = e.answer.Status
	if x.Debugging() {
		x.Debugf("http upstream answer: \"%s\"", head)
	}
}

// noHeader takes an answer that is not HTTP/1: all of it is the body of a 200 (HTTP/0.9).
func (e *Exchange) noHeader(x *web.Exchange, have int) (int, outcome) {
	x.Errorf(levelError, "upstream sent no valid HTTP/1.0 header")
	e.answer.Reset()
	e.answer.ContentLength = -1
	e.answer.ConnClose = true
	x.NoHead()
	e.gotHead(x, nil, e.buf[:have])
	e.now().status = 200
	return 0, answered
}

// watches tells that the exchange ends when its client goes away.
func (t *target) watches(e *Exchange) bool {
	return !t.conf.IgnoreClientAbort.On() && !(e.cached != nil && e.cached.cacheable) && !t.conf.Store.on && !e.muted()
}

// await waits until the peer has something to say, the client goes away, or proxy_read_timeout has passed since the request
// was sent.
func (t *target) await(x *web.Exchange, e *Exchange) (int, outcome) {
	s := t.conf
	timeout := s.ReadTimeout.D()
	for {
		// while the request's body is passed on, reading it tells when the client has gone
		sending := e.up.active
		if sending {
			e.up.waiting = x.Task
		}
		which := x.Await(e.conn, timeout, t.watches(e) && !(sending && e.streaming))
		if sending && which != -2 && e.up.waiting == nil {
			x.Task.Park() // the uploader has ended too: its call is taken
		}
		e.up.waiting = nil
		switch {
		case which == 0:
			return 0, answered
		case which == 1:
			return e.abandoned(x)
		case e.up.err == reactor.ErrTimeout:
			x.Acting("sending request to upstream")
			return 504, timedOut
		case !sending && which != -2:
			return 504, timedOut
		}
		// the request was still being sent: its own timeouts hold, and the time for the answer begins behind it
	}
}

// putBuf gives the loop's buffer back.
func (e *Exchange) putBuf(loop *reactor.Loop) {
	if e.buf != nil {
		loop.PutBuf(e.buf)
		e.buf, e.rest = nil, nil
	}
}
