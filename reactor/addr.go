package reactor

// Addresses of connections.

import (
	"net"
	"net/netip"
)

// Addr is where to connect to: an IP address and port, or a unix socket's path.
type Addr struct {
	IP   netip.AddrPort
	Unix string // "" = IP counts; a leading NUL or '@' = abstract (Linux)
}

func (a Addr) String() string {
	if a.Unix != "" {
		return "unix:" + a.Unix
	}
	return a.IP.String()
}

// Clothe gives an address of a connection that came in on a as its socket has it: one of IPv4 is in IPv6 clothes (::ffff:192.0.2.1) on a
// socket of IPv6.
func (a Addr) Clothe(end netip.AddrPort) netip.AddrPort {
	if a.IP.Addr().Is6() && end.Addr().Is4() {
		return netip.AddrPortFrom(netip.AddrFrom16(end.Addr().As16()), end.Port())
	}
	return end
}

func (c *Conn) names() *connNames {
	if c.far == nil {
		c.far = &connNames{}
	}
	return c.far
}

// IsUnix reports a unix socket.
func (c *Conn) IsUnix() bool { return c.flags&unixConn != 0 }

// Remote is the peer's address, IPv4 as IPv4 also on a dual-stack socket; the zero AddrPort for unix sockets.
func (c *Conn) Remote() netip.AddrPort {
	if c.flags&unixConn != 0 {
		return netip.AddrPort{}
	}
	a := netip.AddrFrom16(c.raddr).Unmap()
	if c.far != nil && c.far.zone != "" {
		a = a.WithZone(c.far.zone)
	}
	return netip.AddrPortFrom(a, c.rport)
}

func (c *Conn) setRemote(a netip.AddrPort) {
	c.raddr, c.rport = a.Addr().As16(), a.Port()
	if z := a.Addr().Zone(); z != "" {
		c.names().zone = z
	}
}

// Local is the connection's own address, asked of the system the first time; not after Close.
func (c *Conn) Local() netip.AddrPort {
	if c.flags&unixConn != 0 {
		return netip.AddrPort{}
	}
	if c.far != nil && c.far.haveLocal {
		return c.far.local
	}
	if c.flags&closed != 0 {
		return netip.AddrPort{}
	}
	n := c.names()
	n.local, n.haveLocal = c.sysLocal(), true
	return n.local
}

// UnixPath is the path of a unix socket: of the listener it was accepted from, or the one dialed.
func (c *Conn) UnixPath() string {
	if c.flags&unixConn == 0 || c.far == nil {
		return ""
	}
	if c.far.localPath != "" {
		return c.far.localPath
	}
	return c.far.remotePath
}

// RemoteAddr is Remote as a net.Addr.
func (c *Conn) RemoteAddr() net.Addr {
	if c.flags&unixConn != 0 {
		name := ""
		if c.far != nil {
			name = c.far.remotePath
		}
		return &net.UnixAddr{Name: name, Net: "unix"}
	}
	return net.TCPAddrFromAddrPort(c.Remote())
}

// LocalAddr is Local as a net.Addr.
func (c *Conn) LocalAddr() net.Addr {
	if c.flags&unixConn != 0 {
		name := ""
		if c.far != nil {
			name = c.far.localPath
		}
		return &net.UnixAddr{Name: name, Net: "unix"}
	}
	return net.TCPAddrFromAddrPort(c.Local())
}

// addrOf turns a net.Addr of a TCP socket into an AddrPort with an unmapped address.
func addrOf(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := t.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
