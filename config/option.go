// Options: the fields of settings structs, and what the built-in ones share.

package config

import "understudy/ascii"

// Option is one directive's value: a pointer to a field of a settings struct. Parse is called for each occurrence of the
// directive, after its context, form and argument count were found right. An error without position gets the directive's.
type Option interface{ Parse(c *Call) error }

// Inheriting options take over what the block around has set; Inherit is called on every option of a block that has
// settings of its own, once all directives are read. parent has the same type as the receiver (the type of the field, which
// may embed the receiver).
type Inheriting interface{ Inherit(parent Option) }

// setter tells whether an option has a value; the built-in types do.
type setter interface{ IsSet() bool }

// counted options know how many arguments they take.
type counted interface{ Arguments() string }

// Flag is `on` or `off`.
type Flag struct{ v uint8 } // 1 off, 2 on

// On tells whether the flag is on; false when nothing is set.
func (o *Flag) On() bool { return o.v == 2 }

// IsSet tells whether the option has a value.
func (o *Flag) IsSet() bool { return o.v != 0 }

// Set gives the option a value.
func (o *Flag) Set(on bool) {
	o.v = 1
	if on {
		o.v = 2
	}
}

// Arguments is the number a flag takes.
func (o *Flag) Arguments() string { return "1" }

// Parse implements Option.
func (o *Flag) Parse(c *Call) error {
	if o.v != 0 {
		return c.Duplicate()
	}
	return o.ParseText(c, c.Args[0])
}

// ParseText sets the flag from one argument.
func (o *Flag) ParseText(c *Call, text string) error {
	switch {
	case ascii.EqualFold(text, "on"):
		o.v = 2
	case ascii.EqualFold(text, "off"):
		o.v = 1
	default:
		return c.Errorf(`invalid value "%s" in "%s" directive, it must be "on" or "off"`, text, c.Name)
	}
	return nil
}

// Inherit implements Inheriting.
func (o *Flag) Inherit(parent Option) {
	if o.v == 0 {
		*o = *parent.(interface{ flag() *Flag }).flag()
	}
}

func (o *Flag) flag() *Flag { return o }

// String is one argument, as it stands.
type String struct{ p *string }

// S gives the text, "" when nothing is set.
func (o *String) S() string {
	if o.p == nil {
		return ""
	}
	return *o.p
}

// IsSet tells whether the option has a value; an empty argument is one.
func (o *String) IsSet() bool { return o.p != nil }

// Set gives the option a value.
func (o *String) Set(s string) { o.p = &s }

// Arguments is the number a string takes.
func (o *String) Arguments() string { return "1" }

// Parse implements Option.
func (o *String) Parse(c *Call) error {
	if o.p != nil {
		return c.Duplicate()
	}
	o.p = &c.Args[0]
	return nil
}

// Inherit implements Inheriting.
func (o *String) Inherit(parent Option) {
	if o.p == nil {
		*o = *parent.(interface{ str() *String }).str()
	}
}

func (o *String) str() *String { return o }

// Path is a file name, made absolute: relative to the prefix, or to the configuration's directory with the tag base:"conf".
type Path struct{ String }

// Parse implements Option.
func (o *Path) Parse(c *Call) error {
	if o.p != nil {
		return c.Duplicate()
	}
	o.Set(c.FullName(c.Args[0], c.Tag("base") == "conf"))
	return nil
}

// Strings are the arguments of all occurrences in a block; they are inherited whole or not at all.
type Strings struct{ list []string }

// All gives the arguments in order; the caller must not change them.
func (o *Strings) All() []string { return o.list }

// IsSet tells whether the option has a value.
func (o *Strings) IsSet() bool { return o.list != nil }

// Set gives the option a value.
func (o *Strings) Set(list ...string) { o.list = list }

// Arguments is the number each occurrence takes.
func (o *Strings) Arguments() string { return "1+" }

// Parse implements Option.
func (o *Strings) Parse(c *Call) error {
	o.list = append(o.list, c.Args...)
	return nil
}

// Inherit implements Inheriting.
func (o *Strings) Inherit(parent Option) {
	if o.list == nil {
		*o = *parent.(interface{ strs() *Strings }).strs()
	}
}

func (o *Strings) strs() *Strings { return o }

// Pair is a key with a value.
type Pair struct{ Key, Value string }

// Pairs are the arguments of all occurrences in a block, two each; they are inherited whole or not at all.
type Pairs struct{ list []Pair }

// All gives the pairs in order; the caller must not change them.
func (o *Pairs) All() []Pair { return o.list }

// IsSet tells whether the option has a value.
func (o *Pairs) IsSet() bool { return o.list != nil }

// Set gives the option a value.
func (o *Pairs) Set(list ...Pair) { o.list = list }

// Arguments is the number each occurrence takes.
func (o *Pairs) Arguments() string { return "2" }

// Parse implements Option.
func (o *Pairs) Parse(c *Call) error {
	if len(c.Args) < 2 {
		return c.Arguments()
	}
	o.list = append(o.list, Pair{c.Args[0], c.Args[1]})
	return nil
}

// Inherit implements Inheriting.
func (o *Pairs) Inherit(parent Option) {
	if o.list == nil {
		*o = *parent.(interface{ pairs() *Pairs }).pairs()
	}
}

func (o *Pairs) pairs() *Pairs { return o }
