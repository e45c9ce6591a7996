// Package access is nginx's ngx_http_access_module: allow and deny by the client's address.
package access

import (
	"net/netip"

	"understudy/cidr"
	"understudy/config"
	"understudy/errlog"
	"understudy/web"
)

// Settings of ngx_http_access_module.
type Settings struct {
	// Allow and Deny are one list, in file order; the first rule that fits decides.
	Allow ruleOption `nginx:"allow" in:"http server location limit_except" args:"1"`
	Deny  ruleOption `nginx:"deny" in:"http server location limit_except" args:"1"`

	rules []rule
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

// rule is one allow or deny.
type rule struct {
	deny bool
	all  bool
	unix bool
	net  netip.Prefix
}

// ruleOption is `allow|deny ADDRESS|CIDR|unix:|all`.
type ruleOption struct{}

func (ruleOption) Parse(c *config.Call) error {
	r := rule{deny: c.Name == "deny"}
	switch text := c.Args[0]; text {
	case "all":
		r.all = true
	case "unix:":
		r.unix = true
	default:
		network, loose, ok := cidr.ParseNetwork(text)
		if !ok {
			return c.Errorf(`invalid parameter "%s"`, text)
		}
		if r.net = network; loose {
			c.Warnf("low address bits of %s are meaningless", text)
		}
	}
	s := conf.Local(c.Block)
	s.rules = append(s.rules, r)
	return nil
}

// check finds the first rule for the client's address.
func check(x *web.Exchange, rules []rule, quiet bool) web.Result {
	client := x.ClientAddr()
	unix, addr := !client.IsValid(), client.Addr()
	mapped := addr.Is4In6()
	for i := range rules {
		r := &rules[i]
		switch {
		case r.all:
		case unix || r.unix:
			if !unix || !r.unix {
				continue
			}
		case !r.net.Contains(addr) && !(mapped && r.net.Contains(addr.Unmap())):
			continue
		}
		if !r.deny {
			return web.Allowed
		}
		if !quiet {
			x.Errorf(errlog.Error, "access forbidden by rule")
		}
		return 403
	}
	return web.Declined
}
