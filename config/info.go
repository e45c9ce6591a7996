// What is known about directives: the declared ones and the rest of nginx's, for the docs and `understudy directives`.

package config

import "strings"

// Status says what Understudy does with a directive.
type Status uint8

const (
	Supported    Status = iota
	Accepted            // without effect; Reason says why
	NotSupported        // known to nginx, refused here
)

// String is the word the docs use.
func (s Status) String() string { return [...]string{"supported", "ignored", "not supported"}[s] }

// DirectiveInfo describes one directive.
type DirectiveInfo struct {
	Name     string
	Module   string
	Contexts Context
	Args     string // as in tags: "1", "1-2", "2+", "any"
	Block    bool
	Default  string // arguments, "" if there are none or it has no default
	Syntax   string // nginx's, "" if not known
	Status   Status
	Reason   string // of an ignored one
	Plus     bool   // of the commercial version only
	Foreign  bool   // of a module that is not part of nginx
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
	return d
}

// Directives lists the declared directives, module by module.
func (r *Registry) Directives() []DirectiveInfo {
	var list []DirectiveInfo
	for _, m := range r.specs {
		for _, f := range m.fields {
			list = append(list, f.info())
		}
	}
	return list
}
