// Package pcre reads regular expressions in the notation that nginx users write (PCRE2 10.42, as nginx compiles it: bytes,
// not UTF-8, unless the pattern starts with (*UTF8)), reports mistakes with PCRE2's texts and offsets, and matches them:
// lists of texts by comparing (Literals), everything by a Machine that goes through a Program step by step. For a text on which
// that takes too long a pattern is rewritten for Go's regexp (RE2), if that can express it.
package pcre

import "fmt"

// Error is a mistake in a pattern: Text is PCRE2's, Offset the byte where PCRE2 points.
type Error struct {
	Text    string
	Pattern string
	Offset  int
}

// Error is the line that nginx logs.
func (e *Error) Error() string {
	if e.Offset >= len(e.Pattern) {
		return fmt.Sprintf("pcre2_compile() failed: %s in \"%s\"", e.Text, e.Pattern)
	}
	return fmt.Sprintf("pcre2_compile() failed: %s in \"%s\" at \"%s\"", e.Text, e.Pattern, e.Pattern[e.Offset:])
}

// UnsupportedError says that the pattern is right but asks for something that neither engine has.
type UnsupportedError struct{ Pattern, Feature string }

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("regex \"%s\" uses %s, which is not supported", e.Pattern, e.Feature)
}

// Name is a named group.
type Name struct {
	Name  string
	Group int
}

// Pattern is a parsed regular expression.
type Pattern struct {
	Source string
	Groups int    // capture groups, without the whole match
	Names  []Name // by name, as PCRE2 lists them
	UTF    bool   // text and pattern are UTF-8; else one byte is one character

	// FinalNewline says that "$" in the pattern also matches before a newline that ends the text, which neither Literals nor
	// RE2 know: such texts are for the Machine.
	FinalNewline bool

	root   *node
	resets bool // groups share numbers
}

// Parse reads a pattern. The error is an *Error or an *UnsupportedError.
func Parse(source string, caseless bool) (*Pattern, error) {
	p := &parser{src: source, names: map[string]int{}}
	p.opt.caseless = caseless
	root, err := p.pattern()
	if err != nil {
		return nil, err
	}
	return &Pattern{
		Source: source, Groups: p.groups, Names: p.sortedNames(), UTF: p.utf,
		FinalNewline: root.has(func(n *node) bool {
			return n.kind == kindAssert && (n.assert == endLine || n.assert == endText || n.assert == startLine)
		}),
		root: root, resets: p.resets,
	}, nil
}
