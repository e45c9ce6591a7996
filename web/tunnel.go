package web

import (
	"time"

	"understudy/http1"
	"understudy/reactor"
)

// TunnelOwner is what a module remembers of an exchange whose connections have become a tunnel. Ended is called when it is
// over, with the exchange put back as it was, before its log line is written.
type TunnelOwner interface {
	Ended(x *Exchange, r reactor.TunnelResult)
}

// Tunnel joins the client's connection with another one; the handler returns Done behind it. From here on there is neither a
// task nor an exchange: what the log line at the end will need is kept in as little memory as it takes.
func (x *Exchange) Tunnel(conn *reactor.Conn, timeout time.Duration, owner TunnelOwner) {
	c := x.client
	x.taken = true
	h := &held{client: c, owner: owner, server: x.Server, location: x.Location, started: x.Started, sent: x.sent, headSize: x.headSize, status: x.Out.Status}
	if x.unparsed && !x.headEdited && len(x.endings) == 0 && x.besides == 0 && !x.clientAddr.IsValid() && !x.vars.Assigned() {
		h.head = append(make([]byte, 0, x.size), x.head[:x.size]...)
	} else {
		h.whole, x.kept = x, true // what rewriting made of it cannot be made again from the head; what ends with it has to wait
	}
	c.requests = max(c.requests, 1)
	c.tunnel = reactor.Join(c.conn, conn, reactor.TunnelOptions{Timeout: timeout, Owner: h})
}

// held is an exchange while its connections are a tunnel.
type held struct {
	client   *client
	owner    TunnelOwner
	server   *Server
	location *Location
	head     []byte
	whole    *Exchange
	started  int64
	sent     int64
	headSize int64 // of these, the head
	status   int
}

// TunnelDone logs the exchange and lets go of the connection (reactor.TunnelOwner).
func (h *held) TunnelDone(r reactor.TunnelResult) {
	c := h.client
	c.tunnel = nil
	if x := h.whole; x != nil && x.besides > 0 {
		x.afterBesides = func() { h.TunnelDone(r) }
		return
	}
	x := h.thaw()
	x.sent = h.sent + r.BtoA
	x.headSize = h.headSize
	h.owner.Ended(x, r)
	x.log1()
	x.releaseBody()
	c.worker.put(x)
	c.gone()
}

// thaw makes the exchange again, from the head of its request if that is all that was kept.
func (h *held) thaw() *Exchange {
	if x := h.whole; x != nil {
		x.kept = false
		return x
	}
	c := h.client
	x := c.worker.take()
	x.client = c
	x.begin()
	x.head = append(x.head[:0], h.head...)
	x.head = x.head[:cap(x.head)]
	x.have = len(h.head)
	options := x.requestOptions(h.server.root.Conf)
	if n, err := x.Req.ParseLine(x.head[:x.have], options); err == nil && n > 0 && x.admitURI() == Declined {
		if n, err := x.Req.Parse(x.head[:x.have], options); err == nil {
			x.size = n
			x.takeHead()
		}
	}
	x.Server, x.Location = h.server, h.location
	x.Started = h.started
	x.Out.Status = h.status
	x.headQueued, x.headSent, x.ended, x.taken = true, true, true, true
	return x
}

// WriteRaw sends what waits and p behind it, past all filters; for the bytes that come right behind a 101.
func (x *Exchange) WriteRaw(p []byte) error {
	n, err := x.client.conn.Writev(x.out, p)
	x.wrote(n)
	x.out = x.out[:0]
	return err
}

// Behind gives the bytes that the client sent behind its request before it had an answer; none as long as some of the request's
// body has not been read, for then what is at hand is body.
func (x *Exchange) Behind() []byte {
	b := &x.Body
	switch {
	case b.behind != nil:
		return b.behind
	case b.state != bodyWhole && x.HasBody():
		return nil
	}
	return x.head[x.size:x.have]
}

// NoHead sends the answer without a head, as to a request of HTTP/0.9.
func (x *Exchange) NoHead() { x.Req.Version = 9 }

// NotIdempotent tells the methods that are not sent again lightly (proxy_next_upstream non_idempotent).
func (x *Exchange) NotIdempotent() bool {
	return x.Method&(http1.MethodPost|http1.MethodLock|http1.MethodPatch) != 0
}
