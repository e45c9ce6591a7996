package proxy

import (
	"understudy/reactor"
	"understudy/upstream"
	"understudy/web"
)

// upgrade makes a tunnel of the client's and the peer's connection after a 101 (ngx_http_upstream_upgrade). A 101 that the
// client did not ask for is an answer like any other, without a body.
func (t *target) upgrade(x *web.Exchange, e *Exchange) web.Result {
	if !x.Req.Upgrade {
		x.Acting("sending to client")
		if err := x.SendHead(); err != nil {
			return t.clientLost(x, e, err)
		}
		return t.done(x, e, false)
	}
	if !x.IsMain() {
		x.Errorf(levelError, "connection upgrade in subrequest")
		x.Break()
		return t.cutOff(x, e)
	}
	if x.Afterwards() {
		x.Errorf(levelError, "connection upgrade in post_action")
		return t.cutOff(x, e)
	}
	x.Acting("proxying upgraded connection")
	if err := x.SendHead(); err != nil {
		return t.clientLost(x, e, err)
	}
	if err := x.WriteRaw(e.rest); err != nil {
		return t.clientLost(x, e, err)
	}
	e.up.join()
	if e.conn.Closed() || x.Conn().Closed() { // while the rest of the request's body was waited for
		return t.cutOff(x, e)
	}
	if early := x.Behind(); len(early) > 0 { // what the client sent right behind its request
		n, err := e.conn.Write(early)
		e.up.sent += int64(n)
		if err != nil {
			return t.cutOff(x, e)
		}
	}
	e.now().bytes = e.up.sent
	conn := e.conn
	e.conn = nil
	held := &tunnel{states: append([]state(nil), e.states...), to: e.to.group, peer: e.peer, target: t, uri: string(e.request[e.uriAt:e.uriEnd]), tryAt: e.tryAt}
	if t.http == nil || t.http.pass.dynamic != nil {
		held.made = e.to.clone()
	}
	e.try.Done(upstream.OK)
	x.Tunnel(conn, t.conf.ReadTimeout.D(), held)
	return web.Done
}

// tunnel is what the proxy remembers of an exchange whose connections are a tunnel, for the log line at its end.
type tunnel struct {
	states []state
	to     *upstream.Group
	peer   *upstream.Peer
	target *target
	uri    string
	tryAt  int64
	made   *destination // what variables came to, which there is no task to look up again; nil = the location says it
}

// Ended puts the exchange back as it was and logs how the tunnel ended (web.TunnelOwner).
func (h *tunnel) Ended(x *web.Exchange, r reactor.TunnelResult) {
	e := slot.Of(x)
	e.begin(x)
	e.target = h.target
	e.states = append(e.states[:0], h.states...)
	e.peer = h.peer
	if h.made != nil {
		e.to = *h.made
	} else {
		h.target.protocol.Resolve(x, e)
	}
	e.to.group = h.to
	e.request = append(e.request[:0], h.uri...)
	e.uriAt, e.uriEnd = 0, len(h.uri)
	x.Upstream = e
	st := e.now()
	st.response = x.Loop().Mono() - h.tryAt
	st.received += r.BtoA
	st.body += r.BtoA
	st.bytes += r.AtoB
	x.Acting("proxying upgraded connection")
	switch {
	case r.TimedOut:
		x.Errorf(levelInfo, "upstream timed out (110: Connection timed out)")
	case r.Err != nil && r.FromA:
		x.Errorf(levelInfo, "recv() failed (%s)", web.ErrnoText(r.Err))
	case r.Err != nil:
		x.Errorf(levelError, "recv() failed (%s)", web.ErrnoText(r.Err))
	}
}
