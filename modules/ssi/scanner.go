package ssi

import (
	"bytes"
	"fmt"
)

// scanner tells commands from text in a document that comes in pieces of any size.
type scanner struct {
	limit int // bytes of a parameter's value

	state   state
	within  state // the kind of quotes around a value, while a backslash's companion is read
	carried int   // bytes of "<!--" at the end of the last piece

	command []byte
	params  []param
	problem string // what is wrong with the command, for the error log; the caller takes it
}

// param is NAME="VALUE"; backslashes are still in the value.
type param struct{ name, value []byte }

// Limits of nginx for the names of commands and of parameters.
const (
	maxCommand = 32
	maxName    = 32
)

type state uint8

const (
	inText  state = iota
	atOpen        // behind "<"
	atBang        // "<!"
	atDash        // "<!-"
	atSharp       // "<!--"
	beforeCommand
	inCommand
	beforeParam
	inParam
	beforeEqual
	beforeValue
	inDouble
	inSingle
	afterBackslash
	afterValue
	atEnd  // "-"
	atEnd2 // "--"
	inBroken
	atBrokenEnd
	atBrokenEnd2
)

// opening is what a command begins with.
var opening = []byte("<!--")

// continues are the bytes that lead on from atOpen, atBang, atDash and atSharp.
const continues = "!--#"

type event uint8

const (
	more   event = iota // the piece is used up
	found               // a whole command
	broken              // a command that cannot be read, at its end
)

// scan takes bytes of p up to the end of the next command: prefix bytes of "<!--" that an earlier piece ended with and text,
// in this order, stand before the command; n bytes of p are done with.
func (s *scanner) scan(p []byte) (prefix int, text []byte, n int, ev event) {
	open, i := 0, 0 // where a command may begin; what is looked at
	for ; i < len(p) && s.state < beforeCommand; i++ {
		c := p[i]
		switch {
		case s.state == inText:
			j := bytes.IndexByte(p[i:], '<')
			if j < 0 {
				return prefix, p, len(p), more
			}
			i += j
			open, s.state = i, atOpen
		case c == continues[s.state-atOpen]:
			if s.state == atSharp {
				if s.carried > 0 {
					open, s.carried = 0, 0
				}
				text = p[:open]
				s.command, s.params = s.command[:0], s.params[:0]
			}
			s.state++
		default: // what looked like a command is text
			if s.carried > 0 {
				prefix, s.carried = s.carried, 0
			}
			if s.state = inText; c == '<' {
				open, s.state = i, atOpen
			}
		}
	}
	switch {
	case s.state == inText:
		return prefix, p, len(p), more
	case s.state < beforeCommand:
		if s.carried > 0 {
			s.carried += len(p)
			return 0, nil, len(p), more
		}
		s.carried = len(p) - open
		return prefix, p[:open], len(p), more
	}
	for ; i < len(p); i++ {
		if ev := s.next(p[i]); ev != more {
			s.state = inText
			return prefix, text, i + 1, ev
		}
	}
	return prefix, text, len(p), more
}

// next reads one byte of a command.
func (s *scanner) next(c byte) event {
	space := c == ' ' || c == '\r' || c == '\n' || c == '\t'
	switch s.state {
	case beforeCommand:
		if !space {
			s.command = append(s.command, c)
			s.state = inCommand
		}
	case inCommand:
		switch {
		case space:
			s.state = beforeParam
		case c == '-':
			s.state = atEnd
		case len(s.command) == maxCommand:
			s.wrong(inBroken, "the \"%s%c...\" SSI command is too long", s.command, c)
		default:
			s.command = append(s.command, c)
		}
	case beforeParam:
		switch {
		case space:
		case c == '-':
			s.state = atEnd
		default:
			s.param(c)
			s.state = inParam
		}
	case inParam, beforeEqual:
		s.name(c, space)
	case beforeValue:
		switch {
		case space:
		case c == '"':
			s.state = inDouble
		case c == '\'':
			s.state = inSingle
		default:
			s.wrong(brokenAt(c), "unexpected \"%c\" symbol before value of \"%s\" parameter in \"%s\" SSI command", c, s.last().name, s.command)
		}
	case inDouble, inSingle, afterBackslash:
		s.value(c)
	case afterValue:
		switch {
		case space:
			s.state = beforeParam
		case c == '-':
			s.state = atEnd
		default:
			s.wrong(inBroken, "unexpected \"%c\" symbol after \"%s\" value of \"%s\" parameter in \"%s\" SSI command", c, s.last().value, s.last().name, s.command)
		}
	case atEnd, atEnd2:
		switch {
		case s.state == atEnd && c == '-':
			s.state = atEnd2
		case s.state == atEnd2 && c == '>':
			return found
		default:
			s.wrong(inBroken, "unexpected \"%c\" symbol in \"%s\" SSI command", c, s.command)
		}
	case inBroken:
		s.state = brokenAt(c)
	case atBrokenEnd:
		if s.state = inBroken; c == '-' {
			s.state = atBrokenEnd2
		}
	case atBrokenEnd2:
		if c == '>' {
			return broken
		}
		s.state = inBroken
	}
	return more
}

// name reads a byte of a parameter's name, or between it and "=".
func (s *scanner) name(c byte, space bool) {
	switch {
	case space:
		s.state = beforeEqual
	case c == '=':
		s.state = beforeValue
	case c == '-' || s.state == beforeEqual:
		s.wrong(brokenAt(c), "unexpected \"%c\" symbol after \"%s\" parameter in \"%s\" SSI command", c, s.last().name, s.command)
	case len(s.last().name) == maxName:
		s.wrong(inBroken, "too long \"%s%c...\" parameter in \"%s\" SSI command", s.last().name, c, s.command)
	default:
		s.last().name = append(s.last().name, c)
	}
}

// value reads a byte of a quoted value.
func (s *scanner) value(c byte) {
	switch {
	case s.state == inDouble && c == '"', s.state == inSingle && c == '\'':
		s.state = afterValue
		return
	case s.state == afterBackslash:
		s.state = s.within
	case c == '\\':
		s.within, s.state = s.state, afterBackslash
	}
	if v := s.last(); len(v.value) < s.limit {
		v.value = append(v.value, c)
		return
	}
	s.wrong(inBroken, "too long \"%s%c...\" value of \"%s\" parameter in \"%s\" SSI command", s.last().value, c, s.last().name, s.command)
}

// param begins a parameter, in the memory of an earlier command's if there is some.
func (s *scanner) param(c byte) {
	n := len(s.params)
	if n < cap(s.params) {
		s.params = s.params[:n+1]
		p := &s.params[n]
		p.name, p.value = append(p.name[:0], c), p.value[:0]
		return
	}
	s.params = append(s.params, param{name: []byte{c}})
}

func (s *scanner) last() *param { return &s.params[len(s.params)-1] }

// wrong notes what is wrong; the rest of the command is passed over.
func (s *scanner) wrong(to state, format string, args ...any) {
	s.state, s.problem = to, fmt.Sprintf(format, args...)
}

// brokenAt is the state behind c in a broken command.
func brokenAt(c byte) state {
	if c == '-' {
		return atBrokenEnd
	}
	return inBroken
}
