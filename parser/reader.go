// The reader: files, blocks and includes in file order.

package parser

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	gonginx "github.com/tufanbarisyildirim/gonginx/config"
)

// Visitor is called for every directive in file order: a simple one at its `;`, a block at its `{`. For a block it must read the
// body with Reader.Block or Reader.Skip before it returns. Its error ends the reading and is returned unchanged.
type Visitor func(d *Directive) error

// Options of a Reader.
type Options struct {
	ConfPrefix string                         // directory of nginx.conf: relative includes start there
	Log        func(level Level, text string) // told of every file opened (debug); nil = silent
	BuiltIn    BuiltIn                        // nil = a file that does not exist is an error
}

// BuiltIn gives the text of a file that an include asks for and that does not exist; false for none.
type BuiltIn func(include *Directive, path string) (text string, ok bool)

// Reader reads one configuration: a main file with all it includes, or the text of -g. It belongs to one goroutine.
type Reader struct {
	options Options
	lexer   lexer
	sources []*source // innermost last
	files   []File
	texts   map[string]string // by path: a file included twice is the same file
	last    Position          // where the last source ended
	depth   int               // open blocks, over all sources
}

// maxIncludes is the depth of nested includes at which nginx, too, usually gives up: each holds a descriptor, of 1024.
const maxIncludes = 1000

// maxBlocks bounds the nesting of blocks, and with it the stack.
const maxBlocks = 1000

// NewReader makes a reader.
func NewReader(o Options) *Reader {
	if o.ConfPrefix != "" && !strings.HasSuffix(o.ConfPrefix, "/") {
		o.ConfPrefix += "/"
	}
	return &Reader{options: o, texts: map[string]string{}}
}

// ReadFile reads the main file; v gets every top-level directive. The path should be absolute: errors show it as it is.
func (r *Reader) ReadFile(path string, v Visitor) error {
	return r.readFile(path, nil, v)
}

// ReadString reads the text of -g, in which blocks are not allowed and errors are "in command line".
func (r *Reader) ReadString(text string, v Visitor) error {
	return r.read(&source{text: text, commandLine: true, line: 1}, v)
}

// Block reads the body of the block whose directive was just handed out, up to its `}`.
func (r *Reader) Block(v Visitor) error {
	s := r.top()
	if s == nil || !s.unread {
		return errors.New("parser: Block called where no block was opened")
	}
	s.unread = false
	if r.depth >= maxBlocks {
		return s.fail("too many nested blocks")
	}
	r.depth++
	defer func() { r.depth-- }()
	return r.run(s, true, v)
}

// Skip passes over the body of the block whose directive was just handed out; only its lexical errors are found.
func (r *Reader) Skip() error {
	var skip Visitor
	skip = func(d *Directive) error {
		if d.IsBlock {
			return r.Block(skip)
		}
		return nil
	}
	return r.Block(skip)
}

// Include carries out `include PATTERN`: the directives of the files go to v. A pattern with * ? or [ may match nothing.
func (r *Reader) Include(d *Directive, v Visitor) error {
	if len(d.Args) != 1 {
		return d.Error(Emerg, fmt.Sprintf("invalid number of arguments in \"%s\" directive", d.Name))
	}
	path := r.FullName(d.Args[0])
	if !hasMeta(path) {
		return r.readFile(path, d, v)
	}
	for _, name := range glob(path) {
		if err := r.readFile(name, d, v); err != nil {
			return err
		}
	}
	return nil
}

// FullName is a file name made absolute as nginx does it for includes: the directory of nginx.conf is put before a relative one.
func (r *Reader) FullName(name string) string {
	if strings.HasPrefix(name, "/") || filepath.IsAbs(name) {
		return name
	}
	return r.options.ConfPrefix + name
}

// Position is where the reader stands: after Block, at the closing brace.
func (r *Reader) Position() Position {
	if s := r.top(); s != nil {
		return s.position()
	}
	return r.last
}

// Error makes an error of the given level where the reader stands, which is where nginx reports what it finds at a block's end.
func (r *Reader) Error(level Level, text string) *Error {
	if s := r.top(); s != nil {
		e := s.fail(text)
		e.Level = level
		return e
	}
	return &Error{Level: level, Text: text, File: r.last.File, Line: r.last.Line, Column: r.last.Column}
}

// Files is every file read so far, once each, in the order of their first reading.
func (r *Reader) Files() []File { return r.files }

// Line is the text of a line (1-based) of a file that was read, without its line end.
func (r *Reader) Line(file string, line int) (string, bool) {
	text, ok := r.texts[file]
	for ; ok && line > 1; line-- {
		_, text, ok = strings.Cut(text, "\n")
	}
	if !ok || line < 1 {
		return "", false
	}
	text, _, _ = strings.Cut(text, "\n")
	return strings.TrimSuffix(text, "\r"), true
}

// missing says where an included file was looked for, or that one of its name lies beside the main file.
func (r *Reader) missing(name string) string {
	if !filepath.IsAbs(name) {
		return "relative names start at the directory of the main configuration file, " + r.options.ConfPrefix
	}
	base := filepath.Base(name)
	if _, err := os.Stat(r.options.ConfPrefix + base); err == nil {
		return fmt.Sprintf("there is one beside the main configuration file: include %s;", base)
	}
	return ""
}

