package realip

import (
	"bytes"
	"net/netip"
	"strconv"
)

// walk goes through a list of addresses from its end as long as those that sent it are trusted, and leaves in *at the last
// address it came to (ngx_http_get_forwarded_addr). found: *at has changed; more: all of the list was trusted but its first.
func walk(at *netip.AddrPort, list []byte, trusted *proxies, recursive bool) (more, found bool) {
	for {
		if !trusted.has(at.Addr()) {
			return false, found
		}
		end := len(list)
		for end > 1 && (list[end-1] == ' ' || list[end-1] == ',') {
			end--
		}
		list = list[:end]
		start := bytes.LastIndexAny(list, " ,") + 1
		if start == 1 && end == 1 {
			start = 0
		}
		next, ok := parseAddr(list[start:])
		if !ok {
			return false, found
		}
		*at, found = next, true
		if start == 0 || !recursive {
			return true, true
		}
		list = list[:start-1]
		if len(list) == 0 {
			return false, true
		}
	}
}

// parseAddr reads an address with or without a port; IPv6 may stand in brackets. Port 0 is none.
func parseAddr(text []byte) (netip.AddrPort, bool) {
	if a, ok := plainAddr(text); ok {
		return netip.AddrPortFrom(a, 0), true
	}
	if n := len(text); n > 1 && text[0] == '[' && text[n-1] == ']' {
		a, ok := plainAddr(text[1 : n-1])
		return netip.AddrPortFrom(a, 0), ok
	}
	i := bytes.IndexByte(text, ':')
	if len(text) > 0 && text[0] == '[' {
		end := bytes.IndexByte(text, ']')
		if end < 0 || end+1 >= len(text) || text[end+1] != ':' {
			return netip.AddrPort{}, false
		}
		i = end + 1
		port, ok := parsePort(text[i+1:])
		a, good := plainAddr(text[1:end])
		return netip.AddrPortFrom(a, port), ok && good
	}
	if i < 0 {
		return netip.AddrPort{}, false
	}
	port, ok := parsePort(text[i+1:])
	a, good := plainAddr(text[:i])
	return netip.AddrPortFrom(a, port), ok && good
}

func plainAddr(text []byte) (netip.Addr, bool) {
	a, err := netip.ParseAddr(string(text))
	return a, err == nil && a.Zone() == ""
}

func parsePort(text []byte) (uint16, bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(string(text), 10, 16)
	return uint16(n), err == nil && n > 0
}
