// Values and tables in a configuration that is being loaded.

package vars

import (
	"strconv"

	"understudy/config"
)

var tableKey = config.NewKey[*Table]("variables")

// Attach makes t the table of an http{} or stream{} block and everything inside it.
func Attach(b *config.Block, t *Table) { config.Attach(b, tableKey, t) }

// TableOf is the table in force in b, nil outside of http{} and stream{}.
func TableOf(b *config.Block) *Table { return config.Value(b, tableKey) }

// TableAt is the table in force at a directive; variables used for the first time until done is called are noted with its place.
func TableAt(c *config.Call) (t *Table, done func()) {
	t = TableOf(c.Block)
	t.where = c.File
	if c.Line > 0 && c.File != "" {
		t.where += ":" + strconv.Itoa(c.EndLine)
	}
	return t, func() { t.where = "" }
}

// Compile is Table.Compile for an argument of a directive: an unknown variable is reported with the directive's place as
// a hint.
func Compile(c *config.Call, text string) (*Value, error) {
	t, done := TableAt(c)
	v, err := t.Compile(text)
	done()
	if err != nil {
		return nil, c.Errorf("%s", err)
	}
	return v, nil
}

// Arguments is the number of arguments of a directive whose option is a Value.
func (v *Value) Arguments() string { return "1" }

// Parse implements config.Option: one argument, given once.
func (v *Value) Parse(c *config.Call) error {
	if v.set {
		return c.Duplicate()
	}
	compiled, err := Compile(c, c.Args[0])
	if err != nil {
		return err
	}
	*v = *compiled
	return nil
}

// Inherit implements config.Inheriting.
func (v *Value) Inherit(parent config.Option) {
	if p, ok := parent.(interface{ value() *Value }); ok && !v.set {
		*v = *p.value()
	}
}

func (v *Value) value() *Value { return v }

// Predicates are the values of directives such as proxy_no_cache: conditions of which one is enough.
type Predicates struct {
	all []*Value
	set bool
}

// Arguments is the number of arguments of a directive whose option is Predicates.
func (p *Predicates) Arguments() string { return "1+" }

// Parse implements config.Option: any number of arguments, any number of times.
func (p *Predicates) Parse(c *config.Call) error {
	p.set = true
	for _, text := range c.Args {
		v, err := Compile(c, text)
		if err != nil {
			return err
		}
		p.all = append(p.all, v)
	}
	return nil
}

// Inherit implements config.Inheriting.
func (p *Predicates) Inherit(parent config.Option) {
	if from, ok := parent.(interface{ predicates() *Predicates }); ok && !p.set {
		*p = *from.predicates()
	}
}

func (p *Predicates) predicates() *Predicates { return p }

// IsSet says whether any condition was given.
func (p *Predicates) IsSet() bool { return p.set }

// Any says whether one of the conditions is true for s.
func (p *Predicates) Any(s Subject) bool {
	for _, v := range p.all {
		if v.True(s) {
			return true
		}
	}
	return false
}
