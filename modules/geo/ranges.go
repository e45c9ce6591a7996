package geo

import (
	"fmt"
	"slices"
)

// ranges are those of a geo block with `ranges`. As in nginx they are kept in pieces that do not cross from one 65,536 addresses to
// the next: what overlaps, and what can be deleted, is decided for each piece.
type ranges struct {
	pieces   map[uint16][]piece // by the address's upper half; in order
	fallback int32              // -1 = none
}

type piece struct {
	start, end uint16
	value      int32
}

// each calls f with the pieces of a range, until it says no.
func each(start, end uint32, f func(upper, s, e uint16) bool) {
	for upper := start >> 16; upper <= end>>16; upper++ {
		s, e := uint16(0), uint16(0xffff)
		if upper == start>>16 {
			s = uint16(start)
		}
		if upper == end>>16 {
			e = uint16(end)
		}
		if !f(uint16(upper), s, e) {
			return
		}
	}
}

// add puts a range in, within others or between them; one that overlaps is refused by its name. The same range again replaces the
// old one, of which warn is told.
func (r *ranges) add(start, end uint32, value int32, warn func(old int32)) (overlaps string, ok bool) {
	if r.pieces == nil {
		r.pieces = map[uint16][]piece{}
	}
	ok = true
	each(start, end, func(upper, s, e uint16) bool {
		list := r.pieces[upper]
		in := piece{s, e, value}
		for i := len(list) - 1; i >= 0; i-- {
			old := list[i]
			switch {
			case e < old.start:
				continue
			case s > old.end:
				list = slices.Insert(list, i+1, in)
			case s == old.start && e == old.end:
				warn(old.value)
				list[i].value = value
			case s > old.start && e < old.end:
				list = slices.Insert(list, i+1, in, piece{e + 1, old.end, old.value})
				list[i].end = s - 1
			case s == old.start && e < old.end:
				list[i].start = e + 1
				list = slices.Insert(list, i, in)
			case s > old.start && e == old.end:
				list[i].end = s - 1
				list = slices.Insert(list, i+1, in)
			default:
				a, b := upper>>8, upper&0xff
				overlaps = fmt.Sprintf("%d.%d.%d.%d-%d.%d.%d.%d", a, b, old.start>>8, old.start&0xff, a, b, old.end>>8, old.end&0xff)
				ok = false
				return false
			}
			r.pieces[upper] = list
			return true
		}
		r.pieces[upper] = slices.Insert(list, 0, in)
		return true
	})
	return overlaps, ok
}

// remove takes out a range; false if not all of its pieces are there as they stand.
func (r *ranges) remove(start, end uint32) bool {
	all := true
	each(start, end, func(upper, s, e uint16) bool {
		list := r.pieces[upper]
		i := slices.IndexFunc(list, func(p piece) bool { return p.start == s && p.end == e })
		if i < 0 {
			all = false
		} else {
			r.pieces[upper] = slices.Delete(list, i, i+1)
		}
		return true
	})
	return all
}

func (r *ranges) table() table[uint32] {
	var t table[uint32]
	t.put(0, r.fallback)
	uppers := make([]uint16, 0, len(r.pieces))
	for upper := range r.pieces {
		uppers = append(uppers, upper)
	}
	slices.Sort(uppers)
	for _, upper := range uppers {
		for _, p := range r.pieces[upper] {
			t.put(uint32(upper)<<16|uint32(p.start), p.value)
			if behind := uint64(upper)<<16 + uint64(p.end) + 1; behind < 1<<32 {
				t.put(uint32(behind), r.fallback)
			}
		}
	}
	return t
}
