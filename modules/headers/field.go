package headers

import (
	"understudy/config"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
)

// fields are the add_header (or add_trailer) directives of a block.
type fields struct{ list []field }

// field is `NAME VALUE [always]`.
type field struct {
	name   []byte
	id     http1.HeaderID
	value  *vars.Value
	fixed  []byte // value without variables; not nil then
	always bool
}

func (o *fields) Parse(c *config.Call) error {
	value, err := vars.Compile(c, c.Args[1])
	if err != nil {
		return err
	}
	f := field{name: []byte(c.Args[0]), id: http1.Lookup([]byte(c.Args[0])), value: value}
	if text, static := value.Static(); static {
		f.fixed = []byte(text)
	}
	if len(c.Args) == 3 {
		if c.Args[2] != "always" {
			return c.Errorf(`invalid parameter "%s"`, c.Args[2])
		}
		f.always = true
	}
	o.list = append(o.list, f)
	return nil
}

// inherit takes over the parent's fields: instead of none, with "merge" behind the block's own, with "off" never.
func (o *fields) inherit(parent []field, how *config.Enum) {
	switch {
	case how.Is("off"):
	case o.list == nil:
		o.list = parent
	case how.Is("merge"):
		o.list = append(o.list[:len(o.list):len(o.list)], parent...)
	}
}

// of gives the fields that are in force in b. "off" around a block that sets nothing, and so shares the settings around it, is
// inherited, and leaves it without.
func (o *fields) of(b *config.Block, how *config.Enum) []field {
	if how.Is("off") && b.Parent != nil && conf.Of(b.Parent) == conf.Of(b) {
		return nil
	}
	return o.list
}

func (f *field) text(x *web.Exchange) []byte {
	if f.fixed != nil {
		return f.fixed
	}
	return f.value.Bytes(x)
}

// add puts the field on the answer. ETag and Last-Modified replace what is there, and an empty value takes them away.
func (f *field) add(x *web.Exchange) {
	value := f.text(x)
	switch f.id {
	case http1.HdrETag:
		if x.Out.ETag == nil {
			f.replace(x, value)
		} else if x.Out.ETag = value; len(value) == 0 {
			x.Out.ETag = nil
		}
	case http1.HdrLastModified:
		x.Out.LastModified = -1
		f.replace(x, value)
	default:
		if len(value) > 0 {
			x.Out.Add(f.id, f.name, value)
		}
	}
}

func (f *field) replace(x *web.Exchange, value []byte) {
	if len(value) == 0 {
		x.Out.Remove(f.id)
		return
	}
	setField(x, f.id, f.name, value)
}
