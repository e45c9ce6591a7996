// Rendering of an error for people: the source line, a caret, the hint.

package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"understudy/parser"
)

// renderWidth is the number of characters of a source line that are shown.
const renderWidth = 110

// Render gives what is shown below nginx's own line: the source line with its number, a caret, and the hint, each line
// ended by a newline. It is "" when there is nothing to add. Control characters and broken UTF-8 are made visible, long
// lines are cut around the caret.
func Render(e *parser.Error, sourceLine string, color bool) string {
	var b strings.Builder
	paint := func(code, text string) string {
		if !color {
			return text
		}
		return "\x1b[" + code + "m" + text + "\x1b[0m"
	}
	if sourceLine != "" && strings.TrimSpace(sourceLine) != "" {
		text, from, length := excerpt(sourceLine, e.Column)
		number := fmt.Sprint(e.Line)
		if e.Line <= 0 {
			number = ""
		}
		margin := strings.Repeat(" ", len(number))
		fmt.Fprintf(&b, " %s %s %s\n", paint("2", number), paint("2", "|"), text)
		fmt.Fprintf(&b, " %s %s %s%s\n", margin, paint("2", "|"), strings.Repeat(" ", from), paint("1;31", "^"+strings.Repeat("~", length-1)))
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, " %s %s\n", paint("1;36", "hint:"), visible(e.Hint))
	}
	return b.String()
}

// excerpt makes a line fit to show: text, the place of the caret in characters, and how many characters it underlines.
func excerpt(line string, column int) (text string, from, length int) {
	at := column - 1
	if at < 0 || at >= len(line) {
		at = len(line) - len(strings.TrimLeft(line, " \t"))
	}
	end := at
	for end < len(line) && !strings.ContainsRune(" \t;{}", rune(line[end])) {
		end++
	}
	end = max(end, at+1)
	before, word, after := visible(line[:at]), visible(line[at:end]), visible(line[end:])
	if n := utf8.RuneCountInString(before); n > renderWidth/2 {
		before = "…" + string([]rune(before)[n-renderWidth/2+1:])
	}
	if n := utf8.RuneCountInString(word); n > renderWidth/2 {
		word = string([]rune(word)[:renderWidth/2])
	}
	from, length = utf8.RuneCountInString(before), utf8.RuneCountInString(word)
	if room := renderWidth - from - length; utf8.RuneCountInString(after) > room {
		after = string([]rune(after)[:max(room-1, 0)]) + "…"
	}
	return before + word + after, from, length
}

// visible replaces what a terminal would not show as one character.
func visible(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\t':
			b.WriteString("    ")
		case r == utf8.RuneError && n == 1, unicode.IsControl(r):
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}
