package pcre

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// parser walks over the pattern once; what PCRE2 checks in later passes is noted and checked at the end.
type parser struct {
	src    string
	pos    int
	opt    options
	utf    bool
	ucp    bool
	depth  int
	groups int
	names  map[string]int
	later  []Name // all named groups
	refs   []reference
	looks  []*node // lookbehinds
	conds  []*node // conditions with too many branches
	resets bool    // a (?|…) was seen
	stuck  string  // first feature that no engine has
}

// options are those that (?imsxnUJ) switches.
type options struct {
	caseless, multiline, dotall, extended, more, noCapture, ungreedy, duplicates bool
}

// reference is a use of a group that must exist somewhere in the pattern.
type reference struct {
	name  string
	group int
	at    int
	node  *node
}

const (
	maxNesting = 250
	maxName    = 32
)

func (p *parser) fail(at int, text string) error {
	return &Error{Text: text, Pattern: p.src, Offset: at}
}

func (p *parser) unsupported(feature string) {
	if p.stuck == "" {
		p.stuck = feature
	}
}

func (p *parser) more() bool { return p.pos < len(p.src) }

func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *parser) take(prefix string) bool {
	if strings.HasPrefix(p.src[p.pos:], prefix) {
		p.pos += len(prefix)
		return true
	}
	return false
}

func (p *parser) limit() rune {
	if p.utf {
		return maxRune
	}
	return maxByte
}

// pattern is the whole pattern with its checks.
func (p *parser) pattern() (*node, error) {
	p.startVerbs()
	root, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.more() {
		return nil, p.fail(p.pos, "unmatched closing parenthesis")
	}
	for _, l := range p.looks {
		if !l.subs[0].fixedBehind() {
			return nil, p.fail(l.at, "lookbehind assertion is not fixed length")
		}
	}
	for _, r := range p.refs {
		if r.name != "" {
			n, ok := p.names[r.name]
			if !ok {
				return nil, p.fail(r.at, "reference to non-existent subpattern")
			}
			r.node.group = n
		} else if r.group > p.groups {
			return nil, p.fail(r.at, "reference to non-existent subpattern")
		}
	}
	for _, c := range p.conds {
		return nil, p.fail(c.at, "conditional subpattern contains more than two branches")
	}
	if root.size() > maxSize {
		return nil, p.fail(len(p.src), "regular expression is too large")
	}
	if p.stuck != "" {
		return nil, &UnsupportedError{p.src, p.stuck}
	}
	return root, nil
}

// startVerbs reads the settings that may open a pattern.
func (p *parser) startVerbs() {
	for {
		switch {
		case p.take("(*UTF8)"), p.take("(*UTF)"):
			p.utf = true
		case p.take("(*UCP)"):
			p.ucp = true
			p.unsupported("(*UCP)")
		case p.take("(*NO_JIT)"), p.take("(*NO_START_OPT)"), p.take("(*NO_AUTO_POSSESS)"), p.take("(*NO_DOTSTAR_ANCHOR)"):
		case p.take("(*LF)"):
		case p.take("(*CR)"), p.take("(*CRLF)"), p.take("(*ANY)"), p.take("(*ANYCRLF)"), p.take("(*NUL)"):
			p.unsupported("a newline setting")
		default:
			return
		}
	}
}

// alternatives reads up to the closing parenthesis, or the end, without consuming it.
func (p *parser) alternatives() (*node, error) {
	var subs []*node
	for {
		s, err := p.sequence()
		if err != nil {
			return nil, err
		}
		subs = append(subs, s)
		if p.peek() != '|' {
			break
		}
		p.pos++
	}
	if len(subs) == 1 {
		return subs[0], nil
	}
	return &node{kind: kindAlternate, subs: subs}, nil
}

