package pcre

import "strings"

const (
	errUnclosed = "missing terminating ] for character class"
	errRange    = "invalid range in character class"
	errOrder    = "range out of order in character class"
	errInClass  = "escape sequence is invalid in character class"
)

// class reads a character class from its "[".
func (p *parser) class() (*node, error) {
	p.pos++
	negated := p.take("^")
	var s set
	quoted := false
	last := rune(-1) // a single character that may start a range
	afterSet := false
	ranging := false // "-" was read behind last
	first := true

	for {
		if !p.more() {
			return nil, p.fail(len(p.src), errUnclosed)
		}
		c := p.src[p.pos]
		if quoted {
			if p.take(`\E`) {
				quoted = false
				continue
			}
		} else {
			if p.take(`\Q`) {
				quoted = true
				continue
			}
			if p.take(`\E`) {
				continue
			}
			if p.opt.more && (c == ' ' || c == '\t') {
				p.pos++
				continue
			}
			if c == ']' && !first {
				p.pos++
				break
			}
		}
		first = false

		var r rune
		switch {
		case quoted:
			r = p.literal().r

		case c == '[' && p.posixAt(p.pos) != 0:
			at := p.pos
			members, err := p.posix()
			if err != nil {
				return nil, err
			}
			if ranging {
				return nil, p.fail(at+1, errRange)
			}
			s = append(s, members...)
			last, afterSet = -1, true
			continue

		case c == '-' && !ranging && last >= 0 && !p.lastInClass(p.pos+1):
			ranging = true
			p.pos++
			continue

		case c == '-' && afterSet && !p.lastInClass(p.pos+1):
			return nil, p.fail(p.pos, errRange)

		case c == '\\':
			if p.pos+1 == len(p.src) {
				return nil, p.fail(len(p.src), errAtEnd)
			}
			members, isSet, err := p.setEscape()
			if err != nil {
				return nil, err
			}
			if isSet {
				if ranging {
					return nil, p.fail(p.pos, errRange)
				}
				s = append(s, members...)
				last, afterSet = -1, true
				continue
			}
			if r, err = p.classChar(); err != nil {
				return nil, err
			}

		default:
			r = p.literal().r
		}

		if ranging {
			if r < last {
				return nil, p.fail(p.pos-1, errOrder)
			}
			s = append(s, span{last, r})
			last, ranging, afterSet = -1, false, false
			continue
		}
		s = append(s, span{r, r})
		last, afterSet = r, false
	}
	if ranging { // "-" was the last member: [a-]
		s = append(s, span{'-', '-'})
	}

	s = s.normal()
	if p.opt.caseless {
		s = s.folded(p.utf)
	}
	if negated {
		s = s.negate(p.limit())
	}
	return p.setNode(s), nil
}

// lastInClass says whether the class ends at offset i, so that a "-" before it is literal.
func (p *parser) lastInClass(i int) bool { return i < len(p.src) && p.src[i] == ']' }

// classChar reads an escape inside a class that stands for one character.
func (p *parser) classChar() (rune, error) {
	switch c := p.src[p.pos+1]; c {
	case 'b':
		p.pos += 2
		return '\b', nil
	case 'N':
		return 0, p.fail(p.pos+2, `\N is not supported in a class`)
	case 'A', 'B', 'C', 'G', 'K', 'R', 'X', 'Z', 'k', 'z':
		return 0, p.fail(p.pos+1, errInClass)
	case 'g':
		p.pos += 2
		return 'g', nil
	}
	return p.charEscape()
}

// posixAt says whether a [:name:], [.x.] or [=x=] begins at offset i: it gives the middle character, 0 if none does.
func (p *parser) posixAt(i int) byte {
	if i+1 >= len(p.src) {
		return 0
	}
	mark := p.src[i+1]
	if mark != ':' && mark != '.' && mark != '=' {
		return 0
	}
	for j := i + 2; j+1 < len(p.src); j++ {
		switch c := p.src[j]; {
		case c == '\\' && (p.src[j+1] == ']' || p.src[j+1] == '\\'):
			j++
		case c == '[' && p.src[j+1] == mark, c == ']':
			return 0
		case c == mark && p.src[j+1] == ']':
			return mark
		}
	}
	return 0
}

// posix reads [:name:] or [:^name:].
func (p *parser) posix() (set, error) {
	if p.src[p.pos+1] != ':' {
		return nil, p.fail(p.pos, "POSIX collating elements are not supported")
	}
	start := p.pos + 2
	negated := p.src[start] == '^'
	if negated {
		start++
	}
	end := start + strings.Index(p.src[start:], ":]")
	name := p.src[start:end]
	members, ok := posix[name]
	if !ok {
		return nil, p.fail(start, "unknown POSIX class name")
	}
	if p.opt.caseless && (name == "upper" || name == "lower") {
		members = posix["alpha"]
	}
	if negated {
		members = members.negate(maxRune)
	}
	p.pos = end + 2
	return members, nil
}
