package pcre

import (
	"slices"
	"strings"
)

// Needs are texts of which one is in every text that the pattern matches, all ASCII letters in lower case; nil if nothing
// of the kind can be said. Among the sets that qualify it is the one whose shortest text is longest.
func (p *Pattern) Needs() []string {
	if p.UTF {
		return nil // letters may have other cases outside of ASCII
	}
	return p.root.needs().best()
}

const (
	maxExact = 32  // texts that a part of a pattern may stand for
	maxNeeds = 512 // alternatives
	maxNeed  = 64  // bytes
)

// needs is what is known of the texts a node matches: all of them (exact), or texts of which each has one in it (some).
// nil is: not known.
type needs struct{ exact, some []string }

func (n needs) best() []string {
	if worth(n.exact) > worth(n.some) {
		return n.exact
	}
	return n.some
}

// worth is the length of the shortest text.
func worth(texts []string) int {
	if len(texts) == 0 {
		return 0
	}
	least := maxNeed
	for _, t := range texts {
		least = min(least, len(t))
	}
	return least
}

func (n *node) needs() needs {
	switch n.kind {
	case kindEmpty, kindAssert, kindLook:
		return needs{exact: []string{""}}
	case kindLiteral:
		return needs{exact: []string{string(lower[byte(n.r) : int(byte(n.r))+1])}}
	case kindSet:
		if n.set.count() > 8 {
			return needs{}
		}
		var texts []string
		for _, r := range n.set {
			for c := r.lo; c <= r.hi; c++ {
				texts = append(texts, string(lower[c:c+1]))
			}
		}
		return needs{exact: distinct(texts)}
	case kindSequence:
		return sequenceNeeds(n.subs)
	case kindAlternate:
		return alternateNeeds(n.subs)
	case kindRepeat:
		return n.repeatNeeds()
	case kindGroup, kindAtomic:
		return n.subs[0].needs()
	}
	return needs{}
}

func sequenceNeeds(subs []*node) needs {
	exact, whole := []string{""}, true
	var best []string
	better := func(texts []string) {
		if worth(texts) > worth(best) {
			best = texts
		}
	}
	for _, s := range subs {
		n := s.needs()
		if n.exact != nil && len(n.exact)*len(exact) <= maxExact {
			var joined []string
			for _, a := range exact {
				for _, b := range n.exact {
					joined = append(joined, a+b)
				}
			}
			if joined = distinct(joined); len(joined[0]) <= maxNeed {
				exact = joined
				continue
			}
		}
		better(exact)
		better(n.some)
		whole = false
		if exact = n.exact; exact == nil {
			exact = []string{""}
		}
	}
	if whole {
		return needs{exact: exact}
	}
	better(exact)
	return needs{some: best}
}

func alternateNeeds(subs []*node) needs {
	var exact, some []string
	whole, known := true, true
	for _, s := range subs {
		n := s.needs()
		whole = whole && n.exact != nil
		exact = append(exact, n.exact...)
		best := n.best()
		known = known && worth(best) > 0
		some = append(some, best...)
	}
	exact, some = distinct(exact), distinct(some)
	if whole && len(exact) <= maxExact {
		return needs{exact: exact}
	}
	if !known || len(some) > maxNeeds {
		return needs{}
	}
	return needs{some: some}
}

func (n *node) repeatNeeds() needs {
	sub := n.subs[0].needs()
	switch {
	case n.min == 0 && n.max == 1 && sub.exact != nil && len(sub.exact) < maxExact:
		return needs{exact: distinct(append(slices.Clone(sub.exact), ""))}
	case n.min == 0:
		return needs{}
	case n.min == n.max && n.min <= 16:
		same := make([]*node, n.min)
		for i := range same {
			same[i] = n.subs[0]
		}
		return sequenceNeeds(same)
	}
	return needs{some: sub.best()}
}

func distinct(texts []string) []string {
	slices.SortFunc(texts, strings.Compare)
	return slices.Compact(texts)
}
