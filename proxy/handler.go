package proxy

import (
	"io"

	"understudy/errlog"
	"understudy/reactor"
	"understudy/upstream"
	"understudy/web"
)

// outcome is how one try with a peer ended.
type outcome uint8

const (
	answered outcome = iota // a head has come
	lost                    // a connection error
	timedOut
	invalid // not an answer that can be passed on
	ended   // the exchange is over: e's result says how
)

// name is what proxy_next_upstream and its like call a failure.
func (o outcome) name() string {
	switch o {
	case timedOut:
		return "timeout"
	case invalid:
		return "invalid_header"
	}
	return "error"
}

// handle is the content handler of a location with proxy_pass or its like.
func (t *target) handle(x *web.Exchange) web.Result {
	e := slot.Of(x)
	e.begin(x)
	s := t.conf
	e.target = t
	if res := t.protocol.Resolve(x, e); res != web.Declined {
		return res
	}
	if res := e.takeBody(x); res != web.Declined {
		return res
	}
	if s.Cache.on {
		return t.throughCache(x, e)
	}
	return t.ask(x, e)
}

// takeBody reads the request's body, or makes sure that it can be streamed; once.
func (e *Exchange) takeBody(x *web.Exchange) web.Result {
	if e.bodyTaken {
		return web.Declined
	}
	e.bodyTaken = true
	t, s := e.target, e.target.conf
	e.streaming = !s.RequestBuffering.On() && x.HasBody() && s.PassRequestBody.On() && t.protocol.Streams(x)
	if e.streaming {
		whole, res := x.GatherBody()
		if res != web.Declined {
			return res
		}
		e.streaming = !whole
	}
	if !e.streaming {
		return x.ReadBody()
	}
	return web.Declined
}

// ask makes the request and passes an upstream's answer on.
func (t *target) ask(x *web.Exchange, e *Exchange) web.Result {
	if res := t.build(x, e); res != web.Declined {
		return res
	}
	return t.walk(x, e)
}

// build makes the request. It is made once and sent to each peer that is tried.
func (t *target) build(x *web.Exchange, e *Exchange) (res web.Result) {
	e.uriAt, e.uriEnd, e.head, e.setBody, e.ownBody = 0, 0, false, e.setBody[:0], false
	e.request, res = t.protocol.Request(e.request[:0], x, e)
	return res
}

// walk asks one peer after another until one has answered.
func (t *target) walk(x *web.Exchange, e *Exchange) web.Result {
	if e.to.group == nil {
		if res := e.lookUpName(x); res != web.Declined {
			return res
		}
	}
	s := t.conf
	x.Upstream = e
	e.to.group.Start(&e.try, upstream.Ask{Loop: x.Loop(), Client: x.ClientAddr().Addr(), Subject: x, Tag: t})
	e.try.Limit(s.NextUpstreamTries.N())
	defer e.finish(x) // whatever happens, a panic too, the peer and its connection are given back
	for {
		status, how := t.attempt(x, e)
		switch how {
		case ended:
			if status == 502 && t.failedFor(e, "error") {
				return t.serveStale(x, e)
			}
			return web.Result(status)
		case answered:
			res, again := t.passOn(x, e)
			if !again {
				return res
			}
			continue
		}
		if !t.next(x, e, how, status) {
			if t.failedFor(e, how.name()) {
				return t.serveStale(x, e)
			}
			return web.Result(status)
		}
	}
}

// finish gives back what the exchange still holds.
func (e *Exchange) finish(x *web.Exchange) {
	if n := len(e.states); n > 0 && e.conn != nil {
		e.now().bytes = e.up.sent
	}
	if e.conn != nil {
		e.conn.Close()
		e.conn = nil
	}
	e.up.join()
	e.try.Reset()
	e.over = true
	e.putBuf(x.Loop())
	x.Acting("sending to client")
	if e.store != nil {
		e.store.drop()
		e.store = nil
	}
}

