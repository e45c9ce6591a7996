package pcre

import (
	"slices"
	"unicode"
)

// set is a set of characters as sorted, disjoint, inclusive ranges.
type set []span

type span struct{ lo, hi rune }

const (
	maxByte = 0xFF
	maxRune = unicode.MaxRune
)

func (s set) normal() set {
	slices.SortFunc(s, func(a, b span) int { return int(a.lo - b.lo) })
	out := s[:0]
	for _, r := range s {
		if n := len(out); n > 0 && r.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, r.hi)
			continue
		}
		out = append(out, r)
	}
	return out
}

// negate is the complement up to limit of a normal set.
func (s set) negate(limit rune) set {
	var out set
	next := rune(0)
	for _, r := range s {
		if r.lo > next {
			out = append(out, span{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= limit {
		out = append(out, span{next, limit})
	}
	return out
}

func (s set) contains(r rune) bool {
	for _, x := range s {
		if r >= x.lo && r <= x.hi {
			return true
		}
	}
	return false
}

// folded adds the other case of every letter: of ASCII letters only when characters are bytes.
func (s set) folded(utf bool) set {
	out := slices.Clone(s)
	for _, r := range s {
		if !utf {
			for c := max(r.lo, 'A'); c <= min(r.hi, 'Z'); c++ {
				out = append(out, span{c | 0x20, c | 0x20})
			}
			for c := max(r.lo, 'a'); c <= min(r.hi, 'z'); c++ {
				out = append(out, span{c &^ 0x20, c &^ 0x20})
			}
			continue
		}
		if r.hi-r.lo > 0x3000 { // large ranges hold both cases of what they cut through, bar their ends
			continue
		}
		for c := r.lo; c <= r.hi; c++ {
			for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
				out = append(out, span{f, f})
			}
		}
	}
	return out.normal()
}

// count is the number of characters in the set.
func (s set) count() int {
	n := 0
	for _, r := range s {
		n += int(r.hi-r.lo) + 1
	}
	return n
}

var (
	digits = set{{'0', '9'}}
	words  = set{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	spaces = set{{'\t', '\r'}, {' ', ' '}}
	blanks = set{ // \h
		{'\t', '\t'}, {' ', ' '}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x180E, 0x180E}, {0x2000, 0x200A},
		{0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000},
	}
	breaks     = set{{'\n', '\r'}, {0x85, 0x85}, {0x2028, 0x2029}} // \v
	notNewline = set{{'\n', '\n'}}.negate(maxRune)
	anything   = set{{0, maxRune}}
)

var posix = map[string]set{
	"alpha": {{'A', 'Z'}, {'a', 'z'}}, "lower": {{'a', 'z'}}, "upper": {{'A', 'Z'}},
	"alnum": {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}, "ascii": {{0, 0x7F}}, "blank": {{'\t', '\t'}, {' ', ' '}},
	"cntrl": {{0, 0x1F}, {0x7F, 0x7F}}, "digit": digits, "graph": {{'!', '~'}}, "print": {{' ', '~'}},
	"punct": {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}, "space": spaces, "word": words,
	"xdigit": {{'0', '9'}, {'A', 'F'}, {'a', 'f'}},
}

// property is the set of a Unicode category or script.
func property(name string, limit rune) (set, bool) {
	if name == "Any" {
		return set{{0, limit}}, true
	}
	var table *unicode.RangeTable
	switch name {
	case "L&":
		table = nil
	default:
		table = unicode.Categories[name]
		if table == nil {
			table = unicode.Scripts[name]
		}
		if table == nil {
			return nil, false
		}
	}
	var s set
	add := func(t *unicode.RangeTable) {
		for _, r := range t.R16 {
			for c := rune(r.Lo); c <= rune(r.Hi) && c <= limit; c += rune(r.Stride) {
				s = append(s, span{c, c})
			}
		}
		for _, r := range t.R32 {
			for c := rune(r.Lo); c <= rune(r.Hi) && c <= limit; c += rune(r.Stride) {
				s = append(s, span{c, c})
			}
		}
	}
	if table != nil {
		add(table)
	} else {
		add(unicode.Lu)
		add(unicode.Ll)
		add(unicode.Lt)
	}
	return s.normal(), true
}
