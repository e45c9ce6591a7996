package cidr

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"understudy/ascii"
)

// lookupLimit bounds the look at a name that a configuration mentions.
const lookupLimit = 30 * time.Second

var errNotFound = errors.New("host not found")

// LookupHost gives the addresses of a name in a configuration as getaddrinfo would, each once: of IPv4 it knows the shortened, octal
// and hexadecimal forms too. It waits for the answer.
func LookupHost(name string) ([]netip.Addr, error) {
	if ip, ok := looseIPv4(name); ok {
		return []netip.Addr{ip}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupLimit)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil, err
	}
	seen := make(map[netip.Addr]bool, len(ips))
	var list []netip.Addr
	for _, ip := range ips {
		if ip = ip.Unmap(); !seen[ip] { // a hosts file may list a name twice
			seen[ip] = true
			list = append(list, ip)
		}
	}
	if len(list) == 0 {
		return nil, errNotFound
	}
	return list, nil
}

// looseIPv4 reads what inet_aton does: "127.1", "0x7f000001", "0177.0.0.1".
func looseIPv4(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var ip uint32
	for i, part := range parts {
		base := 10
		if digits, ok := strings.CutPrefix(ascii.ToLower(part), "0x"); ok {
			part, base = digits, 16
		} else if len(part) > 1 && part[0] == '0' {
			base = 8
		}
		v, err := strconv.ParseUint(part, base, 32)
		if err != nil {
			return netip.Addr{}, false
		}
		if i < len(parts)-1 {
			if v > 255 {
				return netip.Addr{}, false
			}
			ip |= uint32(v) << (24 - 8*i)
			continue
		}
		if v >= 1<<(8*(4-i)) {
			return netip.Addr{}, false
		}
		ip |= uint32(v)
	}
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}), true
}
