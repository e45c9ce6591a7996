package pcre

// node is one element of a parsed pattern.
type node struct {
	kind kind
	subs []*node

	r    rune // kindLiteral
	fold bool // kindLiteral, kindBackref: either case
	set  set  // kindSet

	min, max int  // kindRepeat; max -1 = no limit
	lazy     bool // kindRepeat

	group  int    // kindGroup, kindBackref, kindCondition: number
	assert assert // kindAssert

	behind, negative bool // kindLook
	at               int  // offset in the pattern, for errors found later
}

type kind uint8

const (
	kindEmpty kind = iota
	kindLiteral
	kindSet       // one character of a set
	kindSequence  // subs one after the other
	kindAlternate // the first of subs that leads to a match
	kindRepeat    // subs[0] min to max times
	kindGroup     // subs[0], remembered as group
	kindAtomic    // subs[0], never re-entered
	kindLook      // subs[0] ahead or behind, nothing consumed
	kindAssert
	kindBackref
	kindCondition // subs[0] if group took part (or subs[2], a look, holds), else subs[1]
	kindFail
)

type assert uint8

const (
	startText assert = iota // \A, ^
	startLine               // ^ with (?m)
	endText                 // \Z, $: at the end or before a final newline
	endLine                 // $ with (?m)
	veryEnd                 // \z
	wordEdge
	notWordEdge
)

func (n *node) has(f func(*node) bool) bool {
	if f(n) {
		return true
	}
	for _, s := range n.subs {
		if s.has(f) {
			return true
		}
	}
	return false
}

// nullable says whether n can match the empty text.
func (n *node) nullable() bool {
	switch n.kind {
	case kindLiteral, kindSet, kindFail:
		return false
	case kindSequence:
		for _, s := range n.subs {
			if !s.nullable() {
				return false
			}
		}
		return true
	case kindAlternate:
		for _, s := range n.subs {
			if s.nullable() {
				return true
			}
		}
		return false
	case kindRepeat:
		return n.min == 0 || n.subs[0].nullable()
	case kindGroup, kindAtomic:
		return n.subs[0].nullable()
	}
	return true
}

// width is the number of characters n matches if that is always the same, else -1.
func (n *node) width() int {
	switch n.kind {
	case kindLiteral, kindSet:
		return 1
	case kindEmpty, kindLook, kindAssert, kindFail:
		return 0
	case kindSequence:
		sum := 0
		for _, s := range n.subs {
			w := s.width()
			if w < 0 {
				return -1
			}
			sum += w
		}
		return sum
	case kindAlternate:
		w := n.subs[0].width()
		for _, s := range n.subs[1:] {
			if s.width() != w {
				return -1
			}
		}
		return w
	case kindRepeat:
		if w := n.subs[0].width(); w >= 0 && n.min == n.max {
			return w * n.min
		}
		return -1
	case kindGroup, kindAtomic:
		return n.subs[0].width()
	}
	return -1
}

// fixedBehind is PCRE2's condition for a lookbehind: every alternative has a fixed width, and they may differ.
func (n *node) fixedBehind() bool {
	if n.kind == kindAlternate {
		for _, s := range n.subs {
			if s.width() < 0 {
				return false
			}
		}
		return true
	}
	return n.width() >= 0
}

// maxSize is what PCRE2's two-byte links can address.
const maxSize = 65535

// size estimates the length of PCRE2's code for n: a repeated group is copied, a repeated character is not.
func (n *node) size() int {
	sum := 0
	switch n.kind {
	case kindLiteral, kindAssert, kindEmpty:
		return 2
	case kindSet:
		return 33
	case kindRepeat:
		sub := n.subs[0]
		if sub.kind == kindLiteral || sub.kind == kindSet {
			return sub.size() + 6
		}
		times := max(n.min, n.max, 1)
		return min(times*sub.size(), maxSize*2)
	default:
		for _, s := range n.subs {
			sum = min(sum+s.size(), maxSize*2)
		}
		if n.kind != kindSequence {
			sum += 8
		}
		return sum
	}
}
