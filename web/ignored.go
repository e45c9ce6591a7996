package web

import "understudy/config"

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
