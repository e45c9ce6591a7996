package pcre

import (
	"fmt"
	"strings"
)

// Regexp2 is the pattern for dlclark/regexp2 (with no options), whose text is one rune for each byte, or for each
// character with UTF. Groups are numbered explicitly, because .NET's own numbering puts named groups last.
func (p *Pattern) Regexp2() string {
	e := &backtrack{utf: p.UTF}
	e.node(p.root)
	return e.String()
}

type backtrack struct {
	strings.Builder
	utf bool
}

var (
	wordText = setNET(words)

	backtrackAsserts = map[assert]string{
		startText:   `\A`,
		startLine:   `(?:\A|(?<=\n)(?!\z))`,
		endText:     `(?=\n?\z)`,
		endLine:     `(?=\n|\z)`,
		veryEnd:     `\z`,
		wordEdge:    `(?:(?<=` + wordText + `)(?!` + wordText + `)|(?<!` + wordText + `)(?=` + wordText + `))`,
		notWordEdge: `(?:(?<=` + wordText + `)(?=` + wordText + `)|(?<!` + wordText + `)(?!` + wordText + `))`,
	}
)

func (e *backtrack) node(n *node) {
	switch n.kind {
	case kindEmpty:
		e.WriteString("(?:)")
	case kindFail:
		e.WriteString("(?!)")
	case kindLiteral:
		if n.fold {
			e.WriteString(setNET(set{{n.r, n.r}}.folded(e.utf)))
		} else {
			e.WriteString(runeNET(n.r))
		}
	case kindSet:
		e.WriteString(setNET(n.set))
	case kindSequence:
		for _, s := range n.subs {
			e.node(s)
		}
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
		e.open("(?:", n.subs[0])
		e.WriteString(timesText(n))
	case kindGroup:
		e.open(fmt.Sprintf("(?<%d>", n.group), n.subs[0])
	case kindAtomic:
		e.open("(?>", n.subs[0])
	case kindLook:
		e.open(lookNET(n), n.subs[0])
	case kindAssert:
		e.WriteString(backtrackAsserts[n.assert])
	case kindBackref:
		if n.fold {
			fmt.Fprintf(e, `(?i:\k<%d>)`, n.group)
		} else {
			fmt.Fprintf(e, `\k<%d>`, n.group)
		}
	case kindCondition:
		e.condition(n)
	}
}

// condition writes a test of a look as two guarded alternatives, which say the same without leaning on .NET's own form.
func (e *backtrack) condition(n *node) {
	if len(n.subs) == 2 {
		fmt.Fprintf(e, "(?(%d)", n.group)
		e.open("(?:", n.subs[0])
		e.WriteByte('|')
		e.open("(?:", n.subs[1])
		e.WriteByte(')')
		return
	}
	test := n.subs[2]
	if test.kind == kindFail {
		e.open("(?:", n.subs[1])
		return
	}
	opposite := *test
	opposite.negative = !test.negative
	e.WriteString("(?:")
	e.node(test)
	e.open("(?:", n.subs[0])
	e.WriteByte('|')
	e.node(&opposite)
	e.open("(?:", n.subs[1])
	e.WriteByte(')')
}

func (e *backtrack) open(opening string, sub *node) {
	e.WriteString(opening)
	e.node(sub)
	e.WriteByte(')')
}

func lookNET(n *node) string {
	switch {
	case n.behind && n.negative:
		return "(?<!"
	case n.behind:
		return "(?<="
	case n.negative:
		return "(?!"
	}
	return "(?="
}

func runeNET(r rune) string {
	switch {
	case r < 0x80 && isWord(byte(r)):
		return string(r)
	case r > 0xFFFF:
		return string(r)
	}
	return fmt.Sprintf(`\u%04X`, r)
}

func setNET(s set) string {
	if len(s) == 0 {
		return "(?!)"
	}
	var b strings.Builder
	b.WriteByte('[')
	for _, r := range s {
		b.WriteString(runeNET(r.lo))
		if r.hi > r.lo {
			b.WriteByte('-')
			b.WriteString(runeNET(r.hi))
		}
	}
	b.WriteByte(']')
	return b.String()
}
