// Modules: a settings struct each, whose fields are the module's directives.

package config

import (
	"reflect"
	"sync/atomic"
	"unsafe"
)

// Module is the slot of one module's settings in every block.
type Module[S any] struct {
	name string
	slot int
}

// AnyModule is a Module of whatever settings.
type AnyModule interface{ Spec() Spec }

// Spec describes a module without its type.
type Spec struct {
	Name     string
	Settings reflect.Type // the settings struct

	slot  int
	make  func() unsafe.Pointer
	merge func(own, parent unsafe.Pointer, b *Block) error // nil: no Merge method
}

var slots atomic.Int32

// Declare hands out a slot for a module's settings. The fields of S that carry an `nginx:"…"` tag are its directives:
//
//	nginx    the directive's name                       in       contexts, separated by spaces (see Context)
//	args     "1", "1-2", "1 3", "2+", "any"; built-in types know their own
//	block    "yes" for a block directive                default  arguments in force when nothing is set
//	min max  bounds of numbers                          enum     names of Enum and Mask, in order
//	alias    other names, separated by spaces           reason   why it has no effect here (it is then reported as ignored)
//	refused  why it is always refused, with a message of its own
//	instead  the name to use instead: a deprecation warning
//	base     "conf" for a Path relative to the configuration's directory
//	check    what an Ignored checks: flag number size offset time sec enum buffers
//
// Directives that several modules have under names of their own (proxy_bind, fastcgi_bind) are declared once, in a struct that
// each module's settings embed with the tag `prefix:"fastcgi"`: names in it that begin with "_", and a first default that does,
// get the prefix.
//
// name is nginx's name of the module. Declare is for package variables.
func Declare[S any](name string) *Module[S] {
	return &Module[S]{name: name, slot: int(slots.Add(1)) - 1}
}

// Of gives the settings in force in b. After Load it is one slice index and never nil in the blocks that the module has
// to do with; a block that sets nothing shares its parent's. During Load it gives the nearest settings not yet merged.
func (m *Module[S]) Of(b *Block) *S {
	if m.slot < len(b.conf) {
		if p := b.conf[m.slot]; p != nil {
			return (*S)(p)
		}
	}
	return (*S)(b.nearest(m.slot))
}

// Local gives b's own settings during Load and makes them if there are none.
func (m *Module[S]) Local(b *Block) *S {
	return (*S)(b.local(m.slot, func() unsafe.Pointer { return unsafe.Pointer(new(S)) }))
}

// HasLocal tells during Load whether b has settings of its own.
func (m *Module[S]) HasLocal(b *Block) bool {
	return b.own && m.slot < len(b.conf) && b.conf[m.slot] != nil
}

// Spec describes the module to NewRegistry.
func (m *Module[S]) Spec() Spec {
	s := Spec{
		Name:     m.name,
		Settings: reflect.TypeFor[S](),
		slot:     m.slot,
		make:     func() unsafe.Pointer { return unsafe.Pointer(new(S)) },
	}
	type merger interface {
		Merge(parent *S, b *Block) error
	}
	if _, ok := any((*S)(nil)).(merger); ok {
		s.merge = func(own, parent unsafe.Pointer, b *Block) error {
			return any((*S)(own)).(merger).Merge((*S)(parent), b)
		}
	}
	return s
}

// nearest climbs to the closest block with settings; nil if there are none.
func (b *Block) nearest(slot int) unsafe.Pointer {
	for ; b != nil; b = b.Parent {
		if slot < len(b.conf) && b.conf[slot] != nil {
			return b.conf[slot]
		}
	}
	return nil
}

func (b *Block) local(slot int, make_ func() unsafe.Pointer) unsafe.Pointer {
	if !b.own {
		b.conf, b.own = make([]unsafe.Pointer, int(slots.Load())), true
	}
	if b.conf[slot] == nil {
		b.conf[slot] = make_()
	}
	return b.conf[slot]
}
