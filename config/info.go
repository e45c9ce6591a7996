// What is known about directives: the declared ones and the rest of nginx's, for the docs and `understudy directives`.

package config

import (
	"fmt"
	"slices"
	"strings"
)

// Status says what Understudy does with a directive.
type Status uint8

// The states of a directive.
const (
	Supported    Status = iota
	Accepted            // without effect; Reason says why
	NotSupported        // known, refused
)

// String is what is said of it.
func (s Status) String() string {
	return [...]string{"supported", "accepted without effect", "known, not yet supported"}[s]
}

// DirectiveInfo describes one directive.
type DirectiveInfo struct {
	Name     string
	Module   string
	Contexts Context // 0: not recorded
	Args     string  // as in tags: "1", "1-2", "2+", "any"
	Block    bool
	Default  string // as nginx documents it, else as declared
	Syntax   string // as nginx documents it, "" if it does not
	Status   Status
	Reason   string // of an ignored or refused one
	Origin   Origin // whose it is; 0 is nginx itself
}

// Near says which directives' names a word may have been meant for, `did you mean "gzip"?`; "" if none is near.
func (r *Registry) Near(word string) string {
	var names []string
	for _, d := range r.Directives() {
		if !slices.Contains(names, d.Name) {
			names = append(names, d.Name)
		}
	}
	return didYouMean(word, names)
}

// Directives lists the declared directives, module by module, then the others of nginx's table, by name.
func (r *Registry) Directives() []DirectiveInfo {
	var list []DirectiveInfo
	for _, m := range r.specs {
		for _, f := range m.fields {
			list = append(list, f.info())
		}
	}
	for _, k := range table {
		if k.Origin == Removed || r.declares(k) {
			continue
		}
		list = append(list, DirectiveInfo{
			Name: k.Name, Module: k.Module, Contexts: k.In, Args: k.Args, Block: k.Block, Default: k.Default, Syntax: k.Syntax,
			Status: NotSupported, Origin: k.Origin,
		})
	}
	return list
}

// declares tells whether a module takes the directive of the table's row; `include` is the loader's own.
func (r *Registry) declares(k Known) bool {
	if k.Name == "include" {
		return true
	}
	for _, f := range r.byName[k.Name] {
		if k.Origin == 0 && f.in&k.In != 0 || k.Origin == Foreign && f.module.Name == k.Module {
			return true
		}
	}
	return false
}

func (f *field) info() DirectiveInfo {
	d := DirectiveInfo{
		Name: f.name, Module: f.module.Name, Contexts: f.in, Args: f.arity.String(), Block: f.block,
		Default: strings.Join(f.initial, " "), Reason: f.reason,
	}
	if f.reason != "" {
		d.Status = Accepted
	}
	if why := f.tag.Get("refused"); why != "" {
		d.Status, d.Reason = NotSupported, why
	}
	for _, k := range LookupTable(f.name) {
		if k.Origin == 0 && k.In&f.in != 0 {
			d.Syntax = k.Syntax
			if k.Default != "" {
				d.Default = k.Default
			}
			break
		}
	}
	return d
}

// Differences compares the declarations with nginx's table: names that nginx does not have, contexts it does not allow or
// that are not declared, other arities, block or not. Every line names the module and the directive.
func (r *Registry) Differences() []string {
	var list []string
	for _, m := range r.specs {
		for _, f := range m.fields {
			for _, text := range f.differences(r) {
				list = append(list, fmt.Sprintf("%s: %s: %s", m.Name, f.name, text))
			}
		}
	}
	return list
}

func (f *field) differences(r *Registry) []string {
	var list []string
	var known, declared Context
	for _, k := range LookupTable(f.name) {
		if k.Origin == Foreign && k.Module == f.module.Name {
			return nil // of these the table has the names only
		}
		if k.Origin != 0 || k.In&f.in == 0 {
			continue
		}
		known |= k.In
		if k.Args != f.arity.String() {
			list = append(list, fmt.Sprintf("takes %s arguments in nginx, %s here", k.Args, f.arity))
		}
		if k.Block != f.block {
			list = append(list, fmt.Sprintf("block: %t in nginx", k.Block))
		}
	}
	for _, other := range r.byName[f.name] {
		declared |= other.in
	}
	if known == 0 {
		return append(list, "nginx does not have it")
	}
	if extra := f.in &^ known; extra != 0 {
		list = append(list, "nginx does not allow it in: "+extra.String())
	}
	if missing := known &^ declared; missing != 0 {
		list = append(list, "nginx allows it in: "+missing.String())
	}
	return list
}
