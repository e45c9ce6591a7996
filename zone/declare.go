// Package zone is what nginx calls shared memory zones: named, bounded tables that all loops share and that outlive a reload.
// Declare checks their names and sizes as nginx does; Table is the memory; Kept hands it from one configuration to the next.
package zone

import (
	"os"
	"strings"

	"understudy/config"
	"understudy/parser"
)

// Declared is a zone as one configuration speaks of it.
type Declared struct {
	Name string
	Size int64 // bytes; 0 until a directive gives it
	// Value is what the module that uses the zone binds to it; nil until then.
	Value any

	use string
}

// book lists the zones of one configuration.
type book struct{ list []*Declared }

var bookKey = config.NewKey[*book]("zones")

// Declare finds or makes the zone of that name (ngx_shared_memory_add). use says what for: a name serves one use. Size is 0 in a
// directive that only refers to it; a zone that never gets a size is an error once everything is read.
func Declare(c *config.Call, name string, size int64, use string) (*Declared, error) {
	main := c.Block.Up(config.Main)
	b, ok := config.Lookup(main, bookKey)
	if !ok {
		b = &book{}
		config.Attach(main, bookKey, b)
		c.Conf.OnLoaded(b.check)
	}
	for _, d := range b.list {
		switch {
		case d.Name != name:
			continue
		case d.use != use:
			return nil, c.Errorf(`the shared memory zone "%s" is already declared for a different use`, name)
		case d.Size == 0:
			d.Size = size
		case size != 0 && size != d.Size:
			return nil, c.Errorf(`the size %d of shared memory zone "%s" conflicts with already declared size %d`, size, name, d.Size)
		}
		return d, nil
	}
	d := &Declared{Name: name, Size: size, use: use}
	b.list = append(b.list, d)
	return d, nil
}

// check finds a zone that nobody gave a size.
func (b *book) check() error {
	for _, d := range b.list {
		if d.Size == 0 {
			return &parser.Error{Level: parser.Emerg, Text: `zero size shared memory zone "` + d.Name + `"`}
		}
	}
	return nil
}

// ParseSpec reads the argument `zone=NAME:SIZE`. A zone has at least eight pages.
func ParseSpec(c *config.Call, arg string) (name string, size int64, err error) {
	name, text, found := strings.Cut(strings.TrimPrefix(arg, "zone="), ":")
	if found {
		size, found = config.ParseSize(text)
	}
	if !found {
		return "", 0, c.Errorf(`invalid zone size "%s"`, arg)
	}
	if size < int64(8*os.Getpagesize()) {
		return "", 0, c.Errorf(`zone "%s" is too small`, arg)
	}
	return name, size, nil
}