// readFile opens a file and reads it; d is the include that asked for it, nil for the main file.
func (r *Reader) readFile(path string, d *Directive, v Visitor) error {
	outer := r.top()
	text, known := r.texts[path]
	var failure *Error
	switch {
	case len(r.sources) >= maxIncludes:
		failure = &Error{Level: Emerg, Text: fmt.Sprintf("open() \"%s\" failed", path) + SystemError(syscall.EMFILE), Err: syscall.EMFILE}
		failure.Hint = r.cycle(path)
	case !known:
		text, failure = readFile(path)
		if failure != nil && d != nil && r.options.BuiltIn != nil && errors.Is(failure.Err, fs.ErrNotExist) {
			if own, ok := r.options.BuiltIn(d, path); ok {
				text, failure = own, nil
			}
		}
	}
	if failure != nil {
		// nginx names the place of the include, but for a failed read, which it logs without one.
		if outer != nil && failure.Level == Emerg && failure.File == "" {
			at := outer.fail("")
			failure.File, failure.Line, failure.CommandLine = at.File, at.Line, at.CommandLine
			if d != nil {
				failure.Column = d.columnAtEnd()
				if failure.Hint == "" && errors.Is(failure.Err, fs.ErrNotExist) {
					failure.Hint = r.missing(d.Args[0])
				}
			}
		}
		return failure
	}
	if !known {
		r.texts[path] = text
		r.files = append(r.files, File{Path: path, Content: text})
	}
	if r.options.Log != nil {
		r.options.Log(Debug, "include "+path)
	}
	s := &source{name: path, text: text, line: 1}
	if outer != nil {
		s.include = append(slices.Clone(outer.include), Position{File: outer.name, Line: outer.line})
		if d != nil {
			s.include[len(s.include)-1] = d.Position()
		}
	}
	return r.read(s, v)
}

// read pushes a source, reads all of it and takes it off again.
func (r *Reader) read(s *source, v Visitor) error {
	r.sources = append(r.sources, s)
	err := r.run(s, false, v)
	if !s.commandLine {
		r.last = s.position()
	}
	r.sources = r.sources[:len(r.sources)-1]
	return err
}

// run hands directives to v up to the end of the block or of the text.
func (r *Reader) run(s *source, block bool, v Visitor) error {
	for {
		end, failure := r.lexer.next(s)
		if failure != nil {
			return failure
		}
		switch {
		case end == endClose && block:
			s.open = s.open[:len(s.open)-1]
			return nil
		case end == endClose:
			return s.fail("unexpected \"}\"")
		case end == endText && block:
			e := s.fail("unexpected end of file, expecting \"}\"")
			opened := s.open[len(s.open)-1]
			e.Hint = fmt.Sprintf("the block \"%s\" opened on line %d is not closed", opened.GetName(), opened.Line)
			return e
		case end == endText:
			return nil
		case end == endOpen && s.commandLine:
			return s.fail("block directives are not supported in -g option")
		}
		d := r.directive(s, end)
		if err := v(d); err != nil {
			return err
		}
		if s.unread {
			return fmt.Errorf("parser: the body of block directive \"%s\" was left unread", d.Name)
		}
	}
}

// directive makes the node of the words just read.
func (r *Reader) directive(s *source, end ending) *Directive {
	words := r.lexer.words
	d := &Directive{
		File: s.name, CommandLine: s.commandLine, Column: words[0].column, EndLine: s.line, Include: s.include,
		NameQuoted: words[0].quoted,
	}
	d.Name, d.Line = words[0].text, words[0].line
	if words[0].raw != words[0].text {
		d.RawName = words[0].raw
	}
	if n := len(words) - 1; n > 0 {
		d.Args = make([]string, n)
		d.Quoted = make([]bool, n)
		d.Parameters = make([]gonginx.Parameter, n)
		for i, w := range words[1:] {
			d.Args[i], d.Quoted[i] = w.text, w.quoted
			d.Parameters[i] = gonginx.Parameter{Value: w.raw, RelativeLineIndex: w.row - words[0].row}
		}
	}
	if end == endOpen {
		d.IsBlock, s.unread = true, true
		s.open = append(s.open, d)
	}
	return d
}

// top is the source being read, nil outside of reading.
func (r *Reader) top() *source {
	if len(r.sources) == 0 {
		return nil
	}
	return r.sources[len(r.sources)-1]
}

// position is the place of the last byte read.
func (s *source) position() Position {
	return Position{File: s.name, Line: s.line, Column: s.column(max(s.pos-1, s.lineStart))}
}

// cycle says how a file came to include itself, "" if it did not.
func (r *Reader) cycle(path string) string {
	for i, s := range r.sources {
		if s.name != path {
			continue
		}
		hint := "\"" + path + "\" includes itself: "
		for _, inner := range r.sources[i+1:] {
			at := inner.include[len(inner.include)-1]
			hint += fmt.Sprintf("%s:%d → ", at.File, at.Line)
			if inner.name == path {
				break
			}
		}
		return hint + path
	}
	return ""
}