// sequence reads items with their quantifiers up to "|", ")" or the end.
func (p *parser) sequence() (*node, error) {
	var items []*node
	quantifiable := false
	quoted := false
	for p.more() {
		c := p.src[p.pos]
		if quoted {
			if p.take(`\E`) {
				quoted = false
				continue
			}
			items = append(items, p.literal())
			quantifiable = true
			continue
		}
		if p.opt.extended && p.skipSpace() {
			continue
		}
		if c == '|' || c == ')' {
			break
		}
		if p.take(`\Q`) {
			quoted = true
			continue
		}
		if p.take(`\E`) {
			continue
		}
		if strings.HasPrefix(p.src[p.pos:], "(?#") {
			end := strings.IndexByte(p.src[p.pos:], ')')
			if end < 0 {
				return nil, p.fail(len(p.src), "missing ) after (?# comment")
			}
			p.pos += end + 1
			continue
		}

		q, isQuantifier, err := p.quantifier()
		if err != nil {
			return nil, err
		}
		if isQuantifier {
			if !quantifiable {
				return nil, p.fail(q.at, "quantifier does not follow a repeatable item")
			}
			items[len(items)-1] = p.repeated(items[len(items)-1], q)
			quantifiable = false
			continue
		}

		item, ok, err := p.item()
		if err != nil {
			return nil, err
		}
		quantifiable = ok
		if item != nil {
			items = append(items, item)
		}
	}
	switch len(items) {
	case 0:
		return &node{kind: kindEmpty}, nil
	case 1:
		return items[0], nil
	}
	return &node{kind: kindSequence, subs: items}, nil
}

func (p *parser) skipSpace() bool {
	switch p.src[p.pos] {
	case ' ', '\t', '\n', '\v', '\f', '\r':
		p.pos++
		return true
	case '#':
		end := strings.IndexByte(p.src[p.pos:], '\n')
		if end < 0 {
			p.pos = len(p.src)
		} else {
			p.pos += end + 1
		}
		return true
	}
	return false
}

type quantifier struct {
	min, max         int
	lazy, possessive bool
	at               int
}

// quantifier reads *, +, ?, {n}, {n,} or {n,m} with a following ? or +; other braces are literal.
func (p *parser) quantifier() (q quantifier, ok bool, err error) {
	switch p.src[p.pos] {
	case '*':
		q.min, q.max = 0, -1
	case '+':
		q.min, q.max = 1, -1
	case '?':
		q.min, q.max = 0, 1
	case '{':
		end := p.braces()
		if end < 0 {
			return q, false, nil
		}
		low, high, comma := strings.Cut(p.src[p.pos+1:end], ",")
		var lowOK, highOK bool
		q.min, lowOK = count(low)
		q.max, highOK = q.min, true
		if comma {
			q.max = -1
			if high != "" {
				q.max, highOK = count(high)
			}
		}
		switch {
		case !lowOK:
			return q, false, p.fail(p.pos+1+len(low), "number too big in {} quantifier")
		case !highOK:
			return q, false, p.fail(end, "number too big in {} quantifier")
		case q.max >= 0 && q.max < q.min:
			return q, false, p.fail(end, "numbers out of order in {} quantifier")
		}
		p.pos = end
	default:
		return q, false, nil
	}
	q.at = p.pos
	p.pos++
	if p.opt.extended { // white space may part the two halves of "{2} +"
		after := p.pos
		for p.more() && p.skipSpace() {
		}
		if c := p.peek(); c != '?' && c != '+' {
			p.pos = after
		}
	}
	switch p.peek() {
	case '?':
		q.lazy = true
		p.pos++
	case '+':
		q.possessive = true
		p.pos++
	}
	q.lazy = q.lazy != (p.opt.ungreedy && !q.possessive)
	return q, true, nil
}

