// Package access is nginx's ngx_http_access_module and ngx_stream_access_module: allow and deny by the client's address.
package access

import (
	"understudy/config"
	"understudy/errlog"
	"understudy/web"
)

// Settings of ngx_http_access_module.
type Settings struct {
	// Allow and Deny are one list, in file order; the first rule that fits decides.
	Allow ruleOption `nginx:"allow" in:"http server location limit_except" args:"1"`
	Deny  ruleOption `nginx:"deny" in:"http server location limit_except" args:"1"`

	rules rules
}

var conf = config.Declare[Settings]("ngx_http_access_module")

// Module is ngx_http_access_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	rules := conf.Of(l.Block).rules
	if len(rules) == 0 {
		return nil
	}
	quiet := l.Conf.Satisfy.Is("any")
	l.On(web.PhaseAccess, func(x *web.Exchange) web.Result { return check(x, rules, quiet) })
	return nil
}}

// Merge takes over the rules of the block around if there are none.
func (s *Settings) Merge(parent *Settings, _ *config.Block) error {
	if s.rules == nil && parent != nil {
		s.rules = parent.rules
	}
	return nil
}

func check(x *web.Exchange, rules rules, quiet bool) web.Result {
	switch rules.verdict(x.ClientAddr()) {
	case allowed:
		return web.Allowed
	case denied:
		if !quiet {
			x.Errorf(errlog.Error, forbidden)
		}
		return 403
	}
	return web.Declined
}
