package pcre

import (
	"fmt"
	"strings"
)

// RE2 is the pattern for Go's regexp, false if that cannot express it. Without UTF it expects a text in which every byte
// was made the character of that number; a text of ASCII alone is one as it stands.
func (p *Pattern) RE2() (string, bool) {
	e := &re2{groups: p.Groups > 0}
	e.node(p.root)
	if e.stuck || p.resets {
		return "", false
	}
	return e.String(), true
}

type re2 struct {
	strings.Builder
	groups bool
	stuck  bool
}

var re2Asserts = map[assert]string{
	startText: `\A`, startLine: `(?m:^)`, endText: `\z`, endLine: `(?m:$)`, veryEnd: `\z`, wordEdge: `\b`, notWordEdge: `\B`,
}

func (e *re2) node(n *node) {
	switch n.kind {
	case kindEmpty:
		e.WriteString("(?:)")
	case kindLiteral:
		if n.fold {
			fmt.Fprintf(e, "(?i:%s)", literalText(n.r))
		} else {
			e.WriteString(literalText(n.r))
		}
	case kindSet:
		e.WriteString(setText(n.set))
	case kindSequence:
		e.sequence(n.subs)
	case kindAlternate:
		e.WriteString("(?:")
		for i, s := range n.subs {
			if i > 0 {
				e.WriteByte('|')
			}
			e.node(s)
		}
		e.WriteByte(')')
	case kindRepeat:
		// What groups hold after a turn that matched nothing is told differently by the engines.
		if e.groups && n.max != 0 && n.max != 1 && n.subs[0].nullable() {
			e.stuck = true
			return
		}
		e.WriteString("(?:")
		e.node(n.subs[0])
		e.WriteByte(')')
		e.WriteString(timesText(n))
	case kindGroup:
		e.WriteByte('(')
		e.node(n.subs[0])
		e.WriteByte(')')
	case kindAssert:
		e.WriteString(re2Asserts[n.assert])
	default:
		e.stuck = true
	}
}

// sequence joins literals of one kind, so that Go's regexp sees a literal prefix.
func (e *re2) sequence(subs []*node) {
	for i := 0; i < len(subs); i++ {
		if n := subs[i]; n.kind == kindLiteral && n.fold {
			e.WriteString("(?i:")
			for i < len(subs) && subs[i].kind == kindLiteral && subs[i].fold {
				e.WriteString(literalText(subs[i].r))
				i++
			}
			e.WriteByte(')')
			i--
			continue
		}
		e.node(subs[i])
	}
}

func literalText(r rune) string {
	switch {
	case r < 0x80 && isWord(byte(r)), r == '/', r == '-':
		return string(r)
	case r > ' ' && r < 0x7F:
		return `\` + string(r)
	}
	return fmt.Sprintf(`\x{%X}`, r)
}

func setText(s set) string {
	switch {
	case len(s) == 0:
		return `[^\x{0}-\x{10FFFF}]`
	case len(s) == 1 && s[0].lo == 0 && s[0].hi >= maxByte:
		return `(?s:.)`
	case len(s) == 2 && s[0] == (span{0, '\n' - 1}) && s[1].lo == '\n'+1 && s[1].hi >= maxByte:
		return `[^\n]`
	}
	var b strings.Builder
	b.WriteByte('[')
	for _, r := range s {
		fmt.Fprintf(&b, `\x{%X}`, r.lo)
		if r.hi > r.lo {
			fmt.Fprintf(&b, `-\x{%X}`, r.hi)
		}
	}
	b.WriteByte(']')
	return b.String()
}

func timesText(n *node) string {
	var s string
	switch {
	case n.min == 0 && n.max < 0:
		s = "*"
	case n.min == 1 && n.max < 0:
		s = "+"
	case n.min == 0 && n.max == 1:
		s = "?"
	case n.max < 0:
		s = fmt.Sprintf("{%d,}", n.min)
	case n.min == n.max:
		s = fmt.Sprintf("{%d}", n.min)
	default:
		s = fmt.Sprintf("{%d,%d}", n.min, n.max)
	}
	if n.lazy {
		s += "?"
	}
	return s
}
