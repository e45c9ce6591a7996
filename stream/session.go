package stream

import (
	"net/netip"

	"understudy/errlog"
	"understudy/proxyprotocol"
	"understudy/reactor"
	"understudy/vars"
	"understudy/vserver"
)

// Session is one client's connection on its way through a server.
type Session struct {
	Server *Server
	// Task runs the session's handlers; nil while there is none (a tunnel).
	Task *reactor.Task
	// Received and Sent count the client's bytes.
	Received, Sent int64
	// Started is when it was accepted, Unix milliseconds.
	Started int64
	// Upstream is where the session is proxied to, for the error log and the variables; nil as long as it is not.
	Upstream Upstream

	conn    *reactor.Conn
	port    *Port
	worker  *worker
	prev    *Session // the worker's list
	next    *Session
	client  netip.AddrPort // in place of the connection's (realip)
	header  *proxyprotocol.Header
	action  string
	tunnel  *reactor.Tunnel
	endings []Ending
	slots   []any
	vars    vars.State
	status  Result
	passes  int32
	debug   bool // debug_connection names its client
	aborted bool // the process ends
}

// Upstream is the part of a session that is about its upstream.
type Upstream interface {
	// AppendContext appends to a line of the error log what comes behind client and server.
	AppendContext(b []byte) []byte
}

// Ending is told when a session is over.
type Ending interface{ Ended() }

// Accept takes a new connection.
func (p *Port) Accept(conn *reactor.Conn) { p.accept(conn, 0) }

func (p *Port) accept(conn *reactor.Conn, passes int32) {
	w := p.site.Workers[conn.Loop().Index()]
	a := p.at(conn)
	s := &Session{Server: a.server, conn: conn, port: p, worker: w, Started: w.loop.Now(), passes: passes}
	s.vars.Reset(p.site.table)
	if p.site.debug.Any() {
		s.debug = p.site.debugged(conn)
	}
	w.link(s)
	if log := s.log(); log.Enabled(errlog.Info) {
		b := append(make([]byte, 0, 128), "client "...)
		b = append(s.appendPeer(b), " connected to "...)
		log.Write(errlog.Info, conn.Serial(), append(b, p.Text...))
	}
	s.action = "initializing session"
	if a.protocols&vserver.ProxyProtocol != 0 {
		s.action = "reading PROXY protocol"
		conn.Idle((*headerReader)(s), s.Server.Conf.ProxyProtocolTimeout.D())
		return
	}
	w.loop.Go(s)
}

// Run takes the session through its phases (reactor.Runner).
func (s *Session) Run(t *reactor.Task) {
	s.Task = t
	whole := false
	defer func() {
		s.Task = nil
		if !whole { // a panic: the session goes, and its connection with it
			s.leave()
		}
	}()
	if res := s.run(); res != Done {
		s.Finish(res)
	}
	whole = true
}

// headerReader waits for the PROXY protocol's header.
type headerReader Session

// Ready reads the header, which has to come in one piece, as in nginx, and goes on.
func (r *headerReader) Ready(t *reactor.Task, _ *reactor.Conn) {
	s := (*Session)(r)
	if s.readHeader() {
		s.action = "initializing session"
		s.Run(t)
	}
}

// Expired ends a session whose header did not come in time.
func (r *headerReader) Expired(*reactor.Conn) {
	s := (*Session)(r)
	s.Errorf(errlog.Info, "client timed out (110: Connection timed out)")
	s.Finish(StatusOK)
}

// maxHeader is the longest PROXY protocol header that is looked for (NGX_PROXY_PROTOCOL_MAX_HEADER).
const maxHeader = 4096

