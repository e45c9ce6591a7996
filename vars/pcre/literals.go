package pcre

import (
	"bytes"
	"slices"
)

// Literals is a pattern that is nothing but a few texts, as `\.(png|jpg)$`, `^/api/` and `=/index` are: it matches without
// a regex engine, with the same outcome.
type Literals struct {
	texts   []variant
	atStart bool // ^
	atEnd   bool // $: the caller keeps texts with a final newline away
	fold    bool // ASCII letters in either case; the texts are in lower case
	groups  int
}

type variant struct {
	text  []byte
	spans []int32 // of groups 1…, relative to the text; -1 = took no part
}

const (
	maxTexts  = 32
	maxLength = 256
)

// Literals is the pattern as a list of texts, nil if it is not one.
func (p *Pattern) Literals() *Literals {
	if p.UTF || p.resets {
		return nil
	}
	l := &Literals{groups: p.Groups}
	items := []*node{p.root}
	if p.root.kind == kindSequence {
		items = slices.Clone(p.root.subs)
	}
	if len(items) > 0 && isAssert(items[0], startText) {
		l.atStart, items = true, items[1:]
	}
	if n := len(items); n > 0 && isAssert(items[n-1], endText, veryEnd) {
		l.atEnd, items = true, items[:n-1]
	}
	x := &expander{groups: p.Groups}
	all, ok := x.node(&node{kind: kindSequence, subs: items})
	if !ok || x.folded && x.exact {
		return nil
	}
	l.fold = x.folded
	l.texts = all
	if l.fold {
		for _, t := range l.texts {
			lowerASCII(t.text)
		}
	}
	switch {
	case l.atStart: // the first that matches, in the order written
	case l.atEnd: // a match that starts earlier wins, so the longest; the order written decides between equals
		slices.SortStableFunc(l.texts, func(a, b variant) int { return len(b.text) - len(a.text) })
	case len(l.texts) > 1 || l.fold:
		return nil
	}
	return l
}

// Match appends the spans of all groups, the whole match first, if text matches.
func (l *Literals) Match(text []byte, spans []int32) ([]int32, bool) {
	for i := range l.texts {
		t := &l.texts[i]
		at := 0
		switch {
		case l.atStart && l.atEnd:
			if len(text) != len(t.text) || !l.same(text, t.text) {
				continue
			}
		case l.atStart:
			if len(text) < len(t.text) || !l.same(text[:len(t.text)], t.text) {
				continue
			}
		case l.atEnd:
			if at = len(text) - len(t.text); at < 0 || !l.same(text[at:], t.text) {
				continue
			}
		default:
			if at = bytes.Index(text, t.text); at < 0 {
				continue
			}
		}
		if l.groups > 0 {
			spans = append(spans, int32(at), int32(at+len(t.text)))
			for _, s := range t.spans {
				if s >= 0 {
					s += int32(at)
				}
				spans = append(spans, s)
			}
		}
		return spans, true
	}
	return spans, false
}

func (l *Literals) same(text, want []byte) bool {
	if !l.fold {
		return string(text) == string(want)
	}
	for i, c := range text {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != want[i] {
			return false
		}
	}
	return true
}

// expander lists the texts that a pattern can match, in the order in which it prefers them.
type expander struct {
	groups        int
	folded, exact bool // letters in either case, letters in one case
}

func (x *expander) node(n *node) ([]variant, bool) {
	switch n.kind {
	case kindEmpty:
		return []variant{x.empty()}, true
	case kindLiteral:
		t := x.empty()
		t.text = []byte{byte(n.r)}
		if n.fold {
			x.folded = true
		} else if isLetter(byte(n.r)) {
			x.exact = true
		}
		return []variant{t}, true
	case kindSet:
		if n.set.count() > 4 {
			return nil, false
		}
		var all []variant
		for _, r := range n.set {
			for c := r.lo; c <= r.hi; c++ {
				t := x.empty()
				t.text = []byte{byte(c)}
				x.exact = x.exact || isLetter(byte(c))
				all = append(all, t)
			}
		}
		return all, true
	case kindSequence:
		all := []variant{x.empty()}
		for _, s := range n.subs {
			next, ok := x.node(s)
			if !ok || len(all)*len(next) > maxTexts {
				return nil, false
			}
			var joined []variant
			for _, a := range all {
				for _, b := range next {
					t := a.join(b)
					if len(t.text) > maxLength {
						return nil, false
					}
					joined = append(joined, t)
				}
			}
			all = joined
		}
		return all, true
	case kindAlternate:
		var all []variant
		for _, s := range n.subs {
			next, ok := x.node(s)
			if !ok || len(all)+len(next) > maxTexts {
				return nil, false
			}
			all = append(all, next...)
		}
		return all, true
	case kindRepeat:
		if n.min != 0 || n.max != 1 {
			return nil, false
		}
		some, ok := x.node(n.subs[0])
		if !ok || len(some) >= maxTexts || x.groups > 0 && n.subs[0].nullable() {
			return nil, false
		}
		if n.lazy {
			return append([]variant{x.empty()}, some...), true
		}
		return append(some, x.empty()), true
	case kindGroup:
		all, ok := x.node(n.subs[0])
		for i := range all {
			all[i].spans[2*n.group-2], all[i].spans[2*n.group-1] = 0, int32(len(all[i].text))
		}
		return all, ok
	}
	return nil, false
}

func (x *expander) empty() variant {
	t := variant{spans: make([]int32, 2*x.groups)}
	for i := range t.spans {
		t.spans[i] = -1
	}
	return t
}

func (t variant) join(next variant) variant {
	out := variant{text: append(slices.Clone(t.text), next.text...), spans: slices.Clone(t.spans)}
	for i, s := range next.spans {
		if s >= 0 {
			out.spans[i] = s + int32(len(t.text))
		}
	}
	return out
}

func isAssert(n *node, kinds ...assert) bool {
	return n.kind == kindAssert && slices.Contains(kinds, n.assert)
}

func lowerASCII(b []byte) {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
}
