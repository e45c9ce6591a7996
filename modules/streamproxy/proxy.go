package streamproxy

import (
	"understudy/errlog"
	"understudy/proxyprotocol"
	"understudy/reactor"
	"understudy/stream"
	"understudy/upstream"
)

// target is a server with proxy_pass.
type target struct{ conf *Settings }

// passage is a session on its way to a peer, and back.
type passage struct {
	session *stream.Session
	conf    *Settings
	try     upstream.Try
	name    string // of the group or peer, for the error log
	began   int64  // Mono when the first peer was asked
	asked   int64  // … the last one
	head    int64  // bytes of the PROXY protocol's header sent to the peer
	first   [1]state
	states  []state
}

// state is what became of one peer, for the variables. Times are milliseconds since it was asked, -1 = it did not come to that.
type state struct {
	peer                        string
	connect, firstByte, session int64
	sent, received              int64
}

// handle is the content handler of a server with proxy_pass.
func (t *target) handle(s *stream.Session) stream.Result {
	p := &passage{session: s, conf: t.conf}
	p.states = p.first[:0]
	s.Upstream = p
	group, ok := p.group()
	if !ok {
		return stream.StatusError
	}
	loop := s.Loop()
	group.Start(&p.try, upstream.Ask{Loop: loop, Client: s.ClientAddr().Addr(), Subject: s})
	joined := false
	defer func() {
		if !joined { // whatever happened, a panic too: the peer is given back
			p.try.Reset()
		}
	}()
	p.try.Limit(t.conf.NextUpstreamTries.N())
	p.began = loop.Mono()
	for {
		conn, res := p.connect(group)
		switch {
		case conn != nil:
			joined = p.join(conn)
			if !joined {
				conn.Close()
				return stream.StatusOK
			}
			return stream.Done
		case res != stream.Declined:
			return res
		}
	}
}

// connect asks the next peer; Declined means that another one may be asked.
func (p *passage) connect(group *upstream.Group) (*reactor.Conn, stream.Result) {
	s, loop := p.session, p.session.Loop()
	s.Acting("connecting to upstream")
	p.asked = loop.Mono()
	p.states = append(p.states, state{connect: -1, firstByte: -1, session: -1})
	st := &p.states[len(p.states)-1]
	peer, err := p.try.Next()
	if err != nil {
		p.name, st.peer = group.Name, group.Name
		st.session = 0
		s.Errorf(errlog.Error, "no live upstreams")
		return nil, stream.StatusBadGateway
	}
	p.name = string(peer.Name)
	st.peer = p.name
	o := reactor.DialOptions{
		Timeout: p.conf.ConnectTimeout.D(), KeepAlive: p.conf.SocketKeepalive.On(),
		RcvBuf: int(p.conf.SocketRcvbuf.Bytes()), SndBuf: int(p.conf.SocketSndbuf.Bytes()), Watching: reactor.Watching{GivenUp: s.Aborted},
	}
	if p.conf.Bind.IsSet() {
		p.conf.Bind.Local(s, &o)
	}
	s.Debugf("stream proxy connect to %s", p.name)
	conn, err := loop.Dial(s.Task, peer.Addr, o)
	st.session = loop.Mono() - p.asked
	switch {
	case err == nil:
		st.connect, st.session = st.session, -1
		p.try.Connected()
		if s.Noting() {
			s.Plainf("proxy %s connected to %s", localOf(conn), p.name)
		}
		return conn, stream.Done
	case s.Aborted():
		s.Errorf(errlog.Info, "shutdown timeout")
		return nil, stream.StatusOK
	case p.conf.Bind.IsSet() && upstream.Unbound(s, &o, err):
		return nil, stream.StatusError
	}
	return nil, p.failed(peer, err)
}

// localOf is the near end of a connection, as nginx prints it.
func localOf(conn *reactor.Conn) string {
	if conn.IsUnix() {
		return "unix:"
	}
	return conn.Local().String()
}

