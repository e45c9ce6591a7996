package vars

import (
	"fmt"
	"strings"

	"understudy/ascii"
	"understudy/parser"
)

// Table lists the variables of one http{} or stream{} block, and numbers those that the config uses.
type Table struct {
	defs     map[string]*Def
	prefixes []*Def
	used     []*Variable // by index
	byName   map[string]*Variable
	regexes  map[regexKey]*Regex
	where    string // position of the text being compiled, for the hint of an unknown variable
}

// NewTable makes a table of built-in variables. A later list overrides an earlier one.
func NewTable(defs ...[]Def) *Table {
	t := &Table{defs: map[string]*Def{}, byName: map[string]*Variable{}, regexes: map[regexKey]*Regex{}}
	for _, list := range defs {
		for i := range list {
			d := list[i]
			d.Name = ascii.ToLower(d.Name)
			if d.Prefix {
				t.prefixes = append(t.prefixes, &d)
			} else {
				t.defs[d.Name] = &d
			}
		}
	}
	return t
}

// Add defines a variable from the config (`map`, `set`, `geo`). A name that exists is redefined if it is changeable,
// else the error is nginx's `the duplicate "x" variable`. As in nginx a redefinition keeps the setter and never makes
// an uncached variable a cached one.
func (t *Table) Add(d Def) error {
	if d.Name == "" {
		return fmt.Errorf(`invalid variable name "$"`)
	}
	given := d.Name
	d.Name = ascii.ToLower(d.Name)
	old := t.defs[d.Name]
	if d.Prefix {
		old = t.prefix(d.Name, true)
	}
	if old == nil {
		if d.Prefix {
			t.prefixes = append(t.prefixes, &d)
		} else {
			t.defs[d.Name] = &d
		}
		return nil
	}

	if !old.Changeable {
		return fmt.Errorf("the duplicate \"%s\" variable", given)
	}
	if !d.Weak {
		old.Weak = false
	}
	if d.Get != nil && (!d.Weak || old.Get == nil) {
		old.Get = d.Get
		old.Cached = old.Cached && d.Cached
	}
	if d.GetNamed != nil {
		old.GetNamed = d.GetNamed
	}
	if d.Set != nil {
		old.Set = d.Set
	}
	return nil
}

// Ref is the variable of that name (without "$", any case), which may be defined later; Finish reports it if it is not.
func (t *Table) Ref(name string) *Variable {
	name = ascii.ToLower(name)
	if v := t.byName[name]; v != nil {
		return v
	}
	v := &Variable{name: name, index: len(t.used), where: t.where}
	t.byName[name] = v
	t.used = append(t.used, v)
	return v
}

// Lookup is the variable of that name if the config defines it or uses it, else nil.
func (t *Table) Lookup(name string) *Variable {
	name = ascii.ToLower(name)
	if v := t.byName[name]; v != nil {
		return v
	}
	if t.defs[name] == nil && t.prefix(name, false) == nil {
		return nil
	}
	v := &Variable{name: name, index: int(^uint(0) >> 1)} // no slot: read afresh every time
	if t.bind(v) != nil {
		return nil
	}
	return v
}

// Defined says whether a definition for the name exists so far.
func (t *Table) Defined(name string) bool {
	name = ascii.ToLower(name)
	return t.defs[name] != nil || t.prefix(name, false) != nil
}

// Finish ends the block: it binds every variable used, in order of first use. The error, an *UnknownError within a
// *parser.Error, has no position in nginx; where the name was first used is its hint, and whether nginx has it.
func (t *Table) Finish() error {
	for _, v := range t.used {
		if err := t.bind(v); err != nil {
			e := &parser.Error{Level: parser.Emerg, Text: err.Error(), Err: err}
			e.Hint, e.Unsupported = absent(v.name)
			if v.where != "" {
				e.Hint = strings.TrimSuffix("$"+v.name+" is used in "+v.where+"; "+e.Hint, "; ")
			}
			return e
		}
	}
	return nil
}

func (t *Table) bind(v *Variable) *UnknownError {
	d := t.defs[v.name]
	if d != nil && d.Get != nil && !d.Weak {
		v.get, v.set, v.cached = d.Get, d.Set, d.Cached
		return nil
	}
	if p := t.prefix(v.name, false); p != nil {
		v.get, v.set, v.cached = p.GetNamed(v.name[len(p.Name):]), p.Set, p.Cached
		return nil
	}
	if d == nil || d.Get == nil {
		return &UnknownError{Name: v.name, Where: v.where}
	}
	v.get, v.set, v.cached = d.Get, d.Set, d.Cached
	return nil
}

// prefix finds the family with the longest prefix of name, or with exact the family of that very name.
func (t *Table) prefix(name string, exact bool) *Def {
	var best *Def
	for _, p := range t.prefixes {
		switch {
		case exact && p.Name == name:
			return p
		case !exact && strings.HasPrefix(name, p.Name) && (best == nil || len(p.Name) > len(best.Name)):
			best = p
		}
	}
	return best
}

func (t *Table) count() int {
	if t == nil {
		return 0
	}
	return len(t.used)
}

// UnknownError is nginx's `unknown "x" variable`, found at the end of the block that uses it.
type UnknownError struct {
	Name  string
	Where string // FILE:LINE of the first use, "" if not known
}

func (e *UnknownError) Error() string { return fmt.Sprintf("unknown \"%s\" variable", e.Name) }

// Uncache makes a variable that was added be read afresh every time (`volatile`).
func (t *Table) Uncache(name string) {
	if d := t.defs[ascii.ToLower(name)]; d != nil {
		d.Cached = false
	}
}
