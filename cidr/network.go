package cidr

import (
	"net/netip"
	"strconv"
	"strings"
)

// ParseNetwork reads an address, or an address and a number of bits (ngx_ptocidr). loose tells that bits beyond the network were
// set; they are cleared.
func ParseNetwork(text string) (network netip.Prefix, loose, ok bool) {
	name, bits, masked := strings.Cut(text, "/")
	addr, ok := Parse(name)
	if !ok {
		return netip.Prefix{}, false, false
	}
	n := addr.BitLen()
	if masked {
		v, err := strconv.ParseUint(bits, 10, 16)
		if err != nil || int(v) > addr.BitLen() {
			return netip.Prefix{}, false, false
		}
		n = int(v)
	}
	network = netip.PrefixFrom(addr, n).Masked()
	return network, network.Addr() != addr, true
}

// List is a list of networks; Unix adds unix sockets to it. The address of a client on a unix socket is not valid.
type List struct {
	Networks []netip.Prefix
	Unix     bool
}

// Match tells whether an address is on the list; an IPv4 address in IPv6 clothes counts as IPv4 (ngx_cidr_match).
func (l *List) Match(addr netip.Addr) bool {
	if !addr.IsValid() {
		return l.Unix
	}
	addr = addr.Unmap()
	for _, n := range l.Networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

// Forwarded finds the client behind trusted proxies. fields are the values of X-Forwarded-For or the like, in order; the last
// address counts, and with recursive the one before it as long as they are trusted (ngx_http_get_forwarded_addr). ok is false if
// from stays what it was.
func (l *List) Forwarded(from netip.AddrPort, fields [][]byte, recursive bool) (addr netip.AddrPort, ok bool) {
	addr = from
	for i := len(fields) - 1; i >= 0; i-- {
		text := fields[i]
		for {
			if !l.Match(addr.Addr()) {
				return addr, ok
			}
			for len(text) > 1 && separates(text[len(text)-1]) {
				text = text[:len(text)-1]
			}
			at := max(len(text)-1, 0)
			for at > 0 && !separates(text[at]) {
				at--
			}
			if at > 0 { // a field that begins with a comma spoils its first address
				at++
			}
			before, good := ParsePort(text[at:])
			if !good {
				return addr, ok
			}
			addr, ok = before, true
			if !recursive {
				return addr, true
			}
			if at == 0 {
				break
			}
			text = text[:at-1]
		}
	}
	return addr, ok
}

// separates tells the bytes between the addresses of X-Forwarded-For.
func separates(c byte) bool { return c == ' ' || c == ',' }
