// Options that take names out of a list, and those that are accepted without effect.

package config

import "understudy/ascii"

// enumName is one name of the list that the tag enum gives.
type enumName struct {
	index int
	name  string
}

// Enum is one name of the list in the tag enum.
type Enum struct{ v *enumName }

// Is tells whether the name is the one in force.
func (o *Enum) Is(name string) bool { return o.v != nil && o.v.name == name }

// Index is the place of the name in the list, from 0; -1 when nothing is set.
func (o *Enum) Index() int {
	if o.v == nil {
		return -1
	}
	return o.v.index
}

// String is the name, "" when nothing is set.
func (o *Enum) String() string {
	if o.v == nil {
		return ""
	}
	return o.v.name
}

// IsSet tells whether the option has a value.
func (o *Enum) IsSet() bool { return o.v != nil }

// Arguments is the number of arguments taken.
func (o *Enum) Arguments() string { return "1" }

// Parse implements Option.
func (o *Enum) Parse(c *Call) error {
	if o.v != nil {
		return c.Duplicate()
	}
	return o.ParseText(c, c.Args[0])
}

// ParseText sets the name from one argument.
func (o *Enum) ParseText(c *Call, text string) error {
	for i := range c.field.enum {
		if e := &c.field.enum[i]; ascii.EqualFold(e.name, text) {
			o.v = e
			return nil
		}
	}
	return c.Errore(oneOf(c.field.enum, text), `invalid value "%s"`, text)
}

// Inherit implements Inheriting.
func (o *Enum) Inherit(parent Option) {
	if o.v == nil {
		*o = *parent.(interface{ enum() *Enum }).enum()
	}
}

func (o *Enum) enum() *Enum { return o }

// Mask is a set of names of the list in the tag enum; all occurrences in a block add to it.
type Mask struct {
	bits  uint64
	names []enumName
}

// Has tells whether the name is in the set.
func (o *Mask) Has(name string) bool {
	for i := range o.names {
		if o.names[i].name == name {
			return o.bits&(1<<i) != 0
		}
	}
	return false
}

// Bits is the set: bit n is the n-th name of the list, from 0.
func (o *Mask) Bits() uint64 { return o.bits }

// IsSet tells whether the option has a value.
func (o *Mask) IsSet() bool { return o.bits != 0 }

// Arguments is the number of arguments taken.
func (o *Mask) Arguments() string { return "1+" }

// Parse implements Option.
func (o *Mask) Parse(c *Call) error {
	o.names = c.field.enum
args:
	for _, arg := range c.Args {
		for i := range o.names {
			if !ascii.EqualFold(o.names[i].name, arg) {
				continue
			}
			if o.bits&(1<<i) != 0 {
				c.Warnf(`duplicate value "%s"`, arg)
			}
			o.bits |= 1 << i
			continue args
		}
		return c.Errore(oneOf(o.names, arg), `invalid value "%s"`, arg)
	}
	return nil
}

// Inherit implements Inheriting.
func (o *Mask) Inherit(parent Option) {
	if o.bits == 0 {
		*o = *parent.(interface{ mask() *Mask }).mask()
	}
}

func (o *Mask) mask() *Mask { return o }

// Ignored is a directive that is accepted without effect; the tag reason says why. The tag check names the type whose
// syntax its argument must have (flag, number, size, offset, time, sec, enum, buffers); a second occurrence in one block
// is then a duplicate, as in nginx. Without check the arguments are not looked at. With the tag warn:"yes" nginx warns of it, too.
type Ignored struct{ seen bool }

// Parse implements Option.
func (o *Ignored) Parse(c *Call) error {
	if c.IsBlock {
		return c.skip()
	}
	var value Option
	switch c.Tag("check") {
	case "":
		return nil
	case "flag":
		value = new(Flag)
	case "number":
		value = new(Int)
	case "size":
		value = new(Size)
	case "offset":
		value = new(Offset)
	case "time":
		value = new(Time)
	case "sec":
		value = new(Sec)
	case "enum":
		value = new(Enum)
	case "buffers":
		value = new(Buffers)
	}
	if o.seen {
		return c.Duplicate()
	}
	o.seen = true
	if err := value.Parse(c); err != nil {
		return err
	}
	if c.Tag("warn") != "" {
		c.Warnf(`"%s" is not supported, ignored`, c.Name)
	}
	return nil
}
