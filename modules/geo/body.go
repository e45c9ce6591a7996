package geo

import (
	"fmt"
	"net/netip"
	"strings"

	"understudy/cidr"
	"understudy/config"
	"understudy/parser"
)

// body reads the lines between the braces.
type body struct {
	geo      *geo
	call     *config.Call
	numbers  map[string]int32 // of values, as the same one is often given to many networks
	networks map[netip.Prefix]int32
	ranges   *ranges
	volatile bool
}

func (b *body) line(d *parser.Directive) error {
	fail := func(format string, a ...any) error { return d.Error(parser.Emerg, fmt.Sprintf(format, a...)) }
	switch {
	case d.IsBlock:
		return fail(`unexpected "{"`)
	case len(d.Args) == 0 && d.Name == "ranges":
		if b.networks != nil {
			return fail(`the "ranges" directive must be the first directive inside "geo" block`)
		}
		if b.ranges == nil {
			b.ranges = &ranges{fallback: -1}
		}
		return nil
	case len(d.Args) == 0 && d.Name == "proxy_recursive" && b.http():
		b.geo.recursive = true
		return nil
	case len(d.Args) == 0 && d.Name == "volatile":
		b.volatile = true
		return nil
	case len(d.Args) != 1:
		return fail("invalid number of the geo parameters")
	case d.Name == "include":
		return b.call.Include(d, b.line)
	case d.Name == "proxy" && b.http():
		network, err := b.network(d, d.Args[0])
		if err != nil {
			return err
		}
		if b.geo.proxies == nil {
			b.geo.proxies = &cidr.List{}
		}
		b.geo.proxies.Networks = append(b.geo.proxies.Networks, network)
		return nil
	case b.ranges != nil:
		return b.rangeLine(d)
	}
	return b.networkLine(d)
}

// http tells the blocks of http{}, which know proxies, from those of stream{}.
func (b *body) http() bool { return b.call.Block.Kind == config.HTTP }

func (b *body) warn(d *parser.Directive, format string, a ...any) {
	b.call.Conf.Warnings = append(b.call.Conf.Warnings, d.Error(parser.Warn, fmt.Sprintf(format, a...)))
}

// value gives a value's number.
func (b *body) value(text string) int32 {
	if n, ok := b.numbers[text]; ok {
		return n
	}
	if b.numbers == nil {
		b.numbers = map[string]int32{}
	}
	n := int32(len(b.geo.values))
	b.numbers[text] = n
	b.geo.values = append(b.geo.values, []byte(text))
	return n
}

func (b *body) network(d *parser.Directive, text string) (netip.Prefix, error) {
	if text == "255.255.255.255" {
		return netip.MustParsePrefix("255.255.255.255/32"), nil
	}
	network, loose, ok := cidr.ParseNetwork(text)
	if !ok {
		return network, d.Error(parser.Emerg, `invalid network "`+text+`"`)
	}
	if loose {
		b.warn(d, "low address bits of %s are meaningless", text)
	}
	return network, nil
}

var everything = [...]netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

func (b *body) networkLine(d *parser.Directive) error {
	if b.networks == nil {
		b.networks = map[netip.Prefix]int32{}
	}
	if d.Name == "default" {
		for _, n := range everything {
			b.add(d, n, "default")
		}
		return nil
	}
	if d.Name == "delete" {
		network, err := b.network(d, d.Args[0])
		if err != nil {
			return err
		}
		if _, ok := b.networks[network]; !ok {
			b.warn(d, `no network "%s" to delete`, d.Args[0])
		}
		delete(b.networks, network)
		return nil
	}
	network, err := b.network(d, d.Name)
	if err != nil {
		return err
	}
	b.add(d, network, d.Name)
	return nil
}

func (b *body) add(d *parser.Directive, network netip.Prefix, name string) {
	value := b.value(d.Args[0])
	if _, ok := b.networks[network]; ok {
		b.warn(d, `duplicate network "%s", value: "%s", old value: "%s"`, name, d.Args[0], b.geo.values[b.closest(network.Addr())])
	}
	b.networks[network] = value
}

// closest gives the value that an address has so far.
func (b *body) closest(addr netip.Addr) int32 {
	for bits := addr.BitLen(); bits > 0; bits-- {
		if value, ok := b.networks[netip.PrefixFrom(addr, bits).Masked()]; ok {
			return value
		}
	}
	return b.networks[netip.PrefixFrom(addr, 0).Masked()]
}

func (b *body) rangeLine(d *parser.Directive) error {
	if d.Name == "default" {
		if old := b.ranges.fallback; old >= 0 {
			b.warn(d, `duplicate default geo range value: "%s", old value: "%s"`, d.Args[0], b.geo.values[old])
		}
		b.ranges.fallback = b.value(d.Args[0])
		return nil
	}
	text := d.Name
	if text == "delete" {
		text = d.Args[0]
	}
	low, high, found := strings.Cut(text, "-")
	start, ok1 := cidr.ParseV4(low)
	end, ok2 := cidr.ParseV4(high)
	if !found || !ok1 || !ok2 || end.Less(start) {
		return d.Error(parser.Emerg, `invalid range "`+text+`"`)
	}
	if d.Name == "delete" {
		if !b.ranges.remove(narrow(start), narrow(end)) {
			b.warn(d, `no address range "%s" to delete`, text)
		}
		return nil
	}
	value := b.value(d.Args[0])
	overlaps, ok := b.ranges.add(narrow(start), narrow(end), value, func(old int32) {
		b.warn(d, `duplicate range "%s", value: "%s", old value: "%s"`, text, d.Args[0], b.geo.values[old])
	})
	if !ok {
		return d.Error(parser.Emerg, fmt.Sprintf(`range "%s" overlaps "%s"`, text, overlaps))
	}
	return nil
}

// finish makes the tables.
func (b *body) finish() {
	if b.ranges != nil {
		b.geo.v4 = b.ranges.table()
		return
	}
	var v4, v6 []network
	for prefix, value := range b.networks {
		if prefix.Addr().Is4() {
			v4 = append(v4, network{prefix, value})
		} else {
			v6 = append(v6, network{prefix, value})
		}
	}
	b.geo.v4 = flatten(v4, narrow, behind4)
	b.geo.v6 = flatten(v6, widen, behind6)
}
