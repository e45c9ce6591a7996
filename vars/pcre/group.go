package pcre

import "strings"

const errOption = "unrecognized character after (? or (?-"

// group reads what an opening parenthesis starts. A nil node is a setting.
func (p *parser) group() (*node, bool, error) {
	at := p.pos
	p.pos++
	if p.depth++; p.depth > maxNesting {
		return nil, false, p.fail(p.pos, "parentheses are too deeply nested")
	}
	defer func() { p.depth-- }()

	if p.peek() == '*' && p.pos+1 < len(p.src) && (p.src[p.pos+1] == ':' || isLetter(p.src[p.pos+1])) {
		p.pos++
		return p.verb(at)
	}
	if p.peek() != '?' {
		if p.opt.noCapture {
			return p.scoped(&node{kind: kindSequence})
		}
		return p.capture("", at)
	}
	p.pos++
	if !p.more() {
		return nil, false, p.fail(p.pos, "missing closing parenthesis")
	}
	c := p.src[p.pos]
	p.pos++
	switch c {
	case ':':
		return p.scoped(&node{kind: kindSequence})
	case '|':
		return p.branchReset()
	case '>':
		return p.scoped(&node{kind: kindAtomic})
	case '=', '*':
		return p.scoped(&node{kind: kindLook})
	case '!':
		return p.scoped(&node{kind: kindLook, negative: true})
	case '<':
		switch p.peek() {
		case '=', '*':
			p.pos++
			return p.lookBehind(at, false)
		case '!':
			p.pos++
			return p.lookBehind(at, true)
		}
		return p.namedCapture('>', at)
	case '\'':
		return p.namedCapture('\'', at)
	case 'P':
		if !p.more() {
			return nil, false, p.fail(p.pos, "missing closing parenthesis")
		}
		p.pos++
		switch p.src[p.pos-1] {
		case '<':
			return p.namedCapture('>', at)
		case '=':
			n, err := p.namedReference(')')
			return n, true, err
		case '>':
			return p.call(')')
		}
		return nil, false, p.fail(p.pos-1, "unrecognized character after (?P")
	case '(':
		return p.condition(at)
	case '&':
		return p.call(')')
	case 'R':
		p.unsupported("a recursive or subroutine call")
		if p.peek() != ')' {
			return nil, false, p.fail(p.pos, "(?R (recursive pattern call) must be followed by a closing parenthesis")
		}
		p.pos++
		return &node{kind: kindEmpty}, true, nil
	case 'C':
		return p.callout()
	case '+':
		p.pos--
		return p.call(')')
	case '-':
		if isDigit(p.peek()) {
			p.pos--
			return p.call(')')
		}
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		p.pos--
		return p.call(')')
	}
	p.pos--
	return p.settings()
}

// scoped reads a group's body and ")" into n; option settings end with it.
func (p *parser) scoped(n *node) (*node, bool, error) {
	saved := p.opt
	body, err := p.alternatives()
	if err != nil {
		return nil, false, err
	}
	p.opt = saved
	if !p.take(")") {
		return nil, false, p.fail(len(p.src), "missing closing parenthesis")
	}
	if n.kind == kindSequence { // a plain group is its body
		return body, true, nil
	}
	n.subs = append([]*node{body}, n.subs...)
	return n, true, nil
}

func (p *parser) capture(name string, at int) (*node, bool, error) {
	p.groups++
	group := p.groups
	if name != "" {
		if err := p.declare(name, group); err != nil {
			return nil, false, err
		}
	}
	return p.scoped(&node{kind: kindGroup, group: group, at: at})
}

func (p *parser) namedCapture(end byte, at int) (*node, bool, error) {
	name, err := p.name(end)
	if err != nil {
		return nil, false, err
	}
	return p.capture(name, at)
}

// declare notes a group's name; the current place is where PCRE2 reports a clash.
func (p *parser) declare(name string, group int) error {
	for _, n := range p.later {
		switch {
		case n.Name == name && n.Group == group:
			return nil
		case n.Name == name && !p.opt.duplicates:
			return p.fail(p.pos, "two named subpatterns have the same name (PCRE2_DUPNAMES not set)")
		case n.Name != name && n.Group == group:
			return p.fail(p.pos, "different names for subpatterns of the same number are not allowed")
		}
	}
	if _, ok := p.names[name]; !ok {
		p.names[name] = group
	}
	p.later = append(p.later, Name{name, group})
	return nil
}

