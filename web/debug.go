package web

import (
	"net/netip"

	"understudy/errlog"
	"understudy/reactor"
)

// Lines of level debug: what an exchange goes through, for `error_log … debug` and debug_connection.

// Debugging tells whether debug lines go anywhere. Callers ask before they make the arguments of Debugf.
func (x *Exchange) Debugging() bool { return x.log().Enabled(errlog.Debug) }

// Debugf writes a line of level debug.
func (x *Exchange) Debugf(format string, args ...any) {
	x.log().Printf(errlog.Debug, x.client.conn.Serial(), format, args...)
}

// debugged tells whether debug_connection names a connection's client.
func (s *Site) debugged(conn *reactor.Conn) bool {
	if conn.IsUnix() {
		return s.debug.Match(netip.Addr{})
	}
	return s.debug.Match(conn.Remote().Addr())
}

// debugHead shows a request as it was read.
func (x *Exchange) debugHead() {
	x.Debugf("http request line: \"%s\"", x.requestLine())
	x.Debugf("http uri: \"%s\" args: \"%s\"", x.URI, x.Args)
	for _, h := range x.Req.Headers {
		x.Debugf("http header: \"%s: %s\"", h.Name.Of(x.head), h.Value.Of(x.head))
	}
}

// debugLocation shows where a request has got to.
func (x *Exchange) debugLocation(l *Location) {
	name := l.Name
	switch {
	case !l.Nested:
		name = "*"
	case l.Exact:
		name = "=" + name
	case l.Regex != nil:
		name = "~ " + name
	}
	x.Debugf("using server \"%s\", configuration \"%s\" of %s:%d", x.Server.Name, name, l.Block.Directive.File, l.Block.Directive.Line)
}
