// Package limitconn is nginx's ngx_http_limit_conn_module and ngx_stream_limit_conn_module: so many requests, or sessions, at a time
// for each value of a key.
package limitconn

import (
	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_limit_conn_module.
type Settings struct {
	// Zone declares where the numbers are kept: `limit_conn_zone KEY zone=NAME:SIZE`.
	Zone zoneOption `nginx:"limit_conn_zone" in:"http" args:"2"`
	// Limits are in force together: `limit_conn ZONE NUMBER`.
	Limits limitOption `nginx:"limit_conn" in:"http server location" args:"2"`
	// LogLevel is that of refusals.
	LogLevel config.Enum `nginx:"limit_conn_log_level" in:"http server location" enum:"info notice warn error" default:"error"`
	// Status answers refused requests.
	Status config.Int `nginx:"limit_conn_status" in:"http server location" min:"400" max:"599" default:"503"`
	// DryRun counts and logs, and lets all pass.
	DryRun config.Flag `nginx:"limit_conn_dry_run" in:"http server location" default:"off"`
}

var conf = config.Declare[Settings]("ngx_http_limit_conn_module")

// Module is ngx_http_limit_conn_module.
var Module = &web.Module{Settings: conf, Compile: compile, Start: start, Drop: drop, Variables: []vars.Def{
	web.Var("limit_conn_status", statusVariable),
}}

var slot = web.NewSlot[state]()

func statusVariable(x *web.Exchange, dst []byte) ([]byte, bool) {
	if st, ok := slot.Have(x.Main()); ok {
		return append(dst, statusNames[st.status]...), true
	}
	return dst, false
}

func compile(l *web.Location) error {
	s := conf.Of(l.Block)
	if len(s.Limits.list) == 0 {
		return nil
	}
	limits, status := newLimits(s.Limits.list, s.LogLevel.Index(), s.DryRun.On()), web.Result(s.Status.N())
	l.On(web.PhasePreaccess, func(x *web.Exchange) web.Result {
		main := x.Main()
		if _, done := slot.Have(main); done {
			return web.Declined
		}
		refused := limits.admit(x, func() *state {
			st := slot.Of(main)
			st.held = st.held[:0]
			main.AtEnd(st)
			return st
		})
		if refused {
			return status
		}
		return web.Declined
	})
	return nil
}

func start(s *web.Site) error { return tables.open(conf.Of(s.Block).Zone.list) }

func drop(s *web.Site) { tables.close(conf.Of(s.Block).Zone.list) }

var tables = counts{use: "limit_conn"}
