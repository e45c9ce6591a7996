package web

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"understudy/config"
	"understudy/parser"
	"understudy/reactor"
)

// listenOption collects the `listen` directives of one server.
type listenOption struct{ list []*listen }

// listen is one address of one `listen` directive (ngx_http_core_listen).
type listen struct {
	addr          reactor.Addr
	text          string // as nginx prints it: "0.0.0.0:80", "[::]:80", "unix:/path"
	options       reactor.ListenOptions
	set           bool // has options that belong to the socket
	bind          bool
	defaultServer bool
	protocols     protocols
}

func (o *listenOption) Parse(c *config.Call) error {
	addrs, text, err := parseListen(c.Args[0])
	if text != "" {
		if err != nil {
			return c.Errore(text, "%s in %q of the \"listen\" directive", err, c.Args[0])
		}
		return c.Errorf("%s in %q of the \"listen\" directive", text, c.Args[0])
	}
	var l listen
	l.options.Backlog = 511
	ipv6only := true
	l.options.IPv6Only = &ipv6only
	for _, arg := range c.Args[1:] {
		if err := l.parameter(c, arg); err != nil {
			return err
		}
	}
	root := sitePlan(c.Block)
	for i, a := range addrs {
		if indexAddr(addrs[:i], a) >= 0 {
			continue
		}
		one := l
		one.addr, one.text = a, addrText(a)
		if err := root.addListen(c, &one); err != nil {
			return err
		}
		o.list = append(o.list, &one)
	}
	return nil
}

// parameter carries out one parameter behind the address.
func (l *listen) parameter(c *config.Call, arg string) error {
	name, value, hasValue := strings.Cut(arg, "=")
	bad := func() error { return c.Errorf("invalid %s %q", name, arg) }
	socket := func() { l.set, l.bind = true, true }
	switch {
	case arg == "default_server" || arg == "default":
		l.defaultServer = true
		return nil
	case arg == "http2" && hasModule(c.Conf.Registry, "ngx_http_v2_module"):
		c.Warnf("the \"listen ... http2\" directive is deprecated, use the \"http2\" directive instead")
		l.protocols |= speakHTTP2
		return nil
	case arg == "proxy_protocol":
		l.protocols |= speakProxy
		return nil
	case arg == "multipath":
		l.options.Multipath = true
		socket()
		return nil
	case name == "accept_filter" && hasValue:
		c.Logf(parser.Emerg, "accept filters %q are not supported on this platform, ignored", arg)
		return nil
	case arg == "bind":
		socket()
		return nil
	case arg == "reuseport":
		l.options.ReusePort = true
		socket()
		return nil
	case arg == "deferred":
		l.options.DeferAccept = 1
		socket()
		return nil
	case !hasValue:
	case name == "backlog":
		n, err := strconv.Atoi(value)
		if err != nil || n <= 0 {
			return bad()
		}
		l.options.Backlog = n
		socket()
		return nil
	case name == "fastopen":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return bad()
		}
		l.options.FastOpen = n
		socket()
		return nil
	case name == "rcvbuf" || name == "sndbuf":
		n, ok := config.ParseSize(value)
		if !ok {
			return bad()
		}
		if name == "rcvbuf" {
			l.options.RcvBuf = int(n)
		} else {
			l.options.SndBuf = int(n)
		}
		socket()
		return nil
	case name == "ipv6only" && strings.HasPrefix(value, "o"):
		if value != "on" && value != "off" {
			return c.Errorf("invalid ipv6only flags %q", "="+value)
		}
		on := value == "on"
		l.options.IPv6Only = &on
		socket()
		return nil
	case name == "so_keepalive":
		if err := l.keepalive(value); err {
			return c.Errorf("invalid so_keepalive value: %q", value)
		}
		socket()
		return nil
	}
	switch name {
	case "ssl", "http2", "quic":
		return c.Errore("known to nginx, not supported by this version of understudy yet", "invalid parameter %q", arg)
	}
	return c.Errorf("invalid parameter %q", arg)
}

