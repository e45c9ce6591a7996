package vars

import "understudy/config"

// SizeValue is a size that may hold variables (ngx_http_set_complex_value_size_slot).
type SizeValue struct {
	Value
	fixed int64
	text  bool // it has variables
}

func (o *SizeValue) Parse(c *config.Call) error {
	if err := o.Value.Parse(c); err != nil {
		return err
	}
	text, static := o.Static()
	if o.text = !static; o.text {
		return nil
	}
	n, ok := config.ParseSize(text)
	if !ok {
		return c.Errorf("\"%s\" directive invalid value", c.Name)
	}
	o.fixed = n
	return nil
}

func (o *SizeValue) Inherit(parent config.Option) {
	if !o.IsSet() {
		*o = *parent.(*SizeValue)
	}
}

// Of is the size for s in bytes, 0 if there is none; a value that is no size is logged.
func (o *SizeValue) Of(s Subject) int64 {
	if !o.text {
		return o.fixed
	}
	text := o.Bytes(s)
	n, ok := config.ParseSize(string(text))
	if !ok {
		Report(s, `invalid size "`+string(text)+`"`)
		return 0
	}
	return n
}
