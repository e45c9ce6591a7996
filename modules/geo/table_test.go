package geo

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

// narrowest finds the value of an address by looking at every network.
func narrowest(list []network, a netip.Addr) int32 {
	best, value := -1, int32(-1)
	for _, n := range list {
		if n.prefix.Contains(a) && n.prefix.Bits() > best {
			best, value = n.prefix.Bits(), n.value
		}
	}
	return value
}

func value(v int32, ok bool) int32 {
	if ok {
		return v
	}
	return -1
}

func TestNarrowestNetworkCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		seen := map[netip.Prefix]bool{}
		var v4, v6 []network
		for range r.IntN(30) {
			a := [4]byte{byte(r.IntN(3)) * 127, byte(r.IntN(2)) * 255, byte(r.IntN(4)), byte(r.IntN(256))}
			if p := netip.PrefixFrom(netip.AddrFrom4(a), r.IntN(33)).Masked(); !seen[p] {
				seen[p] = true
				v4 = append(v4, network{p, int32(r.IntN(3))})
			}
			b := [16]byte{0: a[0], 1: a[1], 7: a[1], 8: a[2], 15: a[3]}
			if p := netip.PrefixFrom(netip.AddrFrom16(b), r.IntN(129)).Masked(); !seen[p] {
				seen[p] = true
				v6 = append(v6, network{p, int32(r.IntN(3))})
			}
		}
		t4, t6 := flatten(append([]network(nil), v4...), narrow, behind4), flatten(append([]network(nil), v6...), widen, behind6)
		check := func(p netip.Prefix) {
			for _, a := range []netip.Addr{p.Addr(), p.Addr().Next(), p.Addr().Prev()} {
				switch {
				case !a.IsValid():
				case a.Is4():
					if got, want := value(find4(&t4, narrow(a))), narrowest(v4, a); got != want {
						t.Fatalf("%v in %v: %d, want %d", a, v4, got, want)
					}
				default:
					if got, want := value(find6(&t6, widen(a))), narrowest(v6, a); got != want {
						t.Fatalf("%v in %v: %d, want %d", a, v6, got, want)
					}
				}
			}
		}
		for p := range seen {
			check(p)
			last := p.Addr()
			if last.Is4() {
				if end, more := behind4(p); more {
					last = netip.AddrFrom4([4]byte{byte(end >> 24), byte(end >> 16), byte(end >> 8), byte(end)})
				}
			}
			check(netip.PrefixFrom(last, last.BitLen()))
		}
		check(netip.MustParsePrefix("255.255.255.255/32"))
		check(netip.MustParsePrefix("0.0.0.0/32"))
		check(netip.MustParsePrefix("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"))
		check(netip.MustParsePrefix("::/128"))
	}
}

func TestRangesCrossUpperHalves(t *testing.T) {
	r := &ranges{fallback: -1}
	warn := func(int32) { t.Error("warned") }
	if overlaps, ok := r.add(0x0a000005, 0x0a020010, 1, warn); !ok {
		t.Fatal(overlaps)
	}
	if overlaps, ok := r.add(0x0a010000, 0x0a0100ff, 2, warn); !ok {
		t.Fatal(overlaps)
	}
	if overlaps, ok := r.add(0x0a020005, 0x0a020020, 3, warn); ok || overlaps != "10.2.0.0-10.2.0.16" {
		t.Errorf("overlapping: %q %v", overlaps, ok)
	}
	if r.remove(0x0a010000, 0x0a0100fe) || !r.remove(0x0a010000, 0x0a0100ff) {
		t.Error("only what is there can be deleted")
	}
	if _, ok := r.add(0xfffffff0, 0xffffffff, 4, warn); !ok {
		t.Error("the last range")
	}
	table := r.table()
	for a, want := range map[uint32]int32{
		0x0a000004: -1, 0x0a000005: 1, 0x0a00ffff: 1, 0x0a010000: -1, 0x0a010100: 1, 0x0a020010: 1, 0x0a020011: -1, 0xffffffef: -1, 0xffffffff: 4,
	} {
		if got := value(find4(&table, a)); got != want {
			t.Errorf("%x: %d, want %d", a, got, want)
		}
	}
}

func BenchmarkFindAmongMany(b *testing.B) {
	var list []network
	for i := range 200000 {
		list = append(list, network{netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 0}), 24), int32(i % 7)})
	}
	t := flatten(list, narrow, behind4)
	a := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		a += 0x01030507
		find4(&t, a&0x03ffffff)
	}
}
