// Package config turns the directives of a configuration into typed settings. A module declares a settings struct whose
// fields are its directives (Declare); Load reads a configuration, checks it with nginx's messages and in nginx's order, and
// leaves a tree of blocks in which Module.Of finds the settings in force.
package config

import (
	"errors"
	"fmt"

	"understudy/parser"
)

// LoadOptions say what to load.
type LoadOptions struct {
	Prefix     string // -p: where relative names of logs and roots start
	ConfPrefix string // the directory of File: where relative includes and certificates start
	File       string // -c, absolute
	Globals    string // -g: directives of the main context
	Test       bool   // -t: nothing is to be changed on the machine
	ErrorLog   string // -e
	Version    string // Understudy's version, for hints
}

// Config is a loaded configuration.
type Config struct {
	Main       *Block
	Registry   *Registry
	Files      []parser.File   // every file read, in order, once each
	Warnings   []*parser.Error // messages below [emerg], in order
	Prefix     string
	ConfPrefix string
	File       string
	Globals    string
	ErrorLog   string
	Version    string
	Test       bool

	reader     *parser.Reader
	directives int // how many there have been
	early      int // how many of Warnings came before everything was read
	loaded     []func() error
	done       bool             // everything is read: merges have no position any more
	parsed     map[seenKey]bool // custom options that were set, for their defaults
	waiting    []*Block         // closed roots whose late modules are still to be merged
}

// Load reads a configuration. The first error in file order is returned, a *parser.Error with nginx's text; then come those
// of the merges and of OnLoaded. The Config is never nil: after an error it holds the files read and the warnings so far.
func Load(r *Registry, o LoadOptions) (*Config, error) {
	c := &Config{
		Registry: r, Prefix: o.Prefix, ConfPrefix: o.ConfPrefix, File: o.File, Globals: o.Globals, ErrorLog: o.ErrorLog,
		Version: o.Version, Test: o.Test, parsed: map[seenKey]bool{},
	}
	c.reader = parser.NewReader(parser.Options{ConfPrefix: o.ConfPrefix, BuiltIn: c.builtin})
	c.Main = &Block{Kind: Main, load: c}
	err := c.read(o)
	c.Files = c.reader.Files()
	c.parsed, c.waiting = nil, nil
	return c, err
}

func (c *Config) read(o LoadOptions) error {
	main := func(d *parser.Directive) error { return c.handle(c.Main, d) }
	if o.Globals != "" {
		if err := c.reader.ReadString(o.Globals, main); err != nil {
			return err
		}
	}
	if err := c.reader.ReadFile(o.File, main); err != nil {
		return err
	}
	c.done, c.early = true, len(c.Warnings)
	if err := c.mergeMain(); err != nil {
		return err
	}
	for i := 0; i < len(c.loaded); i++ { // one may add others
		if err := c.loaded[i](); err != nil {
			return err
		}
	}
	return nil
}

// Early gives the warnings that came before everything was read; nginx prints them before it calls the syntax ok.
func (c *Config) Early() []*parser.Error {
	if !c.done {
		return c.Warnings
	}
	return c.Warnings[:c.early]
}

// Warnf warns without a position: of what several directives together amount to.
func (c *Config) Warnf(format string, a ...any) {
	c.Warnings = append(c.Warnings, &parser.Error{Level: parser.Warn, Text: fmt.Sprintf(format, a...)})
}

// ReadToTheEnd tells that all files were read without a mistake; what failed after that has no position.
func (c *Config) ReadToTheEnd() bool { return c.done }

// OnLoaded has f called when everything is read and merged, in the order of the calls.
func (c *Config) OnLoaded(f func() error) { c.loaded = append(c.loaded, f) }

// OnMerged has f called when the http, stream, mail or events block around b has been merged, before the rest of the file is
// read, as nginx does with what modules check at the end of http. Settings that also stand in main (error_log) are not
// yet in force then.
func (c *Config) OnMerged(b *Block, f func() error) {
	root := b.Up(HTTP | Stream | Mail | Events)
	if root == nil {
		c.OnLoaded(f)
		return
	}
	root.after = append(root.after, f)
}

// Line gives a line of a file that was read, for Render.
func (c *Config) Line(file string, line int) (string, bool) { return c.reader.Line(file, line) }

// handle carries out one directive of block b, with nginx's checks in nginx's order.
func (c *Config) handle(b *Block, d *parser.Directive) error {
	if d.Name == "include" {
		return c.include(b, d)
	}
	fields := c.Registry.byName[d.Name]
	for _, f := range fields {
		if f.in&b.Kind == 0 {
			continue
		}
		c.directives++
		call := &Call{Directive: d, Block: b, Conf: c, order: c.directives, field: f}
		switch {
		case !f.block && d.IsBlock:
			return c.hinted(d, call.Errorf(`directive "%s" is not terminated by ";"`, d.Name))
		case f.block && !d.IsBlock:
			return c.hinted(d, call.Errorf(`directive "%s" has no opening "{"`, d.Name))
		case !f.arity.Allows(len(d.Args)):
			return c.hinted(d, call.Arguments())
		}
		return c.hinted(d, c.call(call))
	}
	return c.hinted(d, c.unknown(b, d, len(fields) > 0))
}

// call hands the directive to its option.
func (c *Config) call(call *Call) error {
	f := call.field
	settings := call.Block.local(f.module.slot, f.module.make)
	if err := f.option(settings).Parse(call); err != nil {
		return call.place(err)
	}
	if f.instead != "" {
		call.Warnf(`the "%s" directive is deprecated, use the "%s" directive instead`, call.Name, f.instead)
	}
	if f.hasInit && !f.isSet {
		c.parsed[seenKey{settings, f.number}] = true
	}
	return nil
}

// include reads other files in place.
func (c *Config) include(b *Block, d *parser.Directive) error {
	var err error
	switch {
	case d.IsBlock:
		err = d.Error(parser.Emerg, `directive "include" is not terminated by ";"`)
	case len(d.Args) != 1:
		err = d.Error(parser.Emerg, `invalid number of arguments in "include" directive`)
	default:
		return c.reader.Include(d, func(d *parser.Directive) error { return c.handle(b, d) })
	}
	return c.hinted(d, err)
}

// mergeError makes an error where a merge stands: at a closing brace, or nowhere once everything is read.
func (c *Config) mergeError(b *Block, format string, a ...any) error {
	return c.mergeMessage(b, parser.Emerg, format, a...)
}

func (c *Config) mergeWarning(b *Block, format string, a ...any) {
	c.Warnings = append(c.Warnings, c.mergeMessage(b, parser.Warn, format, a...))
}

// asError finds the *parser.Error in err, nil if there is none.
func asError(err error) *parser.Error {
	var e *parser.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
