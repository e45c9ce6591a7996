// The lexer: nginx's rules for words, quotes, escapes, comments and their errors (ngx_conf_read_token).

package parser

import (
	"strconv"
	"strings"
)

// maxToken is nginx's configuration buffer: a word, a quoted string or a comment must end within it.
const maxToken = 4096

// ending says what ended a run of words.
type ending uint8

const (
	endSimple ending = iota // ;
	endOpen                 // {
	endClose                // }
	endText                 // the text is over
)

// word is one name or argument.
type word struct {
	text   string // quotes and escapes removed
	raw    string // as written
	quoted bool
	glued  bool // follows a closing quote without a space: it starts with `)`
	line   int  // where it starts
	column int
	row    int // number of line breaks between words before it, within the directive
}

// remark is a comment as written, from its # to the end of its line.
type remark struct {
	text  string
	words int // how many words of the directive came before it
	row   int
	line  int
}

// lexer reads words; its slices are reused from one directive to the next.
type lexer struct {
	words   []word
	remarks []remark
	keep    bool // whether comments are collected
}

// next reads up to the next `;`, `{`, `}` or the end of the text, leaving the words in l.words.
func (l *lexer) next(s *source) (ending, *Error) {
	l.words = l.words[:0]
	l.remarks = l.remarks[:0]
	row := 0
	for {
		if s.pos >= len(s.text) {
			if len(l.words) > 0 {
				return endText, s.unexpectedEnd("")
			}
			return endText, nil
		}
		ch := s.text[s.pos]
		s.pos++
		switch ch {
		case '\n':
			s.newLine()
			row++
		case ' ', '\t', '\r':
		case ';', '{':
			if len(l.words) == 0 {
				return endText, s.fail("unexpected \"" + s.text[s.pos-1:s.pos] + "\"")
			}
			if ch == '{' {
				return endOpen, nil
			}
			return endSimple, nil
		case '}':
			if len(l.words) != 0 {
				e := s.fail("unexpected \"}\"")
				e.Hint = "a \";\" is missing after \"" + l.words[len(l.words)-1].raw + "\""
				return endText, e
			}
			return endClose, nil
		case '#':
			if err := l.comment(s, row); err != nil {
				return endText, err
			}
		case '"', '\'':
			done, err := l.quoted(s, ch, row)
			if err != nil || done != endText {
				return done, err
			}
		default:
			done, err := l.bare(s, row)
			if err != nil || done != endText {
				return done, err
			}
		}
	}
}

// comment skips to the end of the line, the # having been read. nginx holds a comment to the buffer's size, too.
func (l *lexer) comment(s *source, row int) *Error {
	start := s.pos - 1
	n := strings.IndexByte(s.text[start:], '\n')
	if n < 0 {
		n = len(s.text) - start
	}
	if s.tooLong(start, start+n) {
		return s.longParameter(start, s.line, s.column(start), 0)
	}
	s.pos = start + n
	if l.keep {
		text := strings.TrimRight(s.text[start:s.pos], " \t\r")
		l.remarks = append(l.remarks, remark{text: text, words: len(l.words), row: row, line: s.line})
	}
	return nil
}

// quoted reads a string whose opening quote has been read, and what may follow it. It returns endText if the directive goes on.
func (l *lexer) quoted(s *source, quote byte, row int) (ending, *Error) {
	open, start := s.pos-1, s.pos
	line, column := s.line, s.column(open)
	escaped := false
	for {
		if s.tooLong(start, s.pos) {
			return endText, s.longParameter(start, line, column, quote)
		}
		if s.pos >= len(s.text) {
			e := s.unexpectedEnd("")
			e.Hint = quoteHint(quote, line)
			return endText, e
		}
		ch := s.text[s.pos]
		s.pos++
		if ch == '\n' {
			s.newLine()
		} else if ch == '\\' {
			escaped = true
			if err := s.escape(start, line, column, quote); err != nil {
				return endText, err
			}
		} else if ch == quote {
			break
		}
	}
	w := word{raw: s.text[open:s.pos], text: s.text[start : s.pos-1], quoted: true, line: line, column: column, row: row}
	if escaped {
		w.text = unescape(w.text)
	}
	l.words = append(l.words, w)

	if s.tooLong(start, s.pos) {
		return endText, s.longParameter(start, line, column, 0)
	}
	if s.pos >= len(s.text) {
		return endText, s.unexpectedEnd("")
	}
	ch := s.text[s.pos]
	s.pos++
	switch ch {
	case ' ', '\t', '\r', '\n':
		if s.tooLong(start, s.pos) {
			return endText, s.longParameter(start, line, column, 0)
		}
		s.pos-- // the caller counts the white space
		return endText, nil
	case ';':
		return endSimple, nil
	case '{':
		return endOpen, nil
	case ')':
		s.pos--
		return endText, nil
	}
	e := s.fail("unexpected \"" + s.text[s.pos-1:s.pos] + "\"")
	e.Hint = "after a closing quote nginx takes only a space, \";\", \"{\" or \")\""
	return endText, e
}