func (p *parser) lookBehind(at int, negative bool) (*node, bool, error) {
	n, ok, err := p.scoped(&node{kind: kindLook, behind: true, negative: negative, at: at})
	if err == nil {
		p.looks = append(p.looks, n)
	}
	return n, ok, err
}

// branchReset reads (?|…): every alternative numbers its groups from the same start.
func (p *parser) branchReset() (*node, bool, error) {
	p.resets = true
	saved := p.opt
	start, most := p.groups, p.groups
	alt := &node{kind: kindAlternate}
	for {
		p.groups = start
		s, err := p.sequence()
		if err != nil {
			return nil, false, err
		}
		alt.subs = append(alt.subs, s)
		most = max(most, p.groups)
		if p.peek() != '|' {
			break
		}
		p.pos++
	}
	p.groups = most
	p.opt = saved
	if !p.take(")") {
		return nil, false, p.fail(len(p.src), "missing closing parenthesis")
	}
	return alt, true, nil
}

// settings reads (?i) and (?i:…).
func (p *parser) settings() (*node, bool, error) {
	opt := p.opt
	on := true
	hyphen := false
	if p.take("^") {
		opt.caseless, opt.multiline, opt.dotall, opt.extended, opt.more, opt.noCapture = false, false, false, false, false, false
		hyphen = true
	}
	for {
		if !p.more() {
			return nil, false, p.fail(p.pos, "missing closing parenthesis")
		}
		c := p.src[p.pos]
		p.pos++
		switch c {
		case ')':
			p.opt = opt
			return nil, false, nil
		case ':':
			saved := p.opt
			p.opt = opt
			n, ok, err := p.scoped(&node{kind: kindSequence})
			p.opt = saved
			return n, ok, err
		case '-':
			if hyphen {
				return nil, false, p.fail(p.pos-1, "invalid hyphen in option setting")
			}
			on, hyphen = false, true
		case 'i':
			opt.caseless = on
		case 'm':
			opt.multiline = on
		case 's':
			opt.dotall = on
		case 'n':
			opt.noCapture = on
		case 'U':
			opt.ungreedy = on
		case 'J':
			opt.duplicates = on
		case 'x':
			opt.extended = on
			opt.more = p.take("x") && on
		default:
			return nil, false, p.fail(p.pos-1, errOption)
		}
	}
}

// condition reads (?(…)yes|no) from behind its second parenthesis.
func (p *parser) condition(at int) (*node, bool, error) {
	n := &node{kind: kindCondition, at: at}
	switch c := p.peek(); {
	case !p.more():
		return nil, false, p.fail(p.pos, "missing closing parenthesis")
	case c == '?' || c == '*':
		p.pos--
		test, _, err := p.group()
		if err != nil {
			return nil, false, err
		}
		if test == nil || test.kind != kindLook {
			return nil, false, p.fail(at+2, "assertion expected after (?( or (?(?C)")
		}
		n.subs = []*node{test}
	case isDigit(c) || c == '+' || c == '-':
		if err := p.conditionNumber(n); err != nil {
			return nil, false, err
		}
	case strings.HasPrefix(p.src[p.pos:], "R)"), strings.HasPrefix(p.src[p.pos:], "DEFINE)"):
		// never true: there is no recursion, and what is defined is only for calls
		p.pos += strings.IndexByte(p.src[p.pos:], ')') + 1
		n.subs = []*node{{kind: kindFail}}
	default:
		end := byte(')')
		if c == '<' || c == '\'' {
			end = map[byte]byte{'<': '>', '\'': '\''}[c]
			p.pos++
		}
		start := p.pos
		name, err := p.name(end)
		if err != nil {
			return nil, false, err
		}
		p.refs = append(p.refs, reference{name: name, at: start, node: n})
		if end != ')' && !p.take(")") {
			return nil, false, p.fail(p.pos, "missing closing parenthesis for condition")
		}
	}

	body, ok, err := p.scoped(&node{kind: kindAtomic})
	if err != nil {
		return nil, false, err
	}
	yes, no := body.subs[0], &node{kind: kindEmpty}
	if yes.kind == kindAlternate {
		if len(yes.subs) > 2 {
			p.conds = append(p.conds, n)
		}
		yes, no = yes.subs[0], yes.subs[1]
	}
	n.subs = append([]*node{yes, no}, n.subs...)
	return n, ok, nil
}

