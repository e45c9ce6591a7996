package web

import (
	"errors"
	"time"

	"understudy/errlog"
	"understudy/reactor"
	"understudy/vserver"
)

// Front is what an exchange talks to its client through when it did not come in by HTTP/1: one stream of a connection that
// carries several. Without a front the exchange reads and writes its client's connection itself.
type Front interface {
	// SendHead queues x.Out as the head of the answer; with last there is nothing behind it.
	SendHead(x *Exchange, last bool) error
	// Write queues a piece of body; it waits while the client takes no more. p belongs to the caller again afterwards.
	Write(x *Exchange, p []byte) error
	// Flush sends what is held back; with last it ends the answer, behind the trailers.
	Flush(x *Exchange, last bool, trailers []Header) error
	// TryBody gives the next piece of the request's body, valid until the next call; last tells that it is the last one.
	// Errors: reactor.ErrWouldBlock when nothing is at hand, ErrGone.
	TryBody() (p []byte, last bool, err error)
	// WaitBody waits until TryBody has something to give. Errors: reactor.ErrTimeout, ErrGone.
	WaitBody(timeout time.Duration) error
	// OpenBody tells that the body is being read: all of it, into memory or a file (whole), or as it is passed on.
	OpenBody(x *Exchange, whole bool)
	// SkipBody tells that what comes of the body is of no interest; who waits for it gets ErrBodyStopped.
	SkipBody()
	// Gone tells that the client has given the exchange up.
	Gone() bool
	// Watch has t resumed when Gone comes true; nil ends that.
	Watch(t *reactor.Task)
	// HeadLength is the length of the request's head on the wire, bytes.
	HeadLength() int64
}

// ErrGone is the error of a front whose client has given the exchange up.
var ErrGone = errors.New("the client has gone")

// Session is a client's connection in another protocol than HTTP/1, from Port.Speak. It gets what the connection gets.
type Session interface {
	// Ready is called once, with what has been read of the connection already; from then on the session has the connection.
	Ready(early []byte)
	// Drain ends the connection once its exchanges are over (reload, graceful stop).
	Drain()
	// Abort ends it at once.
	Abort()
	// Reclaim ends it to make room, if it may be (Client.Reusable) and nothing has come meanwhile; it may linger then, still
	// reusable, and the next call closes it.
	Reclaim() bool
}

// Client is a client's connection.
type Client = client

// Speak has connections of this port that begin with preface served by what open makes of them, where the default server of the
// address they came in on agrees, or listen's parameter http2.
func (p *Port) Speak(preface string, agrees func(s *Server) bool, open func(c *Client) Session) {
	for _, a := range p.addrs {
		if a.protocols&vserver.HTTP2 != 0 || agrees(a.fallback) {
			a.preface, a.open = preface, open
		}
	}
}

// Fallback is the default server of the address the client came in on.
func (c *client) Fallback() *Server { return c.addr.fallback }

// HTTP2 tells that the address's `listen` has the parameter http2.
func (c *client) HTTP2() bool { return c.addr.protocols&vserver.HTTP2 != 0 }

// maybeOther tells that what a new connection began with can still become the other protocol's preface, so that more has to
// be read.
func (x *Exchange) maybeOther() bool {
	p := x.client.addr.preface
	return x.client.requests == 0 && x.have < len(p) && string(x.head[:x.have]) == p[:x.have]
}

// otherProtocol tells that a new connection began with the preface.
func (x *Exchange) otherProtocol() bool {
	p := x.client.addr.preface
	return x.client.requests == 0 && x.have >= len(p) && string(x.head[:len(p)]) == p
}

// Conn is the connection itself; Port is where it came in.
func (c *client) Conn() *reactor.Conn { return c.conn }
func (c *client) Port() *Port         { return c.port }

// Started is when the connection was accepted (Loop.Mono), Requests how many requests came on it.
func (c *client) Started() int64 { return c.started }
func (c *client) Requests() int  { return c.requests }

// Draining tells that the connection is to end when its exchanges are over.
func (c *client) Draining() bool { return c.worker.draining }

// Close closes the connection and forgets it; Session.Ready's owner calls it once, at the end.
func (c *client) Close() { c.close() }

// Logf writes a line about the connection to the error log.
func (c *client) Logf(level errlog.Level, format string, args ...any) {
	log := c.addr.fallback.root.Log
	if !log.Enabled(level) || c.worker.quiet() {
		return
	}
	b := appendf(nil, format, args...)
	b = append(b, " while processing HTTP/2 connection, client: "...)
	b = append(append(c.appendRemote(b), ", server: "...), c.port.Text...)
	log.Write(level, c.conn.Serial(), b)
}

// Begin takes an exchange for a request whose parts come one by one (Exchange.Field). It ends with Exchange.Serve.
func (c *client) Begin(f Front, version uint16) *Exchange {
	x := c.worker.take()
	x.client = c
	x.begin()
	x.front = f
	x.fields.reset()
	x.Req.StartFields(version, x.requestOptions(x.Server.root.Conf))
	x.action = "reading client request headers"
	c.requests++
	c.worker.tally.requests.Add(1)
	return x
}

// SetFront puts the front in place that Begin did not have yet.
func (x *Exchange) SetFront(f Front) { x.front = f }

// Serve answers a request that came in by a front: res is Declined, or the status with which its head was refused. ended is
// called when the answer has been given, or never will be (aborted); the exchange goes back to its pool behind it.
func (x *Exchange) Serve(t *reactor.Task, res Result, ended func(aborted, timedOut bool)) {
	w := x.client.worker
	x.Task = t
	whole := false
	defer func() {
		if whole {
			return
		}
		defer func() { ended(true, false) }() // a panic in the exchange: it goes
		x.abandon()
	}()
	writing := &w.tally.states[stateWriting]
	writing.Add(1)
	defer writing.Add(-1)
	x.run(res)
	x.releaseBody()
	whole = true
	ended(x.abort, x.timedOut)
	w.put(x)
}

