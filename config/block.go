// Blocks of a loaded configuration, and what is attached to them.

package config

import (
	"unsafe"

	"understudy/parser"
)

// Block is one block of directives that are declared: main, events, http, server, location, if, upstream …
// It is built while the configuration is read and never changes after Load.
type Block struct {
	Kind      Context
	Parent    *Block            // nil for main
	Directive *parser.Directive // the line that opened it; nil for main
	Children  []*Block          // in file order
	End       parser.Position   // the closing brace

	conf   []unsafe.Pointer // settings by module slot; the parent's own slice when the block sets nothing at all
	own    bool             // conf belongs to this block alone
	load   *Config
	values []attached
	after  []func() error // run when the block has been merged (roots only)
}

type attached struct {
	key   any
	value any
}

// Up gives the nearest block of one of the kinds, beginning with b itself; nil if there is none.
func (b *Block) Up(kind Context) *Block {
	for ; b != nil; b = b.Parent {
		if b.Kind&kind != 0 {
			return b
		}
	}
	return nil
}

// Config gives the configuration that b belongs to.
func (b *Block) Config() *Config { return b.load }

// Errorf makes an error of a merge, placed where nginx places it: at the closing brace of the
// http, stream, mail or events block; without position at the end of the configuration.
func (b *Block) Errorf(format string, a ...any) error { return b.load.mergeError(b, format, a...) }

// Warnf warns from a merge, placed as Errorf places errors.
func (b *Block) Warnf(format string, a ...any) { b.load.mergeWarning(b, format, a...) }

// Key names a value that a room attaches to blocks at load time.
type Key[T any] struct{ name string }

// NewKey makes a key; each key is distinct, the name serves messages only.
func NewKey[T any](name string) *Key[T] { return &Key[T]{name} }

// Attach puts a value on b, for b and the blocks inside it. A second value replaces the first.
func Attach[T any](b *Block, key *Key[T], value T) {
	for i := range b.values {
		if b.values[i].key == any(key) {
			b.values[i].value = value
			return
		}
	}
	b.values = append(b.values, attached{key, value})
}

// Value gives what is attached to b or to the nearest block around it, the zero value if nothing is.
func Value[T any](b *Block, key *Key[T]) T {
	v, _ := Lookup(b, key)
	return v
}

// Lookup is Value that tells whether there was one.
func Lookup[T any](b *Block, key *Key[T]) (value T, ok bool) {
	for ; b != nil; b = b.Parent {
		for i := range b.values {
			if b.values[i].key == any(key) {
				return b.values[i].value.(T), true
			}
		}
	}
	return value, false
}
