// Package realip is nginx's ngx_http_realip_module and ngx_stream_realip_module: what comes from trusted proxies counts as coming
// from the clients behind them.
package realip

import (
	"net/netip"
	"strconv"

	"understudy/ascii"
	"understudy/cidr"
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
	list cidr.List
}

// Parse implements config.Option.
func (o *proxies) Parse(c *config.Call) error {
	o.set = true
	text := c.Args[0]
	if text == "unix:" {
		o.list.Unix = true
		return nil
	}
	if network, loose, ok := cidr.ParseNetwork(text); ok {
		if loose {
			c.Warnf("low address bits of %s are meaningless", text)
		}
		o.list.Networks = append(o.list.Networks, network)
		return nil
	}
	addrs, err := cidr.LookupHost(text)
	if err != nil {
		return c.Errorf(`host not found in set_real_ip_from "%s"`, text)
	}
	for _, a := range addrs {
		o.list.Networks = append(o.list.Networks, netip.PrefixFrom(a, a.BitLen()))
	}
	return nil
}

// Inherit implements config.Inheriting: the directives of one level inherit whole or not at all.
func (o *proxies) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*proxies)
	}
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
		o.kind, o.name, o.id = otherField, ascii.ToLower(name), http1.Lookup([]byte(name))
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
	var few [8][]byte
	fields := few[:0]
	switch s.Header.kind {
	case realIP:
		if v, have := x.Header(http1.HdrXRealIP); have {
			fields = append(fields, v)
		}
	case otherField:
		if v, have := field(x, &s.Header); have {
			fields = append(fields, v)
		}
	case forwardedFor:
		fields = x.AppendFields(fields, http1.HdrXForwardedFor)
	case proxyProtocol:
		h := x.Proxied()
		if h == nil {
			return to, false
		}
		to, ok = s.From.list.Forwarded(x.ClientAddr(), append(fields, []byte(h.Source)), s.Recursive.On())
		return netip.AddrPortFrom(to.Addr(), h.SourcePort), ok
	}
	return s.From.list.Forwarded(x.ClientAddr(), fields, s.Recursive.On())
}

// field finds the first field of that name.
func field(x *web.Exchange, o *header) ([]byte, bool) {
	if o.id != http1.HdrNone {
		return x.Header(o.id)
	}
	for i := range x.Req.Headers {
		h := &x.Req.Headers[i]
		if name := h.Name.Of(x.Head()); ascii.EqualFold(name, o.name) {
			return h.Value.Of(x.Head()), true
		}
	}
	return nil, false
}
