package streamproxy

import (
	"net"
	"net/netip"
	"strconv"

	"understudy/errlog"
	"understudy/reactor"
	"understudy/upstream"
)

// group finds the peers to ask; false if there is none, with the reason logged.
func (p *passage) group() (*upstream.Group, bool) {
	pass := &p.conf.Pass
	if pass.value == nil {
		return pass.group, true
	}
	s := p.session
	address := string(pass.value.Bytes(s))
	group, err := upstream.ForRequest(s.Server.Block, address, 0)
	if err != nil {
		s.Errorf(errlog.Error, "%s in upstream \"%s\"", err, address)
		return nil, false
	}
	if group != nil {
		if group.NoPort() {
			s.Errorf(errlog.Error, "no port in upstream \"%s\"", group.Name)
			return nil, false
		}
		return group, true
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		s.Errorf(errlog.Error, "no port in upstream \"%s\"", address)
		return nil, false
	}
	resolver := s.Server.Conf.Resolver.Resolver()
	if resolver == nil {
		s.Errorf(errlog.Error, "no resolver defined to resolve %s", host)
		return nil, false
	}
	addrs, err := resolver.Lookup(s.Task, host, s.Server.Conf.ResolverTimeout.D(), reactor.Watching{})
	if err != nil {
		s.Errorf(errlog.Error, "%s could not be resolved (%s)", host, err)
		return nil, false
	}
	number, _ := strconv.ParseUint(port, 10, 16) // it has been read once
	list := make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		list[i] = netip.AddrPortFrom(a, uint16(number))
	}
	return upstream.Dynamic(host, list), true
}
