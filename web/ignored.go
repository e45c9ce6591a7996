package web

import (
	"strings"

	"understudy/config"
)

// ignoredDirectio is `directio SIZE | off`, checked and without effect.
type ignoredDirectio struct{ seen bool }

func (o *ignoredDirectio) Parse(c *config.Call) error {
	if o.seen {
		return c.Duplicate()
	}
	o.seen = true
	if _, ok := config.ParseOffset(c.Args[0]); !ok && c.Args[0] != "off" {
		return c.Errorf(`"directio" directive invalid value`)
	}
	return nil
}

// ignoredAIO is `aio on | off | threads[=POOL]`, checked and without effect.
type ignoredAIO struct{ seen bool }

func (o *ignoredAIO) Parse(c *config.Call) error {
	if o.seen {
		return c.Duplicate()
	}
	o.seen = true
	switch text := c.Args[0]; {
	case text == "on", text == "off", text == "threads", strings.HasPrefix(text, "threads="):
		return nil
	default:
		return c.Errorf(`"aio" directive invalid value`)
	}
}