// Sent counts bytes put on the wire, of fields and frames and of body.
func (x *Exchange) Sent(head, body int) {
	x.headSent = true
	x.sent += int64(head + body)
	x.headSize += int64(head)
	x.client.sent += int64(head + body)
}

// AppendDate appends the current date as it stands in a Date field.
func (x *Exchange) AppendDate(dst []byte) []byte {
	return x.client.worker.appendDate(dst, x.Loop().Now())
}

// AppendLocation appends Location as it is to be sent: with scheme, host and port in front of a path (absolute_redirect).
func (x *Exchange) AppendLocation(dst []byte) []byte {
	o := &x.Out
	if len(o.Location) > 0 && o.Location[0] == '/' && x.Location.Conf.AbsoluteRedirect.On() {
		dst = append(dst, "http://"...)
		dst = x.appendRedirectHost(dst)
	}
	return append(dst, o.Location...)
}

// ServerToken is the value of the Server field.
func (x *Exchange) ServerToken() string {
	line := serverLines[x.Location.Conf.ServerTokens.Index()]
	return line[len("Server: ") : len(line)-len("\r\n")]
}

// ClientGone tells that the client has closed its connection or given the exchange up.
func (x *Exchange) ClientGone() bool {
	if x.front != nil {
		return x.front.Gone()
	}
	return x.client.conn.HungUp()
}

// Dial connects to an upstream from the exchange's task. If watch is set, reactor.ErrGivenUp says that the client has gone meanwhile.
func (x *Exchange) Dial(to reactor.Addr, o reactor.DialOptions, watch bool) (*reactor.Conn, error) {
	watch = watch && !x.sub.beside // its client is not its business
	var end func()
	o.Watching, end = x.watching(watch)
	defer end()
	conn, err := x.Loop().Dial(x.Task, to, o)
	if err == nil && watch && x.ClientGone() {
		conn.Close()
		return nil, reactor.ErrGivenUp
	}
	return conn, err
}

// watching has the exchange's task told when the client goes, until end is called.
func (x *Exchange) watching(watch bool) (w reactor.Watching, end func()) {
	switch {
	case !watch || x.sub.beside:
	case x.front == nil:
		w.Watch = x.client.conn
	default:
		w.GivenUp = x.front.Gone
		x.front.Watch(x.Task)
		return w, x.unwatch
	}
	return w, nothing
}

func (x *Exchange) unwatch() { x.front.Watch(nil) }

func nothing() {}

// IsStream tells an exchange that shares its client's connection with others.
func (x *Exchange) IsStream() bool { return x.front != nil }

// Await waits until conn can be read (0), the client has gone (1; only if watch is set), another task has resumed this one (-2)
// or timeout has passed (-1).
func (x *Exchange) Await(conn *reactor.Conn, timeout time.Duration, watch bool) int {
	readable := reactor.Event{Conn: conn, Kind: reactor.Readable}
	switch {
	case !watch || x.sub.beside: // its client is not its business
		return x.Task.WaitPark(timeout, readable)
	case x.front == nil:
		return x.Task.WaitPark(timeout, readable, reactor.Event{Conn: x.client.conn, Kind: reactor.HungUp})
	case x.front.Gone():
		return 1
	}
	x.front.Watch(x.Task)
	which := x.Task.WaitPark(timeout, readable)
	x.front.Watch(nil)
	if which == -2 && x.front.Gone() {
		x.Task.Resume() // another task may have called too
		return 1
	}
	return which
}

var errShortBody = errors.New("client prematurely closed stream")

// tryFront is TryBody's part for a front: the next piece, held against what the head says of the body.
func (x *Exchange) tryFront() ([]byte, error) {
	b := &x.Body
	p, last, err := x.front.TryBody()
	if err != nil {
		return nil, err
	}
	b.length += int64(len(p))
	if declared := x.Req.ContentLength; declared >= 0 {
		switch {
		case b.length > declared:
			x.Errorf(errlog.Info, "client intended to send body data larger than declared")
			return nil, x.refuseBody(errBadChunk)
		case last && b.length < declared:
			x.Errorf(errlog.Info, "client prematurely closed stream: only %d out of %d bytes of request body received", b.length, declared)
			return nil, x.refuseBody(errShortBody)
		}
	} else if limit := x.Location.Conf.ClientMaxBodySize.Bytes(); limit > 0 && b.length > limit {
		x.Errorf(errlog.Error, "client intended to send too large chunked body: %d bytes", b.length)
		return nil, x.refuseBody(errTooLargeBody)
	}
	if last {
		b.state = bodyWhole
	}
	return p, nil
}

// openFront begins reading the body.
func (x *Exchange) openFront() {
	if b := &x.Body; b.state == bodyReading {
		x.front.OpenBody(x, b.inFull)
	}
}

// skipFront throws the body away.
func (x *Exchange) skipFront() Result {
	x.Body.discarded = true
	x.front.SkipBody()
	return Declined
}

func (x *Exchange) refuseBody(err error) error {
	x.Body.discarded = true
	x.front.SkipBody()
	return err
}

// waitFront waits for more of the body.
func (x *Exchange) waitFront() error {
	x.parkBody()
	err := x.front.WaitBody(patience(x.Location.Conf.ClientBodyTimeout))
	switch err {
	case nil:
		return nil
	case ErrBodyStopped:
		return err
	case ErrGone:
		x.Errorf(errlog.Info, "client prematurely closed stream")
	default:
		x.brokenRead(err, "recv()")
	}
	x.broken = true
	x.front.SkipBody()
	return err
}