// failed logs why a peer cannot be reached, and tells whether another one may be asked (ngx_stream_proxy_next_upstream).
func (p *passage) failed(peer *upstream.Peer, err error) stream.Result {
	s := p.session
	switch {
	case err == reactor.ErrTimeout:
		s.Errorf(errlog.Error, "upstream timed out (110: Connection timed out)")
	case err == reactor.ErrMaxConns:
		s.Errorf(errlog.Alert, "worker_connections are not enough")
		return stream.StatusError
	case upstream.Unreached(s, peer, err):
	default:
		s.Failed(errlog.Error, "connect()", err)
	}
	if p.try.Done(upstream.Failed) {
		s.Errorf(errlog.Warn, "upstream server temporarily disabled")
	}
	limit := p.conf.NextUpstreamTimeout.D().Milliseconds()
	if p.try.Left() == 0 || !p.conf.NextUpstream.On() || limit > 0 && s.Loop().Mono()-p.began >= limit {
		return stream.StatusBadGateway
	}
	return stream.Declined
}

// join sends the header that is to go ahead and makes a tunnel of the two connections; false if that was not to be.
func (p *passage) join(conn *reactor.Conn) bool {
	s := p.session
	if how := p.conf.ProxyProtocol.Index(); how != 0 {
		var room [128]byte
		head := room[:0]
		if how == 1 {
			head = proxyprotocol.AppendV1(head, s.ClientAddr(), s.LocalAddr())
		} else {
			head = proxyprotocol.AppendV2(head, s.ClientAddr(), s.LocalAddr())
		}
		conn.SetWriteTimeout(p.conf.Timeout.D())
		n, err := conn.Write(head)
		p.head = int64(n)
		if err != nil {
			s.Acting("proxying and sending to upstream")
			s.Failed(errlog.Error, "writev()", err)
			return false
		}
	}
	s.Acting("proxying connection")
	s.Tunnel(conn, reactor.TunnelOptions{
		Timeout: p.conf.Timeout.D(), HalfClose: p.conf.HalfClose.On(), Owner: p,
		RateA: p.conf.UploadRate.Of(s), RateB: p.conf.DownloadRate.Of(s),
	})
	return true
}

// TunnelDone ends the session (reactor.TunnelOwner).
func (p *passage) TunnelDone(r reactor.TunnelResult) {
	s := p.session
	st := &p.states[len(p.states)-1]
	s.Received, s.Sent = r.ReadA, r.BtoA
	st.received, st.sent = r.ReadB, p.head+r.AtoB
	st.session = s.Loop().Mono() - p.asked
	if r.FirstB != 0 {
		st.firstByte = r.FirstB - p.asked
	}
	p.explain(r)
	p.try.Done(upstream.OK)
	p.try.Reset()
	s.Finish(stream.StatusOK)
}

// explain logs how the session ended.
func (p *passage) explain(r reactor.TunnelResult) {
	s := p.session
	side, level := "upstream", errlog.Error
	if r.FromA {
		side, level = "client", errlog.Info
	}
	switch {
	case s.Aborted():
		s.Errorf(errlog.Info, "shutdown timeout")
		return
	case r.TimedOut:
		s.Errorf(errlog.Info, "connection timed out (110: Connection timed out)")
		return
	case r.Writing:
		s.Acting("proxying and sending to " + side)
		s.Failed(level, "writev()", r.Err)
		return
	case r.Err != nil:
		s.Acting("proxying and reading from " + side)
		s.Failed(level, "recv()", r.Err)
	}
	if s.Noting() {
		st := &p.states[len(p.states)-1]
		s.Plainf("%s disconnected, bytes from/to client:%d/%d, bytes from/to upstream:%d/%d", side, s.Received, s.Sent, st.received, st.sent)
	}
}

// AppendContext implements stream.Upstream.
func (p *passage) AppendContext(b []byte) []byte {
	if p.name != "" {
		b = append(append(append(b, ", upstream: \""...), p.name...), '"')
	}
	var sent, received int64
	if n := len(p.states); n > 0 {
		sent, received = p.states[n-1].sent, p.states[n-1].received
	}
	b = appendPair(append(b, ", bytes from/to client:"...), p.session.Received, p.session.Sent)
	return appendPair(append(b, ", bytes from/to upstream:"...), received, sent)
}
