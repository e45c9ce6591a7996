package web

import (
	"os"

	"understudy/config"
	"understudy/hostname"
)

// plan gathers, while http{} is being read, which servers listen where (nginx's ports and addresses, ngx_http.c).
type plan struct {
	servers []*config.Block
	addrs   []*address
}

// address is one address that servers listen on.
type address struct {
	listen
	servers       []*config.Block
	defaultServer *config.Block
	spoken        bool      // the protocols of a second listen have been looked at
	changed       bool      // … and did not agree
	first         protocols // what that one said
}

// protocols are what `listen` says is spoken on an address.
type protocols uint8

const (
	speakProxy protocols = 1 << iota
	speakHTTP2
)

// join joins the protocols of another listen to the address's, and warns when they do not agree (ngx_http_add_addresses).
func (a *address) join(c *config.Call, l *listen) protocols {
	before, all := a.listen.protocols, a.listen.protocols|l.protocols
	warn := false
	switch {
	case all != before: // options added
		warn = a.set && !l.set || a.changed || all != l.protocols
		a.first, a.changed = before, true
	case all != l.protocols: // options removed
		warn = l.set || a.spoken && l.protocols != a.first
		a.first, a.changed = l.protocols, true
	default:
		warn = l.set && a.changed || a.spoken && l.protocols != a.first
		a.first = l.protocols
	}
	a.spoken = true
	if warn {
		c.Warnf("protocol options redefined for %s", a.text)
	}
	return all
}

var planKey = config.NewKey[*plan]("web.plan")

// sitePlan finds the plan of the http block around b.
func sitePlan(b *config.Block) *plan {
	p := config.Value(b, planKey)
	return p
}

// addListen joins one listen of the server c stands in to the plan, with nginx's checks.
func (p *plan) addListen(c *config.Call, l *listen) error {
	for _, a := range p.addrs {
		if a.addr != l.addr {
			continue
		}
		for _, s := range a.servers {
			if s == c.Block {
				return c.Errorf("a duplicate listen %s", a.text)
			}
		}
		a.servers = append(a.servers, c.Block)
		wasDefault := a.listen.defaultServer
		spoken := a.join(c, l)
		if l.set {
			if a.set {
				return c.Errorf("duplicate listen options for %s", a.text)
			}
			a.listen = *l
		}
		if l.defaultServer {
			if wasDefault {
				return c.Errorf("a duplicate default server for %s", a.text)
			}
			wasDefault = true
			a.defaultServer = c.Block
		}
		a.listen.defaultServer, a.listen.protocols = wasDefault, spoken
		return nil
	}
	p.addrs = append(p.addrs, &address{listen: *l, servers: []*config.Block{c.Block}, defaultServer: c.Block})
	return nil
}

// httpOption is the `http` block.
type httpOption struct{ block *config.Block }

func (o *httpOption) Parse(c *config.Call) error {
	if o.block != nil {
		return c.Duplicate()
	}
	var err error
	o.block, err = c.Enter(config.HTTP, func(b *config.Block) {
		config.Attach(b, planKey, &plan{})
		attachVariables(c.Conf, b)
		c.Conf.OnMerged(b, func() error { return sitePlan(b).checkNames(b) })
	})
	return err
}

// serverOption is a `server` block. A server without `listen` listens on port 80, or 8000 without the right to.
type serverOption struct{}

func (o *serverOption) Parse(c *config.Call) error {
	b, err := c.Enter(config.Server, func(b *config.Block) {
		p := sitePlan(b)
		p.servers = append(p.servers, b)
	})
	if err != nil {
		return err
	}
	s := core.Local(b)
	if len(s.Listen.list) > 0 {
		return nil
	}
	port := "80"
	if os.Getuid() != 0 {
		port = "8000"
	}
	addrs, _, _ := parseListen(port)
	only := true
	l := &listen{addr: addrs[0], text: addrText(addrs[0])}
	l.options.Backlog, l.options.IPv6Only = 511, &only
	s.Listen.list = append(s.Listen.list, l)
	in := *c
	in.Block = b
	return sitePlan(b).addListen(&in, l)
}

// checkNames warns of server names that stand twice on one address.
func (p *plan) checkNames(b *config.Block) error {
	for _, a := range p.addrs {
		var names hostname.Table[*config.Block]
		for _, sb := range a.servers {
			for _, n := range core.Of(sb).ServerName.list {
				if n.regex == nil && names.Add(n.text, sb) != nil {
					b.Warnf("conflicting server name \"%s\" on %s, ignored", n.text, a.text)
				}
			}
		}
	}
	return nil
}
