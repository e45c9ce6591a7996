package resolver

import (
	"understudy/config"
	"understudy/errlog"
)

// Option is the directive `resolver`, as http, stream and their servers have it.
type Option struct{ r *Resolver }

// Parse implements config.Option.
func (o *Option) Parse(c *config.Call) error {
	if o.r != nil {
		return c.Duplicate()
	}
	r, err := Parse(c)
	if err != nil {
		return err
	}
	o.r = r
	main := c.Block.Up(config.Main)
	c.Conf.OnLoaded(func() error {
		log := errlog.Of(main)
		r.Log = func(text string) { log.Write(errlog.Error, 0, []byte(text)) }
		return nil
	})
	return nil
}

// Inherit implements config.Inheriting.
func (o *Option) Inherit(parent config.Option) {
	if o.r == nil {
		o.r = parent.(*Option).r
	}
}

// Resolver is what was given or inherited, nil if nothing was.
func (o *Option) Resolver() *Resolver { return o.r }