// keepalive reads `on`, `off` or `IDLE:INTERVAL:COUNT`; true means invalid.
func (l *listen) keepalive(value string) (invalid bool) {
	switch value {
	case "on":
		l.options.KeepAlive = &reactor.KeepAlive{On: true}
		return false
	case "off":
		l.options.KeepAlive = &reactor.KeepAlive{}
		return false
	}
	parts := strings.SplitN(value, ":", 3)
	k := new(reactor.KeepAlive)
	l.options.KeepAlive = k
	for i, p := range parts {
		if p == "" {
			continue
		}
		switch i {
		case 0, 1:
			d, ok := config.ParseTime(p, true)
			if !ok {
				return true
			}
			if i == 0 {
				k.Idle = d
			} else {
				k.Interval = d
			}
		case 2:
			n, err := strconv.Atoi(p)
			if err != nil || n < 0 {
				return true
			}
			k.Count = n
		}
	}
	if k.Idle == 0 && k.Interval == 0 && k.Count == 0 {
		return true
	}
	k.On = true
	return false
}

// parseListen reads `listen`'s address: PORT, *:PORT, ADDRESS[:PORT], [IPV6][:PORT], NAME[:PORT] or unix:PATH. problem is
// nginx's text for what is wrong with it.
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
		host, port, ok := strings.Cut(rest, "]")
		if !ok {
			return nil, "invalid host", nil
		}
		n, last := 80, 80
		if port != "" {
			if port[0] != ':' {
				return nil, "invalid host", nil
			}
			if n, last = parsePorts(port[1:]); n < 0 {
				return nil, "invalid port", nil
			}
		}
		ip, err := netip.ParseAddr(host)
		if err != nil || !ip.Is6() {
			return nil, "invalid IPv6 address", nil
		}
		return addrsOf(ip, n, last), "", nil
	}
	if i := strings.IndexAny(s, "/?"); i >= 0 {
		return nil, "invalid host", nil
	}
	host, port, hasPort := strings.Cut(s, ":")
	n, last := 80, 80
	if hasPort {
		if n, last = parsePorts(port); n < 0 {
			return nil, "invalid port", nil
		}
	} else if first, _, _ := strings.Cut(host, "-"); isDigits(first) {
		if n, last = parsePorts(host); n < 0 {
			return nil, "invalid port", nil
		}
		return addrsOf(netip.IPv4Unspecified(), n, last), "", nil
	}
	switch {
	case host == "":
		return nil, "no host", nil
	case host == "*":
		return addrsOf(netip.IPv4Unspecified(), n, last), "", nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() {
		return addrsOf(ip, n, last), "", nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(ips) == 0 {
		return nil, "host not found", nil
	}
	for _, ip := range ips {
		addrs = append(addrs, addrsOf(ip.Unmap(), n, last)...)
	}
	return addrs, "", nil
}

// addrsOf gives one address for each port of a range.
func addrsOf(ip netip.Addr, first, last int) []reactor.Addr {
	var list []reactor.Addr
	for n := first; n <= last; n++ {
		list = append(list, reactor.Addr{IP: netip.AddrPortFrom(ip, uint16(n))})
	}
	return list
}

// parsePorts reads PORT or FIRST-LAST; -1 for neither.
func parsePorts(s string) (first, last int) {
	from, to, isRange := strings.Cut(s, "-")
	first = parsePort(from)
	if !isRange {
		return first, first
	}
	if last = parsePort(to); first < 0 || last < first {
		return -1, -1
	}
	return first, last
}

// parsePort gives 1..65535, or -1.
func parsePort(s string) int {
	if !isDigits(s) || len(s) > 5 {
		return -1
	}
	n, _ := strconv.Atoi(s)
	if n < 1 || n > 65535 {
		return -1
	}
	return n
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func indexAddr(list []reactor.Addr, a reactor.Addr) int {
	for i := range list {
		if list[i] == a {
			return i
		}
	}
	return -1
}

func addrText(a reactor.Addr) string {
	if a.Unix != "" {
		return "unix:" + a.Unix
	}
	return a.IP.String()
}
