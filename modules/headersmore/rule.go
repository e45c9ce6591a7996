package headersmore

import (
	"fmt"
	"strings"

	"understudy/ascii"
	"understudy/config"
	"understudy/http1"
	"understudy/parser"
	"understudy/vars"
	"understudy/web"
)

// directive is one of the family; what it says goes to the block's rules, which keep their order.
type directive struct{}

// rule is what one directive says.
type rule struct {
	statuses []int    // -s; nil = all
	types    []string // -t; nil = all
	fields   []field
}

// field is what a rule does to one field, or to all whose names begin with prefix.
type field struct {
	name   []byte // with the asterisk of a prefix
	id     http1.HeaderID
	prefix []byte      // nil = the name itself
	value  *vars.Value // nil = the field goes
	fixed  []byte      // value without variables; not nil then
	add    bool        // -a: whether it is there or not
	only   bool        // -r: only if it is there
}

// Parse implements config.Option.
func (*directive) Parse(c *config.Call) error {
	r := &rule{}
	input := strings.Contains(c.Name, "_input_")
	var add, only bool
	for i := 0; i < len(c.Args); i++ {
		arg := c.Args[i]
		switch {
		case arg == "":
		case arg[0] != '-':
			if err := r.field(c, arg); err != nil {
				return err
			}
		case arg == "-t" || arg == "-s" && !input:
			if i++; i == len(c.Args) {
				return fault("%s: option %s takes an argument.", c.Name, arg)
			}
			if arg == "-t" {
				r.types = append(r.types, strings.FieldsFunc(c.Args[i], func(c rune) bool { return c == ';' || isSpace(c) })...)
			} else if err := r.status(c, c.Args[i]); err != nil {
				return err
			}
		case arg == "-r" && input:
			only = true
		case arg == "-a" && c.Name == "more_set_headers":
			add = true
		default:
			return fault("%s: invalid option name: \"%s\"", c.Name, arg)
		}
	}
	for i := range r.fields {
		f := &r.fields[i]
		f.add, f.only = add, only
		if add && f.builtin() {
			return fault("%s: can not append builtin headers \"%s\"", c.Name, f.name)
		}
	}
	s := conf.Local(c.Block)
	if len(r.fields) == 0 {
		return nil
	}
	if input {
		s.input = append(s.input, r)
	} else {
		s.output = append(s.output, r)
	}
	return nil
}

// fault is an error that the module reports without a place.
func fault(format string, a ...any) error {
	return &parser.Error{Level: parser.Err, Text: fmt.Sprintf(format, a...)}
}

func isSpace(c rune) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// field reads `NAME`, `NAME: VALUE` or `NAME VALUE`.
func (r *rule) field(c *config.Call, arg string) error {
	text := strings.TrimLeftFunc(arg, isSpace)
	if text == "" {
		return fault("%s: no key found in the header argument: %s", c.Name, arg)
	}
	end := strings.IndexFunc(text[1:], func(c rune) bool { return c == ':' || isSpace(c) }) + 1
	if end == 0 {
		end = len(text)
	}
	f := field{name: []byte(text[:end]), id: http1.Lookup([]byte(text[:end]))}
	if prefix, ok := strings.CutSuffix(text[:end], "*"); ok {
		if prefix == "" {
			return fault("%s: wildcard key too short: %s", c.Name, arg)
		}
		f.prefix = []byte(prefix)
	}
	text = strings.TrimLeftFunc(text[end:], func(c rune) bool { return c == ':' || isSpace(c) })
	if text != "" && !strings.HasPrefix(c.Name, "more_clear_") {
		value, err := vars.Compile(c, text)
		if err != nil {
			return err
		}
		f.value = value
		if text, static := value.Static(); static {
			f.fixed = []byte(text)
		}
	}
	r.fields = append(r.fields, f)
	return nil
}

// status reads a list of statuses.
func (r *rule) status(c *config.Call, list string) error {
	for _, word := range strings.FieldsFunc(list, isSpace) {
		n := 0
		for _, d := range []byte(word) {
			if d < '0' || d > '9' {
				return fault("%s: invalid digit \"%c\" found in the status code list \"%s\"", c.Name, d, list)
			}
			n = min(n*10+int(d-'0'), 1000)
		}
		r.statuses = append(r.statuses, n)
	}
	return nil
}

// ofType tells whether -t names a type.
func (r *rule) ofType(t []byte) bool {
	for _, named := range r.types {
		if named == string(t) {
			return true
		}
	}
	return false
}

// text is the value for this exchange; empty means that the field goes.
func (f *field) text(x *web.Exchange) []byte {
	switch {
	case f.value == nil:
		return nil
	case f.fixed != nil:
		return f.fixed
	}
	return f.value.Bytes(x)
}

// matches tells whether a field's name is meant.
func (f *field) matches(id http1.HeaderID, name []byte) bool {
	if f.prefix != nil {
		return ascii.HasPrefixFold(name, f.prefix)
	}
	return id == f.id && (id != http1.HdrNone || ascii.EqualFold(name, f.name))
}
