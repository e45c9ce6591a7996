package web

import (
	"io"
	"net/netip"
	"time"

	"understudy/config"
	"understudy/errlog"
	"understudy/proxyprotocol"
	"understudy/reactor"
	"understudy/vserver"
)

// client is a client's HTTP/1 connection. Between requests it is all there is of it: no task, no buffer, no exchange.
type client struct {
	conn     *reactor.Conn
	port     *Port
	addr     *portAddr
	worker   *worker
	prev     *client // one of the worker's lists of connections
	next     *client
	idle     bool          // between requests
	reusable bool          // on the list of those that may be closed to make room
	debug    bool          // debug_connection names its client
	proxy    bool          // the PROXY protocol's header is still to come
	state    connState     // as it is counted
	patience time.Duration // how long it may stay so
	spared   int64         // Mono until which draining leaves it so (keepalive_min_timeout)
	delayed  bool          // TCP_NODELAY, which every connection begins with, is off
	tunnel   *reactor.Tunnel
	session  Session     // nil: HTTP/1
	log      *errlog.Log // of the last request's location, between requests
	proxied  *proxyprotocol.Header
	requests int
	started  int64 // Mono when accepted
	sent     int64
}

// Accept takes a new connection; its first request's head may take client_header_timeout.
func (p *Port) Accept(conn *reactor.Conn) {
	w := p.site.Workers[conn.Loop().Index()]
	a := p.at(conn)
	c := &client{conn: conn, port: p, addr: a, proxy: a.protocols&vserver.ProxyProtocol != 0, worker: w, started: conn.Loop().Mono()}
	if p.site.debug.Any() {
		c.debug = p.site.debugged(conn)
	}
	w.link(c)
	c.conn.SetWriteTimeout(patience(a.fallback.root.Conf.SendTimeout))
	c.wait(patience(a.fallback.root.Conf.ClientHeaderTimeout))
}

// wait gives the connection back to the loop until bytes come.
func (c *client) wait(timeout time.Duration) {
	c.idle, c.patience = true, timeout
	c.Reusable(true)
	c.become(stateWaiting)
	c.conn.Idle(c, timeout)
}

// patience is the timeout for a directive's time: 0 is over at once in nginx, and no timeout in package reactor.
func patience(t config.Time) time.Duration { return max(t.D(), time.Millisecond) }

// Expired closes a connection on which no request came in time.
func (c *client) Expired(*reactor.Conn) {
	if log := c.addr.fallback.root.Log; c.requests == 0 && log.Enabled(errlog.Info) {
		log.Write(errlog.Info, c.conn.Serial(), c.waiting("client timed out (110: Connection timed out)"))
	}
	c.close()
}

// Ready serves what has come, request by request, until the connection is idle again.
func (c *client) Ready(t *reactor.Task, _ *reactor.Conn) {
	w := c.worker
	c.idle = false
	c.Reusable(false)
	x := w.take()
	x.client, x.Task = c, t
	whole := false
	defer func() {
		if !whole { // a panic in the exchange: it goes, and its connection with it
			x.abandon()
			if !x.taken {
				c.close()
			}
		}
	}()
	for c.serve(x) {
	}
	if c.session != nil {
		c.session.Ready(x.head[:x.have])
	}
	whole = true
	if !x.kept {
		w.put(x)
	}
}

