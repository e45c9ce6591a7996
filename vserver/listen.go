package vserver

import (
	"slices"
	"strings"

	"understudy/config"
	"understudy/parser"
	"understudy/reactor"
)

// Socket is one address of a `listen` directive, with the parameters that belong to it (ngx_http_core_listen, ngx_stream_core_listen).
type Socket struct {
	Addr    reactor.Addr
	Text    string // as nginx prints it: "0.0.0.0:80", "[::]:80", "unix:/path"
	Options reactor.ListenOptions
	Set     bool // has options that belong to the socket
	Bind    bool
	Default bool // default_server
	// Protocols are what is spoken here.
	Protocols Protocols
}

// Protocols is a set of what `listen` may say is spoken on an address.
type Protocols uint8

// The protocols.
const (
	ProxyProtocol Protocols = 1 << iota
	HTTP2
)

// Listen reads one `listen` directive: a Socket for each of its addresses. special carries out the parameters of the room that
// listens, and tells which they are.
func Listen(c *config.Call, special func(s *Socket, arg string) (known bool, err error)) ([]*Socket, error) {
	addrs, problem, err := parseListen(c.Args[0])
	if problem != "" {
		if err != nil {
			return nil, c.Errore(problem, "%s in \"%s\" of the \"listen\" directive", err, c.Args[0])
		}
		return nil, c.Errorf("%s in \"%s\" of the \"listen\" directive", problem, c.Args[0])
	}
	s := Socket{Options: plainOptions()}
	for _, arg := range c.Args[1:] {
		known, err := special(&s, arg)
		if err == nil && !known {
			err = s.parameter(c, arg)
		}
		if err != nil {
			return nil, err
		}
	}
	var list []*Socket
	for i, a := range addrs {
		if slices.Contains(addrs[:i], a) {
			continue
		}
		one := s
		one.Addr, one.Text = a, addrText(a)
		list = append(list, &one)
	}
	return list, nil
}

// Plain is the socket for an address without parameters; the address is known to be good.
func Plain(address string) *Socket {
	addrs, _, _ := parseListen(address)
	return &Socket{Addr: addrs[0], Text: addrText(addrs[0]), Options: plainOptions()}
}

func plainOptions() reactor.ListenOptions {
	ipv6only := true
	return reactor.ListenOptions{Backlog: 511, IPv6Only: &ipv6only}
}

// parameter carries out one parameter behind the address.
func (l *Socket) parameter(c *config.Call, arg string) error {
	name, value, hasValue := strings.Cut(arg, "=")
	bad := func() error { return c.Errorf("invalid %s \"%s\"", name, arg) }
	socket := func() { l.Set, l.Bind = true, true }
	switch {
	case arg == "default_server":
		l.Default = true
		return nil
	case arg == "proxy_protocol":
		l.Protocols |= ProxyProtocol
		return nil
	case arg == "multipath":
		l.Options.Multipath = true
		socket()
		return nil
	case name == "accept_filter" && hasValue:
		c.Logf(parser.Emerg, "accept filters \"%s\" are not supported on this platform, ignored", arg)
		return nil
	case arg == "bind":
		socket()
		return nil
	case arg == "reuseport":
		l.Options.ReusePort = true
		socket()
		return nil
	case arg == "deferred":
		l.Options.DeferAccept = 1
		socket()
		return nil
	case !hasValue:
	case name == "backlog":
		n, ok := config.ParseNumber(value)
		if !ok || n == 0 {
			return bad()
		}
		l.Options.Backlog = int(n)
		socket()
		return nil
	case name == "fastopen":
		n, ok := config.ParseNumber(value)
		if !ok {
			return bad()
		}
		l.Options.FastOpen = int(n)
		socket()
		return nil
	case name == "rcvbuf" || name == "sndbuf":
		n, ok := config.ParseSize(value)
		if !ok {
			return bad()
		}
		if name == "rcvbuf" {
			l.Options.RcvBuf = int(n)
		} else {
			l.Options.SndBuf = int(n)
		}
		socket()
		return nil
	case name == "ipv6only" && strings.HasPrefix(value, "o"):
		if value != "on" && value != "off" {
			return c.Errorf("invalid ipv6only flags \"%s\"", value)
		}
		on := value == "on"
		l.Options.IPv6Only = &on
		socket()
		return nil
	case name == "so_keepalive":
		if err := l.keepalive(value); err {
			return c.Errorf("invalid so_keepalive value: \"%s\"", value)
		}
		socket()
		return nil
	}
	if arg == "ssl" {
		return c.Unsupported("", "invalid parameter \"%s\"", arg)
	}
	return c.Errorf("invalid parameter \"%s\"", arg)
}

// keepalive reads `on`, `off` or `IDLE:INTERVAL:COUNT`; true means invalid.
func (l *Socket) keepalive(value string) (invalid bool) {
	switch value {
	case "on":
		l.Options.KeepAlive = &reactor.KeepAlive{On: true}
		return false
	case "off":
		l.Options.KeepAlive = &reactor.KeepAlive{}
		return false
	}
	parts := strings.SplitN(value, ":", 3)
	k := new(reactor.KeepAlive)
	l.Options.KeepAlive = k
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
			n, ok := config.ParseNumber(p)
			if !ok {
				return true
			}
			k.Count = int(n)
		}
	}
	if k.Idle == 0 && k.Interval == 0 && k.Count == 0 {
		return true
	}
	k.On = true
	return false
}
