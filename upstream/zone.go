// zone NAME [SIZE]; in nginx it moves a group's state to memory that all workers share. Here all loops share
// it anyway, so the directive is checked as nginx checks it and has nothing left to do.

package upstream

import (
	"os"

	"understudy/config"
	"understudy/parser"
)

// Zone is the `zone` directive.
type Zone struct{}

type zone struct {
	name string
	size int64
}

func (*Zone) Parse(c *config.Call) error {
	name := c.Args[0]
	if name == "" {
		return c.Errorf("invalid zone name \"%s\"", name)
	}
	var size int64
	if len(c.Args) == 2 {
		var ok bool
		if size, ok = config.ParseSize(c.Args[1]); !ok {
			return c.Errorf("invalid zone size \"%s\"", c.Args[1])
		}
		if size < 8*int64(os.Getpagesize()) {
			return c.Errorf("zone \"%s\" is too small", name)
		}
	}

	blocks := blocksOf(c.Block)
	for i := range blocks.zones {
		z := &blocks.zones[i]
		if z.name != name {
			continue
		}
		if z.size == 0 {
			z.size = size
		}
		if size != 0 && size != z.size {
			return c.Errorf("the size %d of shared memory zone \"%s\" conflicts with already declared size %d", size, name, z.size)
		}
		return nil
	}
	if len(blocks.zones) == 0 {
		c.Conf.OnLoaded(blocks.checkZones)
	}
	blocks.zones = append(blocks.zones, zone{name, size})
	return nil
}

// checkZones finds a zone to which no group gave a size; nginx notices when it maps the memory.
func (s *Blocks) checkZones() error {
	for _, z := range s.zones {
		if z.size == 0 {
			return &parser.Error{Level: parser.Emerg, Text: "zero size shared memory zone \"" + z.name + "\""}
		}
	}
	return nil
}
