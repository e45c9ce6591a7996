package vserver

import (
	"net/netip"
	"strings"

	"understudy/cidr"
	"understudy/config"
	"understudy/reactor"
)

// parseListen reads `listen`'s address: PORT, *:PORT, ADDRESS[:PORT], [IPV6][:PORT], NAME[:PORT] or unix:PATH. problem is
// nginx's text for what is wrong with it (ngx_parse_url).
func parseListen(s string) (addrs []reactor.Addr, problem string, err error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		switch {
		case path == "":
			return nil, "no path in the unix domain socket", nil
		case len(path) >= 108:
			return nil, "too long path in the unix domain socket", nil
		}
		return []reactor.Addr{{Unix: path}}, "", nil
	}
	if rest, ok := strings.CutPrefix(s, "["); ok {
		addrs, problem = parseIPv6(rest)
		return addrs, problem, nil
	}
	if strings.ContainsAny(s, "/?") {
		return nil, "invalid host", nil
	}
	host, text, hasPort := strings.Cut(s, ":")
	p := portRange{80, 80}
	if hasPort {
		if p, problem = parsePorts(text); problem != "" {
			return nil, problem, nil
		}
	} else if onlyPorts(host) {
		p, problem = parsePorts(host)
		return addrsOf(netip.IPv4Unspecified(), p), problem, nil
	}
	switch host {
	case "":
		return nil, "no host", nil
	case "*":
		return addrsOf(netip.IPv4Unspecified(), p), "", nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() {
		return addrsOf(ip, p), "", nil
	}
	ips, err := cidr.LookupHost(host)
	if err != nil {
		return nil, "host not found", nil
	}
	for _, ip := range ips {
		addrs = append(addrs, addrsOf(ip, p)...)
	}
	return addrs, "", nil
}

// parseIPv6 reads what stands behind the bracket: IPV6][:PORT].
func parseIPv6(s string) (addrs []reactor.Addr, problem string) {
	host, text, ok := strings.Cut(s, "]")
	if !ok {
		return nil, "invalid host"
	}
	p := portRange{80, 80}
	if text != "" {
		if text[0] != ':' {
			return nil, "invalid host"
		}
		if p, problem = parsePorts(text[1:]); problem != "" {
			return nil, problem
		}
	}
	if host == "" {
		return nil, "no host"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.Is6() {
		return nil, "invalid IPv6 address"
	}
	return addrsOf(ip, p), ""
}

// portRange is ports from first to last.
type portRange struct{ first, last int64 }

// addrsOf gives one address for each port of a range.
func addrsOf(ip netip.Addr, p portRange) []reactor.Addr {
	var list []reactor.Addr
	for n := p.first; n > 0 && n <= p.last; n++ {
		list = append(list, reactor.Addr{IP: netip.AddrPortFrom(ip, uint16(n))})
	}
	return list
}

// onlyPorts tells PORT and FIRST-LAST from the name of a host: there are numbers on both sides.
func onlyPorts(s string) bool {
	first, last, isRange := strings.Cut(s, "-")
	_, ok := config.ParseNumber(first)
	if ok && isRange {
		_, ok = config.ParseNumber(last)
	}
	return ok
}

// parsePorts reads PORT or FIRST-LAST.
func parsePorts(s string) (p portRange, problem string) {
	first, last, isRange := strings.Cut(s, "-")
	if !isRange {
		last = first
	}
	var okFirst, okLast bool
	p.first, okFirst = parsePort(first)
	p.last, okLast = parsePort(last)
	switch {
	case !okFirst || !okLast:
		return portRange{}, "invalid port"
	case p.first > p.last:
		return portRange{}, "invalid port range"
	}
	return p, ""
}

// parsePort reads 1..65535.
func parsePort(s string) (n int64, ok bool) {
	n, ok = config.ParseNumber(s)
	return n, ok && n >= 1 && n <= 65535
}

func addrText(a reactor.Addr) string {
	if a.Unix != "" {
		return "unix:" + a.Unix
	}
	return a.IP.String()
}
