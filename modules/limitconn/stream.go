package limitconn

import (
	"understudy/config"
	"understudy/stream"
	"understudy/vars"
)

// StreamSettings of ngx_stream_limit_conn_module.
type StreamSettings struct {
	// Zone declares where the numbers are kept: `limit_conn_zone KEY zone=NAME:SIZE`.
	Zone zoneOption `nginx:"limit_conn_zone" in:"stream" args:"2"`
	// Limits are in force together: `limit_conn ZONE NUMBER`.
	Limits limitOption `nginx:"limit_conn" in:"stream stream-server" args:"2"`
	// LogLevel is that of refusals.
	LogLevel config.Enum `nginx:"limit_conn_log_level" in:"stream stream-server" enum:"info notice warn error" default:"error"`
	// DryRun counts and logs, and lets all pass.
	DryRun config.Flag `nginx:"limit_conn_dry_run" in:"stream stream-server" default:"off"`
}

var streamConf = config.Declare[StreamSettings]("ngx_stream_limit_conn_module")

// Stream is ngx_stream_limit_conn_module.
var Stream = &stream.Module{Settings: streamConf, Compile: compileStream, Variables: []vars.Def{
	stream.Var("limit_conn_status", func(s *stream.Session, dst []byte) ([]byte, bool) {
		if st, ok := streamSlot.Have(s); ok {
			return append(dst, statusNames[st.status]...), true
		}
		return dst, false
	}),
}, Start: func(s *stream.Site) error {
	return streamTables.open(streamConf.Of(s.Block).Zone.list)
}, Drop: func(s *stream.Site) {
	streamTables.close(streamConf.Of(s.Block).Zone.list)
}}

var (
	streamTables = counts{use: "stream limit_conn"}
	streamSlot   = stream.NewSlot[state]()
)

func compileStream(server *stream.Server) error {
	o := streamConf.Of(server.Block)
	if len(o.Limits.list) == 0 {
		return nil
	}
	limits := newLimits(o.Limits.list, o.LogLevel.Index(), o.DryRun.On())
	server.On(stream.PhasePreaccess, func(s *stream.Session) stream.Result {
		refused := limits.admit(s, func() *state {
			st := streamSlot.Of(s)
			s.AtEnd(st)
			return st
		})
		if refused {
			return stream.StatusUnavailable
		}
		return stream.Declined
	})
	return nil
}
