// Package geo is nginx's ngx_http_geo_module: the `geo` directive, which makes a variable whose value depends on an address.
package geo

import (
	"net/netip"
	"strings"

	"understudy/cidr"
	"understudy/config"
	"understudy/http1"
	"understudy/vars"
)

// Settings of ngx_http_geo_module.
type Settings struct {
	// Geo makes a variable: `geo [$ADDRESS] $NAME { NETWORK VALUE; … }`.
	Geo Option `nginx:"geo" in:"http" args:"1-2" block:"yes"`
}

// Conf declares the module's directives.
var Conf = config.Declare[Settings]("ngx_http_geo_module")

// Option is the directive `geo`.
type Option struct{}

// Parse implements config.Option.
func (*Option) Parse(c *config.Call) error {
	g := &geo{}
	table := vars.TableOf(c.Block)
	for i, arg := range c.Args {
		name, ok := strings.CutPrefix(arg, "$")
		if !ok {
			return c.Errorf(`invalid variable name "%s"`, arg)
		}
		if i < len(c.Args)-1 {
			if name == "" {
				return c.Errorf(`invalid variable name "$"`)
			}
			g.source = table.Ref(name)
		}
	}
	name := strings.TrimPrefix(c.Args[len(c.Args)-1], "$")
	if err := table.Add(vars.Def{Name: name, Get: g.append, Cached: true, Changeable: true}); err != nil {
		return c.Errorf("%s", err)
	}
	b := &body{geo: g, call: c}
	if err := c.Body(b.line); err != nil {
		return err
	}
	b.finish()
	if b.volatile {
		table.Uncache(name)
	}
	return nil
}

// geo finds a value for an address.
type geo struct {
	source    *vars.Variable // of the address; nil: the client's
	proxies   *cidr.List
	recursive bool
	v4        table[uint32]
	v6        table[wide]
	values    [][]byte
}

// forwarded is a Subject that proxies name the client of.
type forwarded interface {
	AppendFields(dst [][]byte, id http1.HeaderID) [][]byte
}

// noAddress is the address of clients that have none (INADDR_NONE).
const noAddress = uint32(0xffffffff)

// append is the variable's getter.
func (g *geo) append(s vars.Subject, dst []byte) ([]byte, bool) {
	at, ok := g.find(s, dst)
	if ok {
		dst = append(dst, g.values[at]...)
	}
	return dst, true
}

// find looks for the value's number; dst lends its free space.
func (g *geo) find(s vars.Subject, dst []byte) (int32, bool) {
	client := s.(vars.Addressed).ClientAddr()
	if g.source != nil {
		text, found := g.source.Append(s, dst)
		addr, ok := cidr.Parse(text[len(dst):])
		if !found || !ok {
			return find4(&g.v4, noAddress)
		}
		client = netip.AddrPortFrom(addr, 0)
	}
	if g.proxies != nil {
		var few [8][]byte
		if fields := s.(forwarded).AppendFields(few[:0], http1.HdrXForwardedFor); len(fields) > 0 {
			client, _ = g.proxies.Forwarded(client, fields, g.recursive)
		}
	}
	addr := client.Addr().Unmap()
	switch {
	case !addr.IsValid(): // a unix socket
		return find4(&g.v4, noAddress)
	case addr.Is4():
		return find4(&g.v4, narrow(addr))
	case g.v6.starts == nil:
		return find4(&g.v4, noAddress) // ranges are of IPv4 addresses only
	}
	return find6(&g.v6, widen(addr))
}
