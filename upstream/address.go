// Addresses as nginx reads them in `server` and proxy_pass, and their resolution at load.

package upstream

import (
	"net/netip"
	"strings"

	"understudy/ascii"
	"understudy/cidr"
	"understudy/config"
	"understudy/reactor"
)

// address is a parsed "host[:port]", "[v6][:port]" or "unix:path".
type address struct {
	text   string // as written
	host   string // v6 with its brackets; the path of a unix socket
	port   uint16
	noPort bool
	addrs  []peerAddr // the literal address, or what the name resolved to
}

// peerAddr is one address to dial, with the text that $upstream_addr and the logs show.
type peerAddr struct {
	addr reactor.Addr
	name string
}

// fault is a text of nginx's ngx_parse_url, to be followed by ` in upstream "x"`.
type fault string

func (f fault) Error() string { return string(f) }

const (
	errHostNotFound = fault("host not found")
	errInvalidHost  = fault("invalid host")
	errInvalidPort  = fault("invalid port")
	errNoHost       = fault("no host")
	errInvalidIPv6  = fault("invalid IPv6 address")
	errNoUnixPath   = fault("no path in the unix domain socket")
	errLongUnixPath = fault("too long path in the unix domain socket")
)

// unixPathMax is sizeof(sockaddr_un.sun_path) without the final NUL.
const unixPathMax = 107

// parseAddress reads text; a host name stays unresolved (addrs is empty then).
func parseAddress(text string, defaultPort uint16) (address, error) {
	switch {
	case ascii.HasPrefixFold(text, "unix:"):
		return parseUnix(text)
	case strings.HasPrefix(text, "["):
		return parseInet6(text, defaultPort)
	}
	return parseInet(text, defaultPort)
}

// Literal reads "ADDRESS:PORT", "[V6]:PORT" or "unix:PATH" without looking a name up: known is false for a name. Errors are nginx's.
func Literal(text string) (addr reactor.Addr, name string, known, noPort bool, err error) {
	a, err := parseAddress(text, 0)
	if err != nil || len(a.addrs) == 0 {
		return reactor.Addr{}, "", false, a.noPort, err
	}
	return a.addrs[0].addr, a.addrs[0].name, true, a.noPort, nil
}

func parseUnix(text string) (address, error) {
	path := text[5:]
	switch {
	case path == "":
		return address{}, errNoUnixPath
	case len(path) > unixPathMax:
		return address{}, errLongUnixPath
	}
	// A unix address never says "no port", so that it cannot be taken for the name of a block.
	return address{text: text, host: path, addrs: []peerAddr{{reactor.Addr{Unix: path}, text}}}, nil
}

func parseInet(text string, defaultPort uint16) (address, error) {
	a := address{text: text, port: defaultPort}
	if strings.ContainsAny(text, "/?") {
		return a, errInvalidHost
	}
	host, port, found := strings.Cut(text, ":")
	if found {
		n, ok := parsePort(port)
		if !ok {
			return a, errInvalidPort
		}
		a.port = n
	} else {
		a.noPort = true
	}
	if host == "" {
		return a, errNoHost
	}
	a.host = host
	if ip, ok := cidr.ParseV4(host); ok {
		a.add(ip)
	}
	return a, nil
}

func parseInet6(text string, defaultPort uint16) (address, error) {
	a := address{text: text, port: defaultPort}
	end := strings.IndexByte(text, ']')
	if end < 0 {
		return a, errInvalidHost
	}
	if rest := text[end+1:]; strings.ContainsRune(rest, '/') {
		return a, errInvalidHost
	} else if rest == "" {
		a.noPort = true
	} else {
		if rest[0] != ':' {
			return a, errInvalidHost
		}
		n, ok := parsePort(rest[1:])
		if !ok {
			return a, errInvalidPort
		}
		a.port = n
	}
	if end == 1 {
		return a, errNoHost
	}
	a.host = text[:end+1]
	ip, err := netip.ParseAddr(text[1:end])
	if err != nil || !ip.Is6() || ip.Zone() != "" {
		return a, errInvalidIPv6
	}
	a.add(ip)
	return a, nil
}

func (a *address) add(ip netip.Addr) {
	ap := netip.AddrPortFrom(ip, a.port)
	a.addrs = append(a.addrs, peerAddr{reactor.Addr{IP: ap}, ap.String()})
}

// resolve looks the host name up, now; all addresses of both families become peers, in the resolver's order.
func (a *address) resolve() error {
	ips, err := cidr.LookupHost(a.host)
	if err != nil {
		return errHostNotFound
	}
	for _, ip := range ips {
		a.add(ip)
	}
	return nil
}

func parsePort(s string) (uint16, bool) {
	n, ok := config.ParseNumber(s)
	return uint16(n), ok && n >= 1 && n <= 65535
}
