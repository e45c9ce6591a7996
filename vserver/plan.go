package vserver

import "understudy/config"

// Plan gathers, while http{} or stream{} is being read, which servers listen where.
type Plan struct {
	Servers []*config.Block // in file order
	addrs   []*Address
}

// Address is one address that servers listen on.
type Address struct {
	Socket
	Servers       []*config.Block
	DefaultServer *config.Block

	spoken  bool      // the protocols of a second listen have been looked at
	changed bool      // … and did not agree
	first   Protocols // what that one said
}

// Add joins an address that the server c stands in listens on to the plan, with nginx's checks (ngx_http_add_addresses).
func (p *Plan) Add(c *config.Call, s *Socket) error {
	for _, a := range p.addrs {
		if a.Addr != s.Addr {
			continue
		}
		for _, server := range a.Servers {
			if server == c.Block {
				return c.Errorf("a duplicate listen %s", a.Text)
			}
		}
		a.Servers = append(a.Servers, c.Block)
		wasDefault := a.Default
		protocols := a.agree(c, s)
		if s.Set {
			if a.Set {
				return c.Errorf("duplicate listen options for %s", a.Text)
			}
			a.Socket = *s
		}
		if s.Default {
			if wasDefault {
				return c.Errorf("a duplicate default server for %s", a.Text)
			}
			wasDefault = true
			a.DefaultServer = c.Block
		}
		a.Default, a.Protocols = wasDefault, protocols
		return nil
	}
	p.addrs = append(p.addrs, &Address{Socket: *s, Servers: []*config.Block{c.Block}, DefaultServer: c.Block})
	return nil
}

// agree joins the protocols of another listen to the address's, and warns when they do not agree.
func (a *Address) agree(c *config.Call, s *Socket) Protocols {
	before, all := a.Protocols, a.Protocols|s.Protocols
	warn := false
	switch {
	case all != before: // options added
		warn = a.Set && !s.Set || a.changed || all != s.Protocols
		a.first, a.changed = before, true
	case all != s.Protocols: // options removed
		warn = s.Set || a.spoken && s.Protocols != a.first
		a.first, a.changed = s.Protocols, true
	default:
		warn = s.Set && a.changed || a.spoken && s.Protocols != a.first
		a.first = s.Protocols
	}
	a.spoken = true
	if warn {
		c.Warnf("protocol options redefined for %s", a.Text)
	}
	return all
}

// Addresses lists the addresses in the order in which they were first mentioned.
func (p *Plan) Addresses() []*Address { return p.addrs }

// Port is a socket to listen on. Addresses are those whose connections it takes, the one it is bound to last: beside a wildcard
// address of the same port the others need no socket of their own, unless they ask for one (ngx_http_init_listening).
type Port struct {
	Socket
	Addresses []*Address
}

// Ports folds the addresses into sockets.
func (p *Plan) Ports() []*Port {
	var ports []*Port
	for _, a := range p.addrs {
		if a.Addr.Unix != "" || a.Bind || a.Addr.IP.Addr().IsUnspecified() {
			ports = append(ports, &Port{Socket: a.Socket})
		}
	}
	for _, a := range p.addrs {
		port := portFor(ports, a)
		if port == nil {
			port = &Port{Socket: a.Socket}
			ports = append(ports, port)
		}
		if a.Addr != port.Addr {
			port.Addresses = append([]*Address{a}, port.Addresses...)
		} else {
			port.Addresses = append(port.Addresses, a)
		}
	}
	return ports
}

// portFor finds the socket that takes an address's connections.
func portFor(ports []*Port, a *Address) *Port {
	for _, port := range ports {
		if port.Addr == a.Addr {
			return port
		}
	}
	if a.Addr.Unix != "" {
		return nil
	}
	for _, port := range ports {
		ip := port.Addr.IP.Addr()
		if port.Addr.Unix == "" && ip.IsUnspecified() && ip.Is4() == a.Addr.IP.Addr().Is4() && port.Addr.IP.Port() == a.Addr.IP.Port() {
			return port
		}
	}
	return nil
}
