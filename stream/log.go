package stream

import (
	"fmt"
	"net/netip"

	"understudy/errlog"
	"understudy/reactor"
)

// Acting says what the session is doing, for lines of the error log; "" for nothing worth a word.
func (s *Session) Acting(action string) { s.action = action }

// Errorf writes to the server's error log, with nginx's "while …, client: …, server: …" behind the text.
func (s *Session) Errorf(level errlog.Level, format string, args ...any) {
	log := s.log()
	if !log.Enabled(level) {
		return
	}
	b := fmt.Appendf(s.vars.Scratch(), format, args...)
	if s.action != "" {
		b = append(append(b, " while "...), s.action...)
	}
	b = append(b, ", client: "...)
	b = s.appendClient(b)
	b = append(b, ", server: "...)
	b = append(b, s.port.Text...)
	if s.Upstream != nil {
		b = s.Upstream.AppendContext(b)
	}
	log.Write(level, s.conn.Serial(), b)
	s.vars.PutScratch(b)
}

// Plainf writes a line of level info with nothing behind its text.
func (s *Session) Plainf(format string, args ...any) {
	s.log().Printf(errlog.Info, s.conn.Serial(), format, args...)
}

// Noting tells whether lines of level info go anywhere.
func (s *Session) Noting() bool { return s.log().Enabled(errlog.Info) }

// Debugging tells whether debug lines go anywhere.
func (s *Session) Debugging() bool { return s.log().Enabled(errlog.Debug) }

// Debugf writes a line of level debug.
func (s *Session) Debugf(format string, args ...any) {
	if log := s.log(); log.Enabled(errlog.Debug) {
		log.Printf(errlog.Debug, s.conn.Serial(), format, args...)
	}
}

// Failed logs that a call on a connection failed, as grave as nginx takes it: errors of the network are the client's business (info)
// or the upstream's (error), others should not be (ngx_connection_error).
func (s *Session) Failed(usual errlog.Level, call string, err error) {
	level := errlog.Alert
	if errlog.OfNetwork(err) {
		level = usual
	}
	if s.log().Enabled(level) {
		s.Errorf(level, "%s", errlog.AppendErrno([]byte(call+" failed"), err))
	}
}

// VariableError implements vars.Reporter.
func (s *Session) VariableError(text string) { s.Errorf(errlog.Error, "%s", text) }

// log is nil when the process stops at once: what is cut off then is nobody's fault, and nginx has no lines about it.
func (s *Session) log() *errlog.Log {
	if s.Loop().Ending() {
		return nil
	}
	if s.debug {
		return s.Server.verbose
	}
	return s.Server.Log
}

// debugged tells whether debug_connection names a connection's client.
func (s *Site) debugged(conn *reactor.Conn) bool {
	if conn.IsUnix() {
		return s.debug.Match(netip.Addr{})
	}
	return s.debug.Match(conn.Remote().Addr())
}

// appendClient appends the client's address as nginx prints it: "unix:" for a unix socket.
func (s *Session) appendClient(b []byte) []byte {
	a := s.ClientAddr()
	if !a.IsValid() {
		return append(b, "unix:"...)
	}
	return a.Addr().AppendTo(b)
}

// appendPeer appends address and port of the other end.
func (s *Session) appendPeer(b []byte) []byte {
	a := s.PeerAddr()
	if !a.IsValid() {
		return append(b, "unix:"...)
	}
	return a.AppendTo(b)
}
