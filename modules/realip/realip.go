// Package realip is nginx's ngx_http_realip_module: requests from trusted proxies count as those of the clients behind them.
package realip

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"understudy/config"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_realip_module.
type Settings struct {
	// From are the proxies that are believed: addresses, networks, names of hosts, `unix:`.
	From proxies `nginx:"set_real_ip_from" in:"http server location" args:"1"`
	// Header is the field that names the client.
	Header header `nginx:"real_ip_header" in:"http server location" args:"1"`
	// Recursive passes over all addresses of trusted proxies, to the last one that is not trusted.
	Recursive config.Flag `nginx:"real_ip_recursive" in:"http server location" default:"off"`
}

var conf = config.Declare[Settings]("ngx_http_realip_module")

// Module is ngx_http_realip_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	s := conf.Of(l.Block)
	if !s.From.set {
		return nil
	}
	h := func(x *web.Exchange) web.Result { replace(x, s); return web.Declined }
	if l.IsServer() {
		l.On(web.PhasePostRead, h)
	}
	l.On(web.PhasePreaccess, h)
	return nil
}, Variables: []vars.Def{
	web.Var("realip_remote_addr", func(x *web.Exchange, dst []byte) ([]byte, bool) { return x.AppendPeerAddr(dst), true }),
	web.Var("realip_remote_port", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		if x.Conn().IsUnix() {
			return dst, true
		}
		return strconv.AppendUint(dst, uint64(x.Conn().Remote().Port()), 10), true
	}),
}}

// proxies are all set_real_ip_from of one level.
type proxies struct {
	set  bool
	unix bool
	nets []netip.Prefix
}

// Parse implements config.Option.
func (o *proxies) Parse(c *config.Call) error {
	o.set = true
	text := c.Args[0]
	if text == "unix:" {
		o.unix = true
		return nil
	}
	if prefix, ok := parsePrefix(text); ok {
		if prefix.Masked() != prefix {
			c.Warnf("low address bits of %s are meaningless", text)
		}
		o.nets = append(o.nets, prefix.Masked())
		return nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(context.Background(), "ip", text)
	if err != nil || len(addrs) == 0 {
		return c.Errorf(`host not found in set_real_ip_from "%s"`, text)
	}
	for _, a := range addrs {
		a = a.Unmap()
		o.nets = append(o.nets, netip.PrefixFrom(a, a.BitLen()))
	}
	return nil
}

// Inherit implements config.Inheriting: the directives of one level inherit whole or not at all.
func (o *proxies) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*proxies)
	}
}

// has tells whether an address is a trusted proxy's; one that is not valid is that of a unix socket.
func (o *proxies) has(a netip.Addr) bool {
	if !a.IsValid() {
		return o.unix
	}
	a = a.Unmap()
	for _, p := range o.nets {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// parsePrefix reads an address or a network.
func parsePrefix(text string) (netip.Prefix, bool) {
	name, bits, masked := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(name)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	if !masked {
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	n, ok := config.ParseNumber(bits)
	if !ok || n > int64(addr.BitLen()) {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, int(n)), true
}

// header is what real_ip_header names; the zero value is X-Real-IP.
type header struct {
	set  bool
	kind source
	name string // lower case
	id   http1.HeaderID
}

// source is how a header is read.
type source uint8

const (
	realIP source = iota
	forwardedFor
	proxyProtocol
	otherField
)

// Parse implements config.Option.
func (o *header) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set = true
	switch name := c.Args[0]; name {
	case "X-Real-IP":
		o.kind = realIP
	case "X-Forwarded-For":
		o.kind = forwardedFor
	case "proxy_protocol":
		o.kind = proxyProtocol
	default:
		o.kind, o.name, o.id = otherField, strings.ToLower(name), http1.Lookup([]byte(name))
	}
	return nil
}

// Inherit implements config.Inheriting.
func (o *header) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*header)
	}
}

// replace gives the request its client's address, once.
func replace(x *web.Exchange, s *Settings) {
	if x.ClientReplaced() {
		return
	}
	if to, ok := find(x, s); ok {
		x.SetClientAddr(to)
	}
}

func find(x *web.Exchange, s *Settings) (to netip.AddrPort, ok bool) {
	to = x.ClientAddr()
	switch s.Header.kind {
	case realIP:
		if v, have := x.Header(http1.HdrXRealIP); have {
			_, ok = walk(&to, v, &s.From, s.Recursive.On())
		}
	case otherField:
		if v, have := field(x, &s.Header); have {
			_, ok = walk(&to, v, &s.From, s.Recursive.On())
		}
	case forwardedFor:
		for i := len(x.Req.Headers) - 1; i >= 0; i-- {
			h := &x.Req.Headers[i]
			if h.ID != http1.HdrXForwardedFor {
				continue
			}
			more, found := walk(&to, h.Value.Of(x.Head()), &s.From, s.Recursive.On())
			ok = ok || found
			if !more || !s.Recursive.On() {
				break
			}
		}
	}
	return to, ok
}

// field finds the first field of that name.
func field(x *web.Exchange, o *header) ([]byte, bool) {
	if o.id != http1.HdrNone {
		return x.Header(o.id)
	}
	for i := range x.Req.Headers {
		h := &x.Req.Headers[i]
		if name := h.Name.Of(x.Head()); len(name) == len(o.name) && strings.EqualFold(string(name), o.name) {
			return h.Value.Of(x.Head()), true
		}
	}
	return nil, false
}
