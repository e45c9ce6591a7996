// Formatting for `understudy fmt`: gonginx's dumper indents; what it would drop (blank lines, a comment behind a brace) comes back.

package parser

import (
	"errors"
	"slices"
	"strings"

	"github.com/tufanbarisyildirim/gonginx/dumper"
)

// Format indents a configuration text by the given number of spaces a level, one directive a line. Comments stay, arguments stay
// as written, byte for byte; several blank lines become one. Formatting twice changes nothing more. name is for error messages.
func Format(name, text string, indent int) (string, error) {
	if at := strings.IndexByte(text, 0); at >= 0 {
		line := 1 + strings.Count(text[:at], "\n")
		return "", &Error{Level: Emerg, Text: "a NUL byte cannot be formatted", File: name, Line: line}
	}
	b := &builder{reader: NewReader(Options{}), marks: true}
	tree, err := b.tree(name, func(v Visitor) error {
		return b.reader.read(&source{name: name, text: text, line: 1}, v)
	})
	if err != nil {
		return "", err
	}
	style := dumper.NewStyle()
	style.Indent = indent
	formatted := resolve(dumper.DumpConfig(&tree.Config, style))
	if !sameWords(text, formatted) {
		return "", errors.New("formatting " + name + " would change its meaning; it is left as it is")
	}
	return formatted, nil
}

// resolve turns the marks in the dumper's output into blank lines and joined lines.
func resolve(dumped string) string {
	dumped = strings.ReplaceAll(dumped, " "+markGlue, "")
	var lines []string
	join := false // the next line belongs to the one before
	for line := range strings.SplitSeq(dumped, "\n") {
		content := strings.TrimLeft(line, " ")
		margin := line[:len(line)-len(content)]
		blank := false
		if rest, ok := strings.CutPrefix(content, markBlank); ok {
			lines = append(lines, "")
			blank, content = true, rest
		}
		switch rest, joined := strings.CutPrefix(content, markJoin); {
		case joined && len(lines) > 0:
			lines[len(lines)-1] += " " + rest
		case content == markEmpty:
			join = true
		case join:
			lines[len(lines)-1] += content
			join = false
		case blank && content == "":
		default:
			if blank {
				line = margin + content
			}
			lines = append(lines, line)
		}
	}
	formatted := strings.Join(lines, "\n")
	if formatted != "" {
		formatted += "\n"
	}
	return formatted
}

// sameWords tells whether two texts hold the same directives with the same arguments, in the same blocks.
func sameWords(a, b string) bool {
	left, right := &source{text: a, line: 1}, &source{text: b, line: 1}
	var l, r lexer
	for {
		endLeft, errLeft := l.next(left)
		endRight, errRight := r.next(right)
		if errLeft != nil || errRight != nil || endLeft != endRight {
			return false
		}
		if !slices.EqualFunc(l.words, r.words, func(a, b word) bool { return a.raw == b.raw }) {
			return false
		}
		if endLeft == endText {
			return true
		}
	}
}
