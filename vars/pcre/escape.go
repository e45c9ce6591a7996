package pcre

import "strings"

const (
	errAtEnd      = `\ at end of pattern`
	errUnknown    = `unrecognized character follows \`
	errPerl       = `PCRE2 does not support \F, \L, \l, \N{name}, \U, or \u`
	errTooLarge   = `character code point value in \x{} or \o{} is too large`
	errNotHex     = `non-hex character in \x{} (closing brace missing?)`
	errNotOctal   = `non-octal character in \o{} (closing brace missing?)`
	errOctal      = `octal value is greater than \377 in 8-bit non-UTF-8 mode`
	errProperty   = `unknown property after \P or \p`
	errMalformed  = `malformed \P or \p sequence`
	errName       = "subpattern name expected"
	errNameDigit  = "subpattern name must start with a non-digit"
	errNameLong   = "subpattern name is too long (maximum 32 code units)"
	errNameSyntax = "syntax error in subpattern name (missing terminator?)"
)

// escape reads an escape outside of a class.
func (p *parser) escape() (n *node, ok bool, err error) {
	if p.pos+1 == len(p.src) {
		return nil, false, p.fail(len(p.src), errAtEnd)
	}
	c := p.src[p.pos+1]
	switch c {
	case 'A':
		p.pos += 2
		return assertion(startText), false, nil
	case 'G': // matching starts at the beginning of the text
		p.pos += 2
		return assertion(startText), false, nil
	case 'Z':
		p.pos += 2
		return assertion(endText), false, nil
	case 'z':
		p.pos += 2
		return assertion(veryEnd), false, nil
	case 'b':
		p.pos += 2
		return assertion(wordEdge), false, nil
	case 'B':
		p.pos += 2
		return assertion(notWordEdge), false, nil
	case 'K': // moves the start of $0, which nginx does not use
		p.pos += 2
		return nil, false, nil
	case 'R':
		p.pos += 2
		pair := sequenceOf(&node{kind: kindLiteral, r: '\r'}, &node{kind: kindLiteral, r: '\n'})
		either := &node{kind: kindAlternate, subs: []*node{pair, p.setNode(breaks)}}
		return &node{kind: kindAtomic, subs: []*node{either}}, true, nil
	case 'N':
		p.pos += 2
		if p.peek() == '{' && p.braces() < 0 {
			if strings.HasPrefix(p.src[p.pos:], "{U+") {
				return nil, false, p.fail(p.pos, `\N{U+dddd} is supported only in Unicode (UTF) mode`)
			}
			return nil, false, p.fail(p.pos, errPerl)
		}
		return p.setNode(notNewline), true, nil
	case 'C':
		p.pos += 2
		if p.utf {
			p.unsupported(`\C`)
		}
		return p.setNode(anything), true, nil
	case 'X':
		p.pos += 2
		p.unsupported(`\X`)
		return &node{kind: kindRepeat, subs: []*node{p.setNode(anything)}, min: 1, max: 1000}, true, nil
	case 'g':
		return p.escapeG()
	case 'k':
		p.pos += 2
		var end byte
		switch p.peek() {
		case '{':
			end = '}'
		case '<':
			end = '>'
		case '\'':
			end = '\''
		default:
			return nil, false, p.fail(p.pos, `\k is not followed by a braced, angle-bracketed, or quoted name`)
		}
		p.pos++
		n, err = p.namedReference(end)
		return n, true, err
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		end := p.pos + 1
		number := 0
		for end < len(p.src) && isDigit(p.src[end]) && number < 65536 {
			number = number*10 + int(p.src[end]-'0')
			end++
		}
		if number < 10 || c >= '8' || number <= p.groups {
			p.pos = end
			return p.reference(number, end-1), true, nil
		}
	}
	if s, isSet, err := p.setEscape(); isSet || err != nil {
		return p.setNode(s), true, err
	}
	r, err := p.charEscape()
	if err != nil {
		return nil, false, err
	}
	return p.char(r), true, nil
}

func (p *parser) reference(group, at int) *node {
	n := &node{kind: kindBackref, group: group, fold: p.opt.caseless}
	p.refs = append(p.refs, reference{group: group, at: at, node: n})
	return n
}

// namedReference reads a name and its terminator.
func (p *parser) namedReference(end byte) (*node, error) {
	at := p.pos
	name, err := p.name(end)
	if err != nil {
		return nil, err
	}
	n := &node{kind: kindBackref, fold: p.opt.caseless}
	p.refs = append(p.refs, reference{name: name, at: at, node: n})
	return n, nil
}

// escapeG reads \g1, \g{1}, \g{-1}, \g{name} (references) and \g<…> (calls, which no engine here has).
func (p *parser) escapeG() (*node, bool, error) {
	at := p.pos + 2
	p.pos = at
	switch p.peek() {
	case '<', '\'':
		end := byte('>')
		if p.peek() == '\'' {
			end = '\''
		}
		p.pos++
		return p.call(end)
	case '{':
		p.pos++
		if c := p.peek(); c != '-' && c != '+' && !isDigit(c) {
			n, err := p.namedReference('}')
			return n, true, err
		}
	}
	braced := p.pos > at
	sign := byte(0)
	if c := p.peek(); c == '-' || c == '+' {
		sign = c
		p.pos++
	}
	start, number := p.pos, 0
	for isDigit(p.peek()) && number < 65536 {
		number = number*10 + int(p.peek()-'0')
		p.pos++
	}
	if start == p.pos {
		return nil, false, p.fail(p.pos,
			`\g is not followed by a braced, angle-bracketed, or quoted name/number or by a plain number`)
	}
	switch {
	case sign == '-' && number > p.groups:
		return nil, false, p.fail(at, "reference to non-existent subpattern")
	case sign == '-':
		number = p.groups - number + 1
	case sign == '+':
		number += p.groups
	}
	if braced && !p.take("}") {
		return nil, false, p.fail(p.pos,
			`\g is not followed by a braced, angle-bracketed, or quoted name/number or by a plain number`)
	}
	return p.reference(number, p.pos-1), true, nil
}

// call reads the rest of a subroutine call up to its terminator: its target must exist.
func (p *parser) call(end byte) (*node, bool, error) {
	p.unsupported("a recursive or subroutine call")
	if c := p.peek(); !isDigit(c) && c != '+' && c != '-' {
		n, err := p.namedReference(end)
		return n, true, err
	}
	sign := byte(0)
	if c := p.peek(); c == '-' || c == '+' {
		sign = c
		p.pos++
	}
	number := 0
	for isDigit(p.peek()) && number < 65536 {
		number = number*10 + int(p.peek()-'0')
		p.pos++
	}
	switch {
	case sign == '-' && number > p.groups:
		return nil, false, p.fail(p.pos, "reference to non-existent subpattern")
	case sign == '-':
		number = p.groups - number + 1
	case sign == '+':
		number += p.groups
	}
	at := p.pos
	if p.peek() != end {
		if !p.more() {
			return nil, false, p.fail(p.pos, "missing closing parenthesis")
		}
		return nil, false, p.fail(p.pos, "(?R (recursive pattern call) must be followed by a closing parenthesis")
	}
	p.pos++
	return p.reference(number, at), true, nil
}

// name reads a group's name up to its terminator, which it consumes.
func (p *parser) name(end byte) (string, error) {
	start := p.pos
	switch {
	case !p.more():
		return "", p.fail(p.pos, errName)
	case isDigit(p.peek()):
		return "", p.fail(p.pos, errNameDigit)
	}
	for p.more() && isWord(p.peek()) {
		p.pos++
	}
	name := p.src[start:p.pos]
	switch {
	case len(name) > maxName:
		return "", p.fail(p.pos, errNameLong)
	case name == "":
		return "", p.fail(p.pos, errName)
	case p.peek() != end:
		return "", p.fail(p.pos, errNameSyntax)
	}
	p.pos++
	return name, nil
}

// setEscape reads an escape that stands for a set of characters, in or outside of a class; isSet false: it is none.
func (p *parser) setEscape() (s set, isSet bool, err error) {
	switch c := p.src[p.pos+1]; c {
	case 'd', 'D':
		s = digits
	case 'w', 'W':
		s = words
	case 's', 'S':
		s = spaces
	case 'h', 'H':
		s = blanks
	case 'v', 'V':
		s = breaks
	case 'p', 'P':
		return p.property()
	default:
		return nil, false, nil
	}
	if p.src[p.pos+1] < 'a' {
		s = s.negate(maxRune)
	}
	p.pos += 2
	return s, true, nil
}

// property reads \pL, \p{Lu}, \p{^Greek} and their negations.
func (p *parser) property() (set, bool, error) {
	negated := p.src[p.pos+1] == 'P'
	p.pos += 2
	if !p.more() {
		return nil, false, p.fail(p.pos, errMalformed)
	}
	name := p.src[p.pos : p.pos+1]
	if name == "{" {
		end := strings.IndexByte(p.src[p.pos:], '}')
		if end < 0 {
			return nil, false, p.fail(len(p.src), errMalformed)
		}
		name = p.src[p.pos+1 : p.pos+end]
		if strings.HasPrefix(name, "^") {
			name, negated = name[1:], !negated
		}
		p.pos += end
	}
	p.pos++
	s, ok := property(name, p.limit())
	if !ok {
		return nil, false, p.fail(p.pos, errProperty)
	}
	if negated {
		s = s.negate(maxRune)
	}
	return s, true, nil
}

// charEscape reads an escape that stands for one character, in or outside of a class.
func (p *parser) charEscape() (rune, error) {
	c := p.src[p.pos+1]
	at := p.pos + 1
	p.pos += 2
	switch c {
	case 'a':
		return '\a', nil
	case 'e':
		return 0x1B, nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case '0', '1', '2', '3', '4', '5', '6', '7':
		value := rune(c - '0')
		for range 2 {
			if d := p.peek(); p.more() && d >= '0' && d <= '7' {
				value = value*8 + rune(d-'0')
				p.pos++
			}
		}
		if value > p.limit() {
			return 0, p.fail(p.pos, errOctal)
		}
		return value, nil
	case '8', '9':
		return rune(c), nil
	case 'o':
		if p.peek() != '{' {
			return 0, p.fail(at, `missing opening brace after \o`)
		}
		p.pos++
		return p.bracedNumber(8, errNotOctal)
	case 'x':
		if p.peek() == '{' {
			p.pos++
			return p.bracedNumber(16, errNotHex)
		}
		value := rune(0)
		for range 2 {
			if d, ok := hexDigit(p.peek()); ok && p.more() {
				value = value*16 + d
				p.pos++
			}
		}
		return value, nil
	case 'c':
		if !p.more() {
			return 0, p.fail(p.pos, `\c at end of pattern`)
		}
		k := p.peek()
		if k < ' ' || k > '~' {
			return 0, p.fail(p.pos, `\c must be followed by a printable ASCII character`)
		}
		if k >= 'a' && k <= 'z' {
			k -= 0x20
		}
		p.pos++
		return rune(k ^ 0x40), nil
	case 'F', 'L', 'l', 'U', 'u':
		return 0, p.fail(p.pos, errPerl)
	}
	if isLetter(c) {
		return 0, p.fail(at, errUnknown)
	}
	p.pos = at
	return p.literal().r, nil
}

// bracedNumber reads the digits and the "}" of \x{…} and \o{…}.
func (p *parser) bracedNumber(base rune, wrong string) (rune, error) {
	value := rune(0)
	large := false
	start := p.pos
	for p.more() {
		d, ok := hexDigit(p.peek())
		if !ok || d >= base {
			break
		}
		value = value*base + d
		if value > p.limit() {
			large, value = true, 0x110000
		}
		p.pos++
	}
	switch {
	case large:
		return 0, p.fail(p.pos, errTooLarge)
	case p.peek() == '}' && p.pos == start:
		return 0, p.fail(p.pos, `digits missing in \x{} or \o{} or \N{U+}`)
	case p.peek() == '}':
		p.pos++
		return value, nil
	case !p.more():
		return 0, p.fail(p.pos-1, wrong)
	}
	return 0, p.fail(p.pos, wrong)
}

func hexDigit(c byte) (rune, bool) {
	switch {
	case isDigit(c):
		return rune(c - '0'), true
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10, true
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10, true
	}
	return 0, false
}