func (p *parser) conditionNumber(n *node) error {
	sign := byte(0)
	if c := p.peek(); c == '+' || c == '-' {
		sign = c
		p.pos++
	}
	number := 0
	for isDigit(p.peek()) && number < 65536 {
		number = number*10 + int(p.peek()-'0')
		p.pos++
	}
	switch sign {
	case '-':
		number = p.groups - number + 1
	case '+':
		number += p.groups
	}
	n.group = number
	p.refs = append(p.refs, reference{group: number, at: p.pos - 2, node: n})
	if !p.take(")") {
		return p.fail(p.pos, "missing closing parenthesis for condition")
	}
	return nil
}

// verb reads (*VERB) and (*assertion:…) from behind the asterisk.
func (p *parser) verb(at int) (*node, bool, error) {
	start := p.pos
	for p.more() && isWord(p.peek()) {
		p.pos++
	}
	name := p.src[start:p.pos]
	if name != "" && name[0] >= 'a' {
		const wrong = "(*alpha_assertion) not recognized"
		if p.peek() != ':' {
			return nil, false, p.fail(p.pos, wrong)
		}
		p.pos++
		switch name {
		case "pla", "positive_lookahead", "napla", "non_atomic_positive_lookahead":
			return p.scoped(&node{kind: kindLook})
		case "nla", "negative_lookahead":
			return p.scoped(&node{kind: kindLook, negative: true})
		case "plb", "positive_lookbehind", "naplb", "non_atomic_positive_lookbehind":
			return p.lookBehind(at, false)
		case "nlb", "negative_lookbehind":
			return p.lookBehind(at, true)
		case "atomic":
			return p.scoped(&node{kind: kindAtomic})
		}
		return nil, false, p.fail(p.pos-1, wrong)
	}

	argument := p.peek() == ':'
	if argument {
		end := strings.IndexByte(p.src[p.pos:], ')')
		if end < 0 {
			return nil, false, p.fail(len(p.src), "missing closing parenthesis")
		}
		p.pos += end
	}
	known := false
	switch name {
	case "", "MARK":
		if known = true; !argument {
			return nil, false, p.fail(p.pos, "(*MARK) must have an argument")
		}
	case "ACCEPT", "COMMIT", "F", "FAIL", "PRUNE", "SKIP", "THEN":
		known = true
	}
	if !known || p.peek() != ')' {
		return nil, false, p.fail(p.pos, "(*VERB) not recognized or malformed")
	}
	p.pos++
	switch name {
	case "F", "FAIL":
		return &node{kind: kindFail}, false, nil
	case "", "MARK": // names a path for callers that ask which was taken
		return nil, false, nil
	}
	p.unsupported("(*" + name + ")")
	return nil, false, nil
}

// callout reads (?C), (?C1) and (?C'text'): there is nobody to call.
func (p *parser) callout() (*node, bool, error) {
	number := 0
	for isDigit(p.peek()) {
		if number = number*10 + int(p.peek()-'0'); number > 255 {
			for isDigit(p.peek()) {
				p.pos++
			}
			return nil, false, p.fail(p.pos, "number after (?C is greater than 255")
		}
		p.pos++
	}
	if p.take(")") {
		return nil, false, nil
	}
	if strings.IndexByte("`'\"^%#${", p.peek()) < 0 {
		return nil, false, p.fail(p.pos, "unrecognized string delimiter follows (?C")
	}
	p.unsupported("a callout with a text")
	end := strings.IndexByte(p.src[p.pos:], ')')
	if end < 0 {
		return nil, false, p.fail(len(p.src), "closing parenthesis for (?C expected")
	}
	p.pos += end + 1
	return nil, false, nil
}
