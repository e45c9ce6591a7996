package geo

import (
	"cmp"
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
)

// wide is an IPv6 address.
type wide struct{ high, low uint64 }

func widen(a netip.Addr) wide {
	b := a.As16()
	return wide{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

func narrow(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// table holds the values of all addresses: each value counts from its start up to the next start; -1 = none.
type table[T comparable] struct {
	starts []T
	values []int32
}

// find4 and find6 give the value of an address.
func find4(t *table[uint32], a uint32) (int32, bool) {
	low, high := 0, len(t.starts)
	for low < high {
		if at := int(uint(low+high) >> 1); t.starts[at] <= a {
			low = at + 1
		} else {
			high = at
		}
	}
	return t.at(low - 1)
}

func find6(t *table[wide], a wide) (int32, bool) {
	low, high := 0, len(t.starts)
	for low < high {
		at := int(uint(low+high) >> 1)
		if s := t.starts[at]; s.high < a.high || s.high == a.high && s.low <= a.low {
			low = at + 1
		} else {
			high = at
		}
	}
	return t.at(low - 1)
}

func (t *table[T]) at(i int) (int32, bool) {
	if i < 0 || t.values[i] < 0 {
		return 0, false
	}
	return t.values[i], true
}

// put appends a start; one at the same place replaces the last, one with the same value is left out.
func (t *table[T]) put(start T, value int32) {
	if n := len(t.starts); n > 0 && t.starts[n-1] == start {
		t.starts, t.values = t.starts[:n-1], t.values[:n-1]
	}
	if n := len(t.starts); n > 0 && t.values[n-1] == value {
		return
	}
	t.starts, t.values = append(t.starts, start), append(t.values, value)
}

// network is a prefix with its value.
type network struct {
	prefix netip.Prefix
	value  int32
}

// flatten makes the table of networks, of which the narrower one counts: last gives an address's end of the network, next the
// address behind it, unless there is none.
func flatten[T comparable](list []network, number func(netip.Addr) T, next func(netip.Prefix) (T, bool)) table[T] {
	slices.SortFunc(list, func(a, b network) int {
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), cmp.Compare(a.prefix.Bits(), b.prefix.Bits()))
	})
	var t table[T]
	var zero T
	t.put(zero, -1)
	var open []network // around the present place, the widest first
	leave := func() {
		top := open[len(open)-1]
		open = open[:len(open)-1]
		if behind, more := next(top.prefix); more {
			value := int32(-1)
			if len(open) > 0 {
				value = open[len(open)-1].value
			}
			t.put(behind, value)
		}
	}
	for _, n := range list {
		for len(open) > 0 && !open[len(open)-1].prefix.Contains(n.prefix.Addr()) {
			leave()
		}
		t.put(number(n.prefix.Addr()), n.value)
		open = append(open, n)
	}
	for len(open) > 0 {
		leave()
	}
	return t
}

func behind4(p netip.Prefix) (uint32, bool) {
	end := uint64(narrow(p.Addr())) + 1<<(32-p.Bits())
	return uint32(end), end <= math.MaxUint32
}

func behind6(p netip.Prefix) (wide, bool) {
	w := widen(p.Addr())
	bits := 128 - p.Bits()
	if bits < 64 {
		w.low += 1 << bits
		if w.low != 0 {
			return w, true
		}
		bits = 64
	}
	if bits == 128 {
		return wide{}, false
	}
	w.high += 1 << (bits - 64)
	return w, w.high != 0
}
