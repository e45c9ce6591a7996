// Merging: settings of inner blocks take over what the blocks around them have set, once those are closed.

package config

import (
	"fmt"
	"unsafe"

	"understudy/parser"

	gonginx "github.com/tufanbarisyildirim/gonginx/config"
)

// seenKey names one option of one settings struct.
type seenKey struct {
	settings unsafe.Pointer
	field    int
}

// mergeRoot merges a block of kind http, stream, mail or events that has just been closed. Modules go one after the other, as
// in nginx, each through all blocks from the outside in.
func (c *Config) mergeRoot(root *Block) error {
	blocks := flatten(nil, root)
	for _, m := range c.Registry.specs {
		if !m.late {
			if err := c.mergeModule(m, blocks); err != nil {
				return err
			}
		}
	}
	c.waiting = append(c.waiting, root)
	for i := 0; i < len(root.after); i++ {
		if err := root.after[i](); err != nil {
			return err
		}
	}
	root.after = nil
	return nil
}

// mergeMain merges the main level and what inherits from it, when everything has been read.
func (c *Config) mergeMain() error {
	main := []*Block{c.Main}
	var inner [][]*Block
	for _, root := range c.waiting {
		inner = append(inner, flatten(nil, root))
	}
	for _, m := range c.Registry.specs {
		if err := c.mergeModule(m, main); err != nil {
			return err
		}
		for _, blocks := range inner {
			if !m.late {
				continue
			}
			if err := c.mergeModule(m, blocks); err != nil {
				return err
			}
		}
	}
	for _, blocks := range inner {
		for _, b := range blocks {
			b.fill()
		}
	}
	return nil
}

// flatten lists b and the blocks inside it, outer ones first.
func flatten(list []*Block, b *Block) []*Block {
	list = append(list, b)
	for _, child := range b.Children {
		list = flatten(list, child)
	}
	return list
}

// fill takes over the parent's settings of all modules for which b has none.
func (b *Block) fill() {
	if !b.own {
		b.conf = b.Parent.conf
		return
	}
	for slot, p := range b.conf {
		if p == nil && slot < len(b.Parent.conf) {
			b.conf[slot] = b.Parent.conf[slot]
		}
	}
}

// mergeModule merges one module's settings through blocks that are listed outer first.
func (c *Config) mergeModule(m *module, blocks []*Block) error {
	for _, b := range blocks {
		starts := m.in&b.Kind.family() != 0 && (b.Kind.root() || b.Kind.isolated() || b.Kind == Main)
		if starts {
			b.local(m.slot, m.make)
		} else if b.Parent == nil {
			continue
		}
		if !b.own {
			b.conf = b.Parent.conf
			continue
		}
		var parent unsafe.Pointer
		if b.Parent != nil {
			parent = b.Parent.nearest(m.slot)
		}
		own := b.conf[m.slot]
		if own == nil || own == parent {
			b.conf[m.slot] = parent
			continue
		}
		if err := c.mergeBlock(m, b, own, parent, starts); err != nil {
			return err
		}
	}
	return nil
}

// mergeBlock gives one block's own settings what they lack: the parent's values, then the defaults, then the module's Merge.
func (c *Config) mergeBlock(m *module, b *Block, own, parent unsafe.Pointer, starts bool) error {
	family := b.Kind.family()
	for _, f := range m.fields {
		if f.inherit && parent != nil && !b.Kind.isolated() {
			f.option(own).(Inheriting).Inherit(f.option(parent))
		}
		if !f.hasInit {
			continue
		}
		if starts && f.in&family != 0 || !f.inherit && f.in&b.Kind != 0 {
			if err := c.initial(f, b, own); err != nil {
				return err
			}
		}
	}
	if m.merge == nil {
		return nil
	}
	if err := m.merge(own, parent, b); err != nil {
		if asError(err) == nil {
			return &parser.Error{Level: parser.Emerg, Text: err.Error(), Err: err}
		}
		return err
	}
	return nil
}

// initial sets an option to its default if nothing has been set.
func (c *Config) initial(f *field, b *Block, own unsafe.Pointer) error {
	option := f.option(own)
	if f.isSet {
		if option.(setter).IsSet() {
			return nil
		}
	} else if c.parsed[seenKey{own, f.number}] {
		return nil
	}
	d := &parser.Directive{Directive: gonginx.Directive{Name: f.name}, Args: f.initial, Quoted: make([]bool, len(f.initial))}
	if err := option.Parse(&Call{Directive: d, Block: b, Conf: c, field: f}); err != nil {
		return fmt.Errorf("config: default of %s in %s: %w", f.name, f.module.Name, err)
	}
	return nil
}

// mergeMessage makes a message where a merge stands.
func (c *Config) mergeMessage(b *Block, level parser.Level, format string, a ...any) *parser.Error {
	text := fmt.Sprintf(format, a...)
	if c.done {
		return &parser.Error{Level: level, Text: text}
	}
	return c.reader.Error(level, text)
}
