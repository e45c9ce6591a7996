// Package cidr reads addresses and networks as nginx does, and finds the client behind trusted proxies.
package cidr

import (
	"bytes"
	"net/netip"
)

// ParseV4 reads four decimal numbers as ngx_inet_addr does: leading zeros do no harm, 255.255.255.255 is none.
func ParseV4[T string | []byte](text T) (netip.Addr, bool) {
	var out [4]byte
	n, octet := 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			if octet = octet*10 + int(c-'0'); octet > 255 {
				return netip.Addr{}, false
			}
		case c == '.' && n < 3:
			out[n] = byte(octet)
			n, octet = n+1, 0
		default:
			return netip.Addr{}, false
		}
	}
	out[3] = byte(octet)
	if n != 3 || out == [4]byte{255, 255, 255, 255} {
		return netip.Addr{}, false
	}
	return netip.AddrFrom4(out), true
}

// Parse reads an IPv4 or IPv6 address (ngx_parse_addr).
func Parse[T string | []byte](text T) (netip.Addr, bool) {
	if addr, ok := ParseV4(text); ok {
		return addr, true
	}
	for i := range len(text) {
		if text[i] == ':' && len(text) <= 45 {
			addr, err := netip.ParseAddr(string(text))
			return addr, err == nil && addr.Zone() == ""
		}
	}
	return netip.Addr{}, false
}

// ParsePort reads an address with or without a port; an IPv6 address stands in brackets before a port (ngx_parse_addr_port).
func ParsePort(text []byte) (netip.AddrPort, bool) {
	if addr, ok := Parse(text); ok {
		return netip.AddrPortFrom(addr, 0), true
	}
	host, port := text, []byte(nil)
	if len(text) > 0 && text[0] == '[' {
		end := bytes.IndexByte(text, ']')
		switch {
		case end < 0:
			return netip.AddrPort{}, false
		case end == len(text)-1:
			addr, ok := Parse(text[1:end])
			return netip.AddrPortFrom(addr, 0), ok
		case text[end+1] != ':':
			return netip.AddrPort{}, false
		}
		host, port = text[1:end], text[end+2:]
	} else {
		i := bytes.IndexByte(text, ':')
		if i < 0 {
			return netip.AddrPort{}, false
		}
		host, port = text[:i], text[i+1:]
	}
	n := 0
	for _, c := range port {
		if c < '0' || c > '9' || n > 65535 {
			return netip.AddrPort{}, false
		}
		n = n*10 + int(c-'0')
	}
	addr, ok := Parse(host)
	if !ok || len(port) == 0 || n < 1 || n > 65535 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr, uint16(n)), true
}