// readHeader takes the header off the connection; false if that has ended the session. What stands behind it stays unread.
func (s *Session) readHeader() bool {
	loop := s.conn.Loop()
	buf := loop.Buf()
	defer loop.PutBuf(buf)
	n, err := s.conn.Peek(buf[:maxHeader], 0)
	if err != nil && n == 0 && s.conn.Closed() {
		s.Finish(StatusOK)
		return false
	}
	h, size, err := proxyprotocol.Parse(buf[:n])
	if err != nil {
		if text := err.Error(); text != "" {
			s.Errorf(errlog.Error, "%s", text)
		}
		s.Finish(StatusBadRequest)
		return false
	}
	s.header = h
	if _, err := s.conn.Read(buf[:size]); err != nil {
		s.Finish(StatusError)
		return false
	}
	return true
}

// Finish ends the session with a status: its line is logged, and the connection closed.
func (s *Session) Finish(status Result) {
	s.status = status
	if !s.Loop().Ending() {
		_ = s.through(PhaseLog) // whose handlers have no say any more
	}
	s.leave()
}

// leave lets go of the session.
func (s *Session) leave() {
	s.conn.Close()
	s.gone()
}

func (s *Session) gone() {
	for _, e := range s.endings {
		e.Ended()
	}
	s.endings = nil
	s.worker.unlink(s)
}

// AtEnd has e told when the session is over.
func (s *Session) AtEnd(e Ending) { s.endings = append(s.endings, e) }

// Tunnel joins the client's connection with another one; the content handler returns Done behind it. The owner ends the session by
// Finish.
func (s *Session) Tunnel(conn *reactor.Conn, o reactor.TunnelOptions) {
	s.vars.Trim()
	s.tunnel = reactor.Join(s.conn, conn, o)
}

// Aborted tells that the session was ended from outside, at the end of worker_shutdown_timeout.
func (s *Session) Aborted() bool { return s.aborted }

func (s *Session) abort() {
	s.aborted = true
	switch {
	case s.tunnel != nil:
		s.tunnel.Close()
	case s.Task != nil:
		s.conn.Close()
		s.Task.Resume()
	case s.conn.Busy():
		s.Finish(StatusOK)
	default: // its task is on its way
		s.conn.Close()
	}
}

// maxPasses is how often one connection may be passed on (NGX_STREAM_PASS_MAX_PASSES).
const maxPasses = 10

// Pass gives the connection to whoever listens on another address (`pass`); the content handler returns Done behind it. false means
// that it has been passed on too often.
func (s *Session) Pass(to reactor.AcceptHandler) bool {
	if s.passes++; s.passes > maxPasses {
		return false
	}
	s.gone()
	if port, ok := to.(*Port); ok {
		port.accept(s.conn, s.passes)
	} else {
		to.Accept(s.conn)
	}
	return true
}

// Listening finds who takes the connections of an address, nil if nobody does.
func (s *Session) Listening(a reactor.Addr) reactor.AcceptHandler {
	if f := s.worker.site.Listening; f != nil {
		return f(a)
	}
	return nil
}

// Conn is the client's connection.
func (s *Session) Conn() *reactor.Conn { return s.conn }

// Loop is the loop that the session belongs to.
func (s *Session) Loop() *reactor.Loop { return s.conn.Loop() }

// VarState implements vars.Subject.
func (s *Session) VarState() *vars.State { return &s.vars }

// ClientAddr is the client's address, which realip may have replaced; not valid for a unix socket's.
func (s *Session) ClientAddr() netip.AddrPort {
	if s.client.IsValid() {
		return s.client
	}
	return s.PeerAddr()
}

// PeerAddr is the address that the connection comes from; not valid for a unix socket's.
func (s *Session) PeerAddr() netip.AddrPort {
	if s.conn.IsUnix() {
		return netip.AddrPort{}
	}
	return s.port.Addr.Clothe(s.conn.Remote())
}

// LocalAddr is the address that the client connected to; not valid for a unix socket's.
func (s *Session) LocalAddr() netip.AddrPort {
	if s.conn.IsUnix() {
		return netip.AddrPort{}
	}
	return s.port.Addr.Clothe(s.conn.Local())
}

// SetClientAddr replaces the client's address.
func (s *Session) SetClientAddr(a netip.AddrPort) { s.client = a }
