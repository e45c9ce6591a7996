package errlog

import (
	"net/netip"

	"understudy/cidr"
	"understudy/config"
)

// DebugConnections are the clients whose connections are logged at debug level whatever the levels of the targets are
// (debug_connection).
type DebugConnections struct {
	unix  bool
	cidrs []netip.Prefix
}

// Parse takes an address, a network, a host name or `unix:`.
func (o *DebugConnections) Parse(c *config.Call) error {
	arg := c.Args[0]
	if arg == "unix:" {
		o.unix = true
		return nil
	}
	if network, loose, ok := cidr.ParseNetwork(arg); ok {
		if loose {
			c.Warnf("low address bits of %s are meaningless", arg)
		}
		o.cidrs = append(o.cidrs, network)
		return nil
	}
	ips, err := cidr.LookupHost(arg)
	if err != nil {
		return c.Errorf("host not found in debug_connection \"%s\"", arg)
	}
	for _, ip := range ips {
		o.cidrs = append(o.cidrs, netip.PrefixFrom(ip, ip.BitLen()))
	}
	return nil
}

// Any tells whether there are any such clients.
func (o *DebugConnections) Any() bool { return o.unix || len(o.cidrs) > 0 }

// Match tells whether a client is one of them; ip is not valid for a unix socket's.
func (o *DebugConnections) Match(ip netip.Addr) bool {
	if !ip.IsValid() {
		return o.unix
	}
	ip = ip.Unmap()
	for _, p := range o.cidrs {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// DebugOf gives the debug_connection settings of a configuration.
func DebugOf(c *config.Config) *DebugConnections {
	for _, b := range c.Main.Children {
		if b.Kind == config.Events {
			return &Conf.Of(b).DebugConnection
		}
	}
	return &DebugConnections{}
}

// Verbose is the same log with every target taking lines of every level.
func (l *Log) Verbose() *Log {
	if l == nil {
		return nil
	}
	v := &Log{level: Debug, files: l.files, targets: append([]target(nil), l.targets...)}
	for i := range v.targets {
		v.targets[i].level = Debug
	}
	return v
}
