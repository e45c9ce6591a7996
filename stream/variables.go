package stream

import (
	"strconv"

	"understudy/config"
	"understudy/proxyprotocol"
	"understudy/vars"
)

// Var makes a variable that reads a session.
func Var(name string, get func(s *Session, dst []byte) ([]byte, bool)) vars.Def {
	return vars.Def{Name: name, Get: func(s vars.Subject, dst []byte) ([]byte, bool) { return get(s.(*Session), dst) }}
}

// attachVariables gives a stream block its table of variables.
func attachVariables(cfg *config.Config, b *config.Block) {
	defs := [][]vars.Def{vars.Process, vars.Client, proxyprotocol.Variables}
	for _, m := range modulesOf(cfg.Registry) {
		defs = append(defs, m.Variables)
	}
	table := vars.NewTable(defs...)
	vars.Attach(b, table)
	cfg.OnMerged(b, table.Finish)
}

// Time implements vars.Timed.
func (s *Session) Time() (now int64, c *vars.Clock) { return s.Loop().Now(), &s.worker.clock }

// Proxied implements proxyprotocol.Proxied.
func (s *Session) Proxied() *proxyprotocol.Header { return s.header }

// coreVariables are ngx_stream_core_module's own.
var coreVariables = []vars.Def{
	Var("server_addr", func(s *Session, dst []byte) ([]byte, bool) {
		if s.conn.IsUnix() {
			return append(dst, s.port.Text...), true
		}
		return s.LocalAddr().Addr().AppendTo(dst), true
	}),
	Var("server_port", func(s *Session, dst []byte) ([]byte, bool) {
		if s.conn.IsUnix() {
			return dst, true
		}
		return strconv.AppendUint(dst, uint64(s.conn.Local().Port()), 10), true
	}),
	Var("server_name", func(s *Session, dst []byte) ([]byte, bool) { return append(dst, s.Server.Name...), true }),
	Var("bytes_sent", func(s *Session, dst []byte) ([]byte, bool) { return strconv.AppendInt(dst, s.Sent, 10), true }),
	Var("bytes_received", func(s *Session, dst []byte) ([]byte, bool) { return strconv.AppendInt(dst, s.Received, 10), true }),
	Var("session_time", func(s *Session, dst []byte) ([]byte, bool) {
		return vars.AppendSeconds(dst, max(s.Loop().Now()-s.Started, 0)), true
	}),
	Var("status", func(s *Session, dst []byte) ([]byte, bool) {
		if s.status == 0 {
			return append(dst, "000"...), true
		}
		return strconv.AppendInt(dst, int64(s.status), 10), true
	}),
	Var("protocol", func(_ *Session, dst []byte) ([]byte, bool) { return append(dst, "TCP"...), true }),
	Var("connection", func(s *Session, dst []byte) ([]byte, bool) {
		return strconv.AppendUint(dst, s.conn.Serial(), 10), true
	}),
}