// braces is the offset of the "}" if {…} at the current place is a quantifier, else -1.
func (p *parser) braces() int {
	i := p.pos + 1
	n := i
	for i < len(p.src) && isDigit(p.src[i]) {
		i++
	}
	if i == n {
		return -1
	}
	if i < len(p.src) && p.src[i] == ',' {
		i++
		for i < len(p.src) && isDigit(p.src[i]) {
			i++
		}
	}
	if i < len(p.src) && p.src[i] == '}' {
		return i
	}
	return -1
}

func count(digits string) (int, bool) {
	n := 0
	for i := range len(digits) {
		if n = n*10 + int(digits[i]-'0'); n > 65535 {
			return 0, false
		}
	}
	return n, true
}

func (p *parser) repeated(sub *node, q quantifier) *node {
	r := &node{kind: kindRepeat, subs: []*node{sub}, min: q.min, max: q.max, lazy: q.lazy}
	if q.possessive {
		return &node{kind: kindAtomic, subs: []*node{r}}
	}
	return r
}

// item reads one thing that a quantifier may follow, or one that it may not (ok false). A nil node is nothing.
func (p *parser) item() (n *node, ok bool, err error) {
	at := p.pos
	switch c := p.src[p.pos]; c {
	case '\\':
		return p.escape()
	case '[':
		if kind := p.posixAt(p.pos); kind != 0 {
			switch rest := p.src[p.pos:]; {
			case strings.HasPrefix(rest, "[[:<:]]"):
			case strings.HasPrefix(rest, "[[:>:]]"):
			case kind == ':':
				return nil, false, p.fail(at, "POSIX named classes are supported only within a class")
			default:
				return nil, false, p.fail(at, "POSIX collating elements are not supported")
			}
		}
		if p.take("[[:<:]]") {
			return sequenceOf(assertion(wordEdge), look(false, false, &node{kind: kindSet, set: words})), false, nil
		}
		if p.take("[[:>:]]") {
			return sequenceOf(assertion(wordEdge), look(true, false, &node{kind: kindSet, set: words})), false, nil
		}
		n, err = p.class()
		return n, true, err
	case '(':
		return p.group()
	case '^':
		p.pos++
		if p.opt.multiline {
			return assertion(startLine), false, nil
		}
		return assertion(startText), false, nil
	case '$':
		p.pos++
		if p.opt.multiline {
			return assertion(endLine), false, nil
		}
		return assertion(endText), false, nil
	case '.':
		p.pos++
		if p.opt.dotall {
			return p.setNode(anything), true, nil
		}
		return p.setNode(notNewline), true, nil
	}
	return p.literal(), true, nil
}

// literal reads one character as it stands.
func (p *parser) literal() *node {
	if p.utf {
		r, size := utf8.DecodeRuneInString(p.src[p.pos:])
		p.pos += size
		return p.char(r)
	}
	p.pos++
	return p.char(rune(p.src[p.pos-1]))
}

func (p *parser) char(r rune) *node {
	n := &node{kind: kindLiteral, r: r}
	if p.opt.caseless {
		n.fold = len(set{{r, r}}.folded(p.utf)) > 1
	}
	return n
}

// setNode cuts a set to the characters there are.
func (p *parser) setNode(s set) *node {
	if p.utf {
		return &node{kind: kindSet, set: s}
	}
	var cut set
	for _, r := range s {
		if r.lo <= maxByte {
			cut = append(cut, span{r.lo, min(r.hi, maxByte)})
		}
	}
	return &node{kind: kindSet, set: cut}
}

func assertion(a assert) *node { return &node{kind: kindAssert, assert: a} }

func look(behind, negative bool, sub *node) *node {
	return &node{kind: kindLook, behind: behind, negative: negative, subs: []*node{sub}}
}

func sequenceOf(subs ...*node) *node { return &node{kind: kindSequence, subs: subs} }

func (p *parser) sortedNames() []Name {
	slices.SortStableFunc(p.later, func(a, b Name) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Group, b.Group))
	})
	return p.later
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
func isWord(c byte) bool { return isDigit(c) || isLetter(c) || c == '_' }