// bare reads a word that is not quoted, its first byte having been read. It returns endText if the directive goes on.
func (l *lexer) bare(s *source, row int) (ending, *Error) {
	start, line := s.pos-1, s.line
	column := s.column(start)
	escaped, variable := false, false
	s.pos = start
	for {
		if s.tooLong(start, s.pos) {
			return endText, s.longParameter(start, line, column, 0)
		}
		if s.pos >= len(s.text) {
			return endText, s.unexpectedEnd(s.text[start:])
		}
		ch := s.text[s.pos]
		s.pos++
		if ch == '{' && variable {
			continue
		}
		variable = ch == '$'
		switch ch {
		case '\\':
			escaped = true
			if err := s.escape(start, line, column, 0); err != nil {
				return endText, err
			}
		case ' ', '\t', '\r', '\n', ';', '{':
			w := word{text: s.text[start : s.pos-1], line: line, column: column, row: row}
			w.raw = w.text
			w.glued = len(l.words) > 0 && (s.text[start-1] == '"' || s.text[start-1] == '\'')
			if escaped {
				w.text = unescape(w.text)
			}
			l.words = append(l.words, w)
			if ch == ';' {
				return endSimple, nil
			}
			if ch == '{' {
				return endOpen, nil
			}
			if s.tooLong(start, s.pos) {
				return endText, s.longParameter(start, line, column, 0)
			}
			s.pos-- // the caller counts the white space
			return endText, nil
		}
	}
}

// escape steps over the byte after a backslash.
func (s *source) escape(start, line, column int, quote byte) *Error {
	if s.tooLong(start, s.pos) {
		return s.longParameter(start, line, column, quote)
	}
	if s.pos < len(s.text) {
		s.pos++
		if s.text[s.pos-1] == '\n' {
			s.newLine()
		}
	}
	return nil
}

// newLine notes that the byte before pos was a line feed.
func (s *source) newLine() {
	s.line++
	s.lineStart = s.pos
}

// tooLong tells whether reading the byte at pos would overflow nginx's buffer, which holds the word from start on.
// The last byte of a file never does: nginx meets the end of the file first. Text of -g is not buffered.
func (s *source) tooLong(start, pos int) bool {
	return pos-start >= maxToken && start+maxToken < len(s.text) && !s.commandLine
}

// longParameter is the error for a word that does not fit nginx's buffer; nginx reports the line where it starts.
func (s *source) longParameter(start, line, column int, quote byte) *Error {
	if quote != 0 {
		e := s.failAt("too long parameter, probably missing terminating \""+string(rune(quote))+"\" character", line, column)
		e.Hint = quoteHint(quote, line)
		return e
	}
	return s.failAt("too long parameter \""+s.text[start:start+10]+"...\" started", line, column)
}

// unexpectedEnd is the error for a text that ends inside a directive.
func (s *source) unexpectedEnd(last string) *Error {
	if s.commandLine {
		return s.fail("unexpected end of parameter, expecting \";\"")
	}
	e := s.fail("unexpected end of file, expecting \";\" or \"}\"")
	if last != "" {
		e.Hint = "a \";\" is missing after \"" + last + "\""
	}
	return e
}

// unescape removes backslashes as nginx does: \" \' \\ lose theirs, \t \r \n become the control character, all else stays.
func unescape(raw string) string {
	var b strings.Builder
	b.Grow(len(raw))
	for i := 0; i < len(raw); i++ {
		ch := raw[i]
		if ch == '\\' && i+1 < len(raw) {
			switch raw[i+1] {
			case '"', '\'', '\\':
				i++
				ch = raw[i]
			case 't':
				i++
				ch = '\t'
			case 'r':
				i++
				ch = '\r'
			case 'n':
				i++
				ch = '\n'
			}
		}
		b.WriteByte(ch)
	}
	return b.String()
}

// quoteHint says which quote is still open.
func quoteHint(quote byte, line int) string {
	return "the " + string(rune(quote)) + " opened on line " + strconv.Itoa(line) + " is not closed"
}