// serve reads one request and answers it; true when another may be there already.
func (c *client) serve(x *Exchange) (more bool) {
	x.begin()
	switch res := x.readHead(); res {
	case Declined:
		c.become(stateWriting)
		x.run(Declined)
	case notYet:
		if c.worker.draining && c.requests > 0 {
			c.close()
		} else {
			c.wait(c.patience)
		}
		return false
	case Aborted: // nothing came
		c.close()
		return false
	case Done: // another protocol's connection
		c.become(stateNone)
		c.session = c.addr.open(c)
		return false
	default:
		c.become(stateWriting)
		x.run(res)
	}
	if x.Body.stopped && x.front == nil {
		_ = c.conn.SetReadDeadline(time.Time{}) // StopBody's: whoever it was for may not have been reading
	}
	if x.taken || x.abort {
		if x.besides == 0 { // they send the body of a request that has become a tunnel
			x.releaseBody()
		}
		if x.abort {
			c.end(x)
		}
		return false
	}
	keep := x.Location.Conf.KeepaliveTimeout.D() // 0 also where a location was refused before it was asked whether to keep
	if x.keepalive && keep > 0 && !c.worker.draining && x.drain() {
		x.keep()
		x.releaseBody()
		c.log = x.log()
		c.patience = keep
		c.spared = c.conn.Loop().Mono() + x.Location.Conf.KeepaliveMinTimeout.D().Milliseconds()
		if x.leftover > 0 || c.conn.Readable() && !c.conn.HungUp() {
			return true
		}
		c.wait(c.patience)
		return false
	}
	x.releaseBody()
	if !x.broken {
		x.linger()
	}
	c.end(x)
	return false
}

// end closes the connection; with a reset where it timed out, or was not to be answered, and the location asks for that.
func (c *client) end(x *Exchange) {
	if (x.timedOut || x.Out.Status == StatusClose) && x.Location.Conf.ResetTimedoutConnection.On() {
		c.conn.Abort()
		c.gone()
		return
	}
	c.close()
}

// linger keeps reading for a while what the client still sends, so that it gets to see the answer before a reset.
func (x *Exchange) linger() {
	conf := x.Location.Conf
	c := x.client
	mode := conf.LingeringClose.Index()
	if mode == 0 || mode == 1 && !x.lingering && x.have == x.size && !c.conn.Readable() {
		return
	}
	c.conn.CloseWrite()
	c.Reusable(true)
	until := c.conn.Loop().Mono() + conf.LingeringTime.D().Milliseconds()
	for {
		left := until - c.conn.Loop().Mono()
		if left <= 0 {
			return
		}
		c.conn.SetReadTimeout(min(patience(conf.LingeringTimeout), time.Duration(left)*time.Millisecond))
		if c.conn.WaitRead() != nil {
			return
		}
		x.Task.Turn()
		buf := c.conn.Loop().Buf() // not held while nothing comes
		_, err := c.conn.TryRead(buf)
		c.conn.Loop().PutBuf(buf)
		if err != nil && err != reactor.ErrWouldBlock {
			return
		}
	}
}

func (c *client) close() {
	c.conn.Close()
	c.gone()
}

// gone counts the connection out.
func (c *client) gone() {
	c.worker.unlink(c)
	c.worker.drained()
}

// local is the address the client connected to, remote its own.
func (c *client) local() netip.AddrPort  { return c.port.Addr.Clothe(c.conn.Local()) }
func (c *client) remote() netip.AddrPort { return c.port.Addr.Clothe(c.conn.Remote()) }

// appendRemote appends the client's address as nginx prints it: "unix:" for a unix socket.
func (c *client) appendRemote(b []byte) []byte {
	if c.conn.IsUnix() {
		return append(b, "unix:"...)
	}
	return c.remote().Addr().AppendTo(b)
}

// waiting makes the log text of a connection that has no request yet.
func (c *client) waiting(text string) []byte {
	doing := " while waiting for request, client: "
	if c.proxy {
		doing = " while reading PROXY protocol, client: "
	}
	b := append([]byte(text), doing...)
	b = c.appendRemote(b)
	b = append(b, ", server: "...)
	return append(b, c.port.Text...)
}

// brokenRead is how nginx words a read that failed.
func (x *Exchange) brokenRead(err error, what string) {
	switch {
	case err == io.EOF:
		x.Errorf(errlog.Info, "client prematurely closed connection")
	case err == reactor.ErrTimeout:
		x.timedOut = true
		x.Errorf(errlog.Info, "client timed out (110: Connection timed out)")
	default:
		x.Errorf(errlog.Info, "%s failed (%s)", what, ErrnoText(err))
	}
}
