// zone NAME [SIZE]; in nginx it moves a group's state to memory that all workers share. Here all loops share
// it anyway, so the directive is checked as nginx checks it and has nothing left to do.

package upstream

import (
	"os"

	"understudy/config"
	"understudy/zone"
)

// Zone is the `zone` directive.
type Zone struct{}

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
	use := "upstream"
	if c.Block.Kind == config.StreamUpstream {
		use = "upstream in stream"
	}
	_, err := zone.Declare(c, name, size, use)
	return err
}
