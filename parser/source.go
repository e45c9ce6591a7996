// A source is one text being read: a file, or the parameter of -g.

package parser

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// File is a configuration file as it was read.
type File struct {
	Path    string
	Content string
}

// source is a text and the place up to which it has been read.
type source struct {
	name        string
	commandLine bool
	text        string
	pos         int        // next byte to read
	line        int        // line of that byte, 1-based
	lineStart   int        // offset of the line's first byte
	include     []Position // how the file came to be read
	open        []*Directive
	unread      bool // the last directive opened a block that nobody has read yet
}

// column is the 1-based byte column of an offset on the present line.
func (s *source) column(offset int) int { return offset - s.lineStart + 1 }

// fail makes an [emerg] error at the place where the source stands.
func (s *source) fail(text string) *Error {
	return s.failAt(text, s.line, s.column(max(s.pos-1, s.lineStart)))
}

// failAt makes an [emerg] error at a given place.
func (s *source) failAt(text string, line, column int) *Error {
	return &Error{Level: Emerg, Text: text, File: s.name, Line: line, Column: column, CommandLine: s.commandLine}
}

// readFile reads a file in nginx's way: as many bytes as fstat says, so that /dev/null and a FIFO are empty.
// Errors carry nginx's text and level and no position.
func readFile(path string) (string, *Error) {
	// A C string ends at its first NUL.
	name, _, _ := strings.Cut(path, "\x00")
	f, err := os.Open(name)
	if err != nil {
		return "", &Error{Level: Emerg, Text: fmt.Sprintf("open() \"%s\" failed", name) + SystemError(err), Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", &Error{Level: Emerg, Text: fmt.Sprintf("fstat() \"%s\" failed", name) + SystemError(err), Err: err}
	}
	size := info.Size()
	if size > maxFile {
		return "", &Error{Level: Emerg, Text: fmt.Sprintf("\"%s\" is too large for a configuration file", name)}
	}
	var content strings.Builder
	content.Grow(int(size))
	n, err := io.Copy(&content, io.NewSectionReader(f, 0, size))
	if err != nil {
		return "", &Error{Level: Crit, Text: fmt.Sprintf("pread() \"%s\" failed", name) + SystemError(err), Err: err}
	}
	if n != size {
		return "", &Error{Level: Emerg, Text: fmt.Sprintf("pread() returned only %d bytes instead of %d", n, size), File: name, Line: 1}
	}
	return content.String(), nil
}

// maxFile bounds what is read into memory, so that `include /some/disk.img` is an error and not the end of the process.
const maxFile = 1 << 30
