package sub

import (
	"cmp"
	"slices"
)

// table finds several texts at once, whatever their case: it looks at every byte where the last one of the shortest text
// could be, and from most of them can tell how far off the next candidate is (Horspool's search).
type table struct {
	texts []text
	min   int      // length of the shortest text
	shift [256]int // by byte: how far the window may move on
	first [257]uint8
}

// newTable sorts the texts by the byte that ends the window; those with the same one stay in order, the first to match wins.
func newTable(texts []text) *table {
	t := &table{texts: texts, min: len(texts[0].match)}
	for i := range texts {
		t.min = min(t.min, len(texts[i].match))
	}
	end := t.min - 1
	slices.SortStableFunc(t.texts, func(a, b text) int { return cmp.Compare(a.match[end], b.match[end]) })
	for i := range t.shift {
		t.shift[i] = t.min
	}
	c := 0
	for i := range texts {
		m := texts[i].match
		for j := range t.min {
			t.shift[m[end-j]] = min(t.shift[m[end-j]], j)
		}
		for ; c <= int(m[end]); c++ {
			t.first[c] = uint8(i)
		}
	}
	for ; c < len(t.first); c++ {
		t.first[c] = uint8(len(texts))
	}
	for c := byte('A'); c <= 'Z'; c++ {
		t.shift[c] = t.shift[c|0x20]
	}
	return t
}

type verdict uint8

const (
	nowhere verdict = iota
	begun           // the data ends within what may be a text
	whole
)

// find gives the first place in data, from at on, where text i is or may begin; skip tells the texts that do not count.
func (t *table) find(data []byte, at int, skip func(i int) bool) (from, i int, v verdict) {
	off := at + t.min - 1
	for off < len(data) {
		c := data[off]
		if n := t.shift[c]; n > 0 {
			off += n
			continue
		}
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		from = off - t.min + 1
		for i := int(t.first[c]); i < int(t.first[int(c)+1]); i++ {
			if skip(i) {
				continue
			}
			if v := compare(data[from:], t.texts[i].match); v != nowhere {
				return from, i, v
			}
		}
		off++
	}
	// less than the shortest text is left: only beginnings
	for from = off - t.min + 1; from < len(data); from++ {
		for i := range t.texts {
			if !skip(i) && compare(data[from:], t.texts[i].match) == begun {
				return from, i, begun
			}
		}
	}
	return 0, 0, nowhere
}

// compare tells whether data begins with text m, or is all of its beginning.
func compare(data []byte, m string) verdict {
	n := min(len(data), len(m))
	for i := range n {
		c := data[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != m[i] {
			return nowhere
		}
	}
	if n < len(m) {
		return begun
	}
	return whole
}
