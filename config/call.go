// Calls: one occurrence of a directive, handed to its option.

package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"unsafe"

	"understudy/parser"
)

// Call is one occurrence of a directive.
type Call struct {
	*parser.Directive
	Block *Block  // the block in which the directive stands
	Conf  *Config // the load in progress

	order  int // which directive of the configuration it is
	field  *field
	opened bool // the body has been read: errors are now at its closing brace
}

// Place is where a directive stands: in which block, and as which of all directives of the configuration.
type Place struct {
	Block *Block
	order int
}

// Place gives the directive's place.
func (c *Call) Place() Place { return Place{c.Block, c.order} }

// In tells whether the directive stands in b itself.
func (p Place) In(b *Block) bool { return p.Block == b && b != nil }

// Behind tells whether the directive stands further down than another.
func (p Place) Behind(other Place) bool { return p.order > other.order }

// Tag gives a tag of the field that declares the directive.
func (c *Call) Tag(key string) string { return c.field.tag.Get(key) }

// Around gives the struct that declares the directive, in the settings of the block in which it stands: a module's settings, or
// a struct that is embedded in them. S must be that struct.
func Around[S any](c *Call) *S {
	f := c.field
	if f.around != reflect.TypeFor[S]() {
		panic("config: " + f.name + " is declared by " + f.around.String())
	}
	return (*S)(unsafe.Add(c.Block.local(f.module.slot, f.module.make), f.start))
}

// Errorf makes an error at the directive: on the line of its `;` or `{`, or of its `}` once its body has been read.
func (c *Call) Errorf(format string, a ...any) error {
	return c.at(parser.Emerg, fmt.Sprintf(format, a...))
}

// Errore is Errorf with a hint on what to do about it.
func (c *Call) Errore(hint, format string, a ...any) error {
	e := c.at(parser.Emerg, fmt.Sprintf(format, a...))
	e.Hint = hint
	return e
}

// Lacking is Errore for what nginx may take and Understudy does not: the hint is shown in logs too.
func (c *Call) Lacking(hint, format string, a ...any) error {
	e := c.at(parser.Emerg, fmt.Sprintf(format, a...))
	e.Hint, e.Unsupported = hint, true
	return e
}

// Unsupported is Lacking with a hint that says what it is; "" if the text says that already.
func (c *Call) Unsupported(what, format string, a ...any) error {
	hint := "known to nginx, not supported by " + c.Conf.Program() + " yet"
	if what != "" {
		hint = what + " is " + hint
	}
	return c.Lacking(hint, format, a...)
}

// Warnf adds a warning at the directive to the configuration's list.
func (c *Call) Warnf(format string, a ...any) { c.Logf(parser.Warn, format, a...) }

// Logf adds a message of any level at the directive to the configuration's list.
func (c *Call) Logf(level parser.Level, format string, a ...any) {
	c.Conf.Warnings = append(c.Conf.Warnings, c.at(level, fmt.Sprintf(format, a...)))
}

// Duplicate is the error of a directive that stands twice in one block.
func (c *Call) Duplicate() error { return c.Errorf(`"%s" directive is duplicate`, c.Name) }

// Invalid is the error of a value that cannot be read.
func (c *Call) Invalid() error { return c.Errorf(`"%s" directive invalid value`, c.Name) }

// Arguments is the error of a wrong number of arguments.
func (c *Call) Arguments() error {
	return c.Errorf(`invalid number of arguments in "%s" directive`, c.Name)
}

func (c *Call) at(level parser.Level, text string) *parser.Error {
	if c.opened && c.Conf.reader != nil {
		return c.Conf.reader.Error(level, text)
	}
	return c.Directive.Error(level, text)
}

// Enter reads the directive's braces as a block of declared directives of the given kind: a new child of c.Block.
// set, if not nil, is called before anything is read. When an http, stream, mail or events block closes, its settings
// are merged before Enter returns.
func (c *Call) Enter(kind Context, set func(*Block)) (*Block, error) {
	b := &Block{Kind: kind, Parent: c.Block, Directive: c.Directive, load: c.Conf}
	c.Block.Children = append(c.Block.Children, b)
	if set != nil {
		set(b)
	}
	err := c.Body(func(d *parser.Directive) error { return c.Conf.handle(b, d) })
	if err != nil {
		return nil, err
	}
	b.End = c.Conf.reader.Position()
	if kind.root() {
		if err := c.Conf.mergeRoot(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Body reads the directive's braces with a syntax of its own (map, types, geo): v gets every line inside.
func (c *Call) Body(v parser.Visitor) error {
	c.opened = true
	return c.Conf.reader.Block(v)
}

func (c *Call) skip() error {
	c.opened = true
	return c.Conf.reader.Skip()
}

// Include carries out a line `include PATTERN` within a Body; v gets the lines of the files.
func (c *Call) Include(d *parser.Directive, v parser.Visitor) error {
	return c.Conf.reader.Include(d, v)
}

// FullName makes a file name absolute: relative to the configuration's directory (conf: certificates, password files) or
// to the prefix (logs, roots).
func (c *Call) FullName(path string, conf bool) string { return c.Conf.FullName(path, conf) }

// checkBounds holds a number against the tags min and max.
func (c *Call) checkBounds(n int64) error {
	f := c.field
	switch {
	case f.hasMin && f.hasMax && (n < f.min || n > f.max):
		return c.Errorf("value must be between %d and %d", f.min, f.max)
	case f.hasMin && n < f.min:
		return c.Errorf("value must be equal to or greater than %d", f.min)
	case f.hasMax && n > f.max:
		return c.Errorf("value must be between %d and %d", 0, f.max)
	}
	return nil
}

// place gives an error that an option returned its position, if it has none, and its level.
func (c *Call) place(err error) error {
	var e *parser.Error
	if errors.As(err, &e) {
		return err
	}
	placed := c.at(parser.Emerg, err.Error())
	placed.Err = err
	return placed
}

// FullName makes a file name absolute: relative to the configuration's directory (conf) or to the prefix.
func (c *Config) FullName(path string, conf bool) string {
	if strings.HasPrefix(path, "/") || filepath.IsAbs(path) {
		return path
	}
	prefix := c.Prefix
	if conf {
		prefix = c.ConfPrefix
	}
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return prefix + path
}