// attempt asks the next peer: connects, sends the request, reads the answer's head.
func (t *target) attempt(x *web.Exchange, e *Exchange) (int, outcome) {
	s := t.conf
	loop := x.Loop()
	e.tryAt = loop.Mono()
	e.sent = false
	e.peer = nil
	e.states = append(e.states, state{group: e.to.group.Name, after: e.redirected, connect: -1, header: -1, response: -1})
	e.redirected = false
	x.Acting("connecting to upstream")
	peer, err := e.try.Next()
	if err != nil {
		x.Errorf(levelError, "no live upstreams")
		st := e.now()
		st.status = 502
		st.response = 0
		return 502, ended
	}
	e.peer = peer
	e.now().peer = peer
	if e.conn = e.try.Idle(); e.conn == nil {
		o := reactor.DialOptions{Timeout: s.ConnectTimeout.D(), KeepAlive: s.SocketKeepalive.On(), RcvBuf: int(s.SocketRcvbuf.Bytes()), SndBuf: int(s.SocketSndbuf.Bytes())}
		if s.Bind.IsSet() {
			s.Bind.Local(x, &o)
		}
		conn, err := x.Dial(peer.Addr, o, t.watches(e))
		if err == reactor.ErrGivenUp {
			return e.abandoned(x)
		}
		if err == reactor.ErrMaxConns {
			x.Errorf(errlog.Alert, "%d worker_connections are not enough", loop.Reactor().MaxConns())
			return 500, ended
		}
		if err != nil {
			if s.Bind.IsSet() && upstream.Unbound(x, &o, err) {
				return 500, ended
			}
			if upstream.Unreached(x, peer, err) {
				return 502, lost
			}
			return e.failed(x, err, "connect()")
		}
		e.conn = conn
	}
	e.now().connect = loop.Mono() - e.tryAt
	if x.Debugging() {
		x.Debugf("connected to upstream %s, cached: %t", peer.Name, e.try.Cached())
		if t.http != nil {
			x.Debugf("http proxy header:\n\"%s\"", e.request)
		}
	}
	e.conn.SetReadTimeout(s.ReadTimeout.D())
	e.conn.SetWriteTimeout(s.SendTimeout.D())
	x.Acting("sending request to upstream")
	if status, how := t.send(x, e); how != answered {
		return status, how
	}
	x.Acting("reading response header from upstream")
	return t.readAnswer(x, e)
}

// failed words a connection error and gives the status it comes to.
func (e *Exchange) failed(x *web.Exchange, err error, call string) (int, outcome) {
	if err == reactor.ErrTimeout {
		return 504, timedOut
	}
	x.Errorf(levelError, "%s failed (%s)", call, web.ErrnoText(err))
	return 502, lost
}

// abandoned ends an exchange whose client has gone.
func (e *Exchange) abandoned(x *web.Exchange) (int, outcome) {
	st := e.now()
	if st.received == 0 && st.connect >= 0 {
		x.Acting("sending request to upstream") // as long as nothing has come back
	}
	if !x.IsStream() {
		why := ""
		var rest [1]byte
		if _, err := x.Conn().TryRead(rest[:]); err != nil && err != io.EOF && err != reactor.ErrWouldBlock {
			why = " (" + web.ErrnoText(err) + ")"
		}
		x.Errorf(levelInfo, "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too%s", why)
	}
	st.response = x.Loop().Mono() - e.tryAt
	return web.StatusClientClosed, ended
}

// next gives the peer up and tells whether another one may be asked (ngx_http_upstream_next).
func (t *target) next(x *web.Exchange, e *Exchange, how outcome, status int) bool {
	result := upstream.Failed
	switch how {
	case timedOut, invalid:
	default:
		result = upstream.Lost
	}
	return t.giveUp(x, e, result, how.name(), status)
}

// giveUp ends a try without an answer that is passed on.
func (t *target) giveUp(x *web.Exchange, e *Exchange, result upstream.Outcome, kind string, status int) bool {
	st := e.now()
	st.status = status
	st.response = x.Loop().Mono() - e.tryAt
	st.bytes = e.up.sent
	if e.conn != nil {
		e.conn.Close()
		e.conn = nil
	}
	e.up.join()
	if e.try.Done(result) {
		x.Errorf(levelWarn, "upstream server temporarily disabled")
	}
	if kind == "timeout" {
		x.Errorf(levelError, "upstream timed out (110: Connection timed out)")
	}
	return e.try.Left() > 0 && t.mayGoOn(x, e, kind)
}

// mayGoOn tells whether proxy_next_upstream lets another peer be asked after this kind of failure.
func (t *target) mayGoOn(x *web.Exchange, e *Exchange, kind string) bool {
	s := t.conf
	limit := s.NextUpstreamTimeout.D().Milliseconds()
	switch {
	case !s.failures.passes(kind),
		e.sent && x.NotIdempotent() && !s.failures.Next.Has("non_idempotent"),
		e.sent && e.streaming,
		limit > 0 && x.Loop().Mono()-e.started >= limit:
		return false
	}
	return true
}
