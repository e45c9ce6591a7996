// The registry: every directive of every module, by name, with what its declaration says.

package config

import (
	"fmt"
	"iter"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

// Registry knows the modules of the program.
type Registry struct {
	modules []AnyModule
	specs   []*module
	byName  map[string][]*field
}

// module is a registered module.
type module struct {
	Spec
	fields []*field
	in     Context // everywhere it has directives
	late   bool    // inherits from main into other blocks, so it is merged last
}

// field is one directive: a field of a settings struct.
type field struct {
	module  *module
	number  int // within the module
	name    string
	aliases []string
	in      Context
	arity   Arity
	block   bool
	initial []string // default arguments
	hasInit bool
	min     int64
	max     int64
	hasMin  bool
	hasMax  bool
	enum    []enumName
	reason  string
	instead string
	tag     reflect.StructTag

	typ     reflect.Type
	offset  uintptr
	around  reflect.Type // the struct that declares the field: the settings, or one embedded in them
	start   uintptr      // where that struct begins in the settings
	inherit bool         // implements Inheriting
	isSet   bool         // implements setter
}

// NewRegistry reads the declarations of the modules. Their order is the order in which settings are merged and, for equal
// names and contexts, in which directives are found. It panics on a wrong declaration. A module without Settings is kept
// in Modules and declares nothing.
func NewRegistry(mods ...AnyModule) *Registry {
	r := &Registry{modules: mods, byName: map[string][]*field{}}
	for _, m := range mods {
		spec := m.Spec()
		if spec.Settings == nil {
			continue
		}
		mod := &module{Spec: spec}
		if err := mod.read(spec.Settings, 0, ""); err != nil {
			panic(fmt.Sprintf("config: module %s: %v", spec.Name, err))
		}
		r.specs = append(r.specs, mod)
		for _, f := range mod.fields {
			mod.in |= f.in
			mod.late = mod.late || f.in&Main != 0 && f.in&^Main != 0
			r.byName[f.name] = append(r.byName[f.name], f)
			for _, alias := range f.aliases {
				r.byName[alias] = append(r.byName[alias], f)
			}
		}
	}
	return r
}

// Modules gives the modules in the order of NewRegistry.
func (r *Registry) Modules() []AnyModule { return r.modules }

var optionType = reflect.TypeFor[Option]()

// read collects the tagged fields of a settings struct, those of embedded structs included. prefix stands in front of names that
// begin with "_".
func (m *module) read(t reflect.Type, base uintptr, prefix string) error {
	if t.Kind() != reflect.Struct {
		return fmt.Errorf("settings are not a struct")
	}
	for i := range t.NumField() {
		sf := t.Field(i)
		name, ok := sf.Tag.Lookup("nginx")
		if !ok {
			if sf.Anonymous && sf.Type.Kind() == reflect.Struct {
				inner := sf.Tag.Get("prefix")
				if inner == "" {
					inner = prefix
				}
				if err := m.read(sf.Type, base+sf.Offset, inner); err != nil {
					return err
				}
			}
			continue
		}
		f := &field{module: m, number: len(m.fields), name: name, tag: sf.Tag, typ: sf.Type, offset: base + sf.Offset, around: t, start: base}
		if err := f.read(prefix); err != nil {
			return fmt.Errorf("field %s (%s): %w", sf.Name, name, err)
		}
		m.fields = append(m.fields, f)
	}
	return nil
}

var tagNames = map[string]bool{"nginx": true, "in": true, "args": true, "block": true, "default": true, "min": true, "max": true,
	"enum": true, "alias": true, "reason": true, "instead": true, "base": true, "check": true, "warn": true, "refused": true}

func (f *field) read(prefix string) error {
	if f.name == "" {
		return fmt.Errorf("no name")
	}
	if f.name[0] == '_' {
		if prefix == "" {
			return fmt.Errorf("no prefix")
		}
		f.name = prefix + f.name
	}
	for key := range tagKeys(string(f.tag)) {
		if !tagNames[key] {
			return fmt.Errorf("unknown tag %q", key)
		}
	}
	p := reflect.PointerTo(f.typ)
	if !p.Implements(optionType) {
		return fmt.Errorf("%s is no Option", f.typ)
	}
	option := reflect.New(f.typ).Interface()
	_, f.inherit = option.(Inheriting)
	_, f.isSet = option.(setter)

	var ok bool
	if f.in, ok = ParseContexts(f.tag.Get("in")); !ok {
		return fmt.Errorf("bad in:%q", f.tag.Get("in"))
	}
	args := f.tag.Get("args")
	if c, ok := option.(counted); args == "" && ok {
		args = c.Arguments()
	}
	var err error
	if f.arity, err = ParseArity(args); err != nil {
		return err
	}
	switch f.tag.Get("block") {
	case "":
	case "yes":
		f.block = true
	default:
		return fmt.Errorf("bad block:%q", f.tag.Get("block"))
	}
	var text string
	if text, f.hasInit = f.tag.Lookup("default"); f.hasInit {
		if f.initial = strings.Fields(text); len(f.initial) == 0 {
			f.initial = []string{""}
		}
		if f.initial[0] != "" && f.initial[0][0] == '_' {
			f.initial[0] = prefix + f.initial[0]
		}
	}
	if f.min, f.hasMin, err = f.bound("min"); err != nil {
		return err
	}
	if f.max, f.hasMax, err = f.bound("max"); err != nil {
		return err
	}
	for i, name := range strings.Fields(f.tag.Get("enum")) {
		f.enum = append(f.enum, enumName{i, name})
	}
	if len(f.enum) > 64 {
		return fmt.Errorf("more than 64 names")
	}
	f.aliases = strings.Fields(f.tag.Get("alias"))
	f.reason, f.instead = f.tag.Get("reason"), f.tag.Get("instead")
	if _, ignored := option.(*Ignored); ignored && f.reason == "" {
		return fmt.Errorf("ignored without a reason")
	}
	return nil
}

// tagKeys walks over the keys of a struct tag.
func tagKeys(tag string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			key, rest, ok := strings.Cut(strings.TrimLeft(tag, " "), ":")
			if !ok {
				return
			}
			value, err := strconv.QuotedPrefix(rest)
			if err != nil {
				yield("malformed after " + key)
				return
			}
			if !yield(key) {
				return
			}
			tag = rest[len(value):]
		}
	}
}

func (f *field) bound(name string) (n int64, ok bool, err error) {
	text, ok := f.tag.Lookup(name)
	if ok {
		n, err = strconv.ParseInt(text, 10, 64)
	}
	return n, ok, err
}

// option gives the field in a settings struct.
func (f *field) option(settings unsafe.Pointer) Option {
	return reflect.NewAt(f.typ, unsafe.Add(settings, f.offset)).Interface().(Option)
}

// HasModule tells whether a module, or with the name of a whole family (ngx_stream_module) any module of it, is registered.
func (r *Registry) HasModule(name string) bool {
	family := strings.TrimSuffix(name, "module")
	whole := name == "ngx_http_module" || name == "ngx_stream_module" || name == "ngx_mail_module"
	for _, m := range r.specs {
		if m.Name == name || whole && strings.HasPrefix(m.Name, family) {
			return true
		}
	}
	return false
}
