package web

import (
	"net/netip"

	"understudy/config"
	"understudy/errlog"
	"understudy/resolver"
)

// resolverOption is `resolver`.
type resolverOption struct{ r *resolver.Resolver }

func (o *resolverOption) Parse(c *config.Call) error {
	if o.r != nil {
		return c.Duplicate()
	}
	r, err := resolver.Parse(c)
	if err != nil {
		return err
	}
	o.r = r
	main := c.Block.Up(config.HTTP).Parent
	c.Conf.OnLoaded(func() error {
		log := errlog.Of(main)
		r.Log = func(text string) { log.Write(errlog.Error, 0, []byte(text)) }
		return nil
	})
	return nil
}

// Inherit implements config.Inheriting.
func (o *resolverOption) Inherit(parent config.Option) {
	if o.r == nil {
		o.r = parent.(*resolverOption).r
	}
}

// Resolves tells whether names can be looked up here: there is a `resolver`.
func (x *Exchange) Resolves() bool { return x.Location.Conf.Resolver.r != nil }

// Lookup gives a name's addresses, as `resolver` knows them; it takes at most resolver_timeout. The error's text is nginx's, for
// "… could not be resolved (…)".
func (x *Exchange) Lookup(name string) ([]netip.Addr, error) {
	return x.Location.Conf.Resolver.r.Lookup(x.Task, name, x.Location.Conf.ResolverTimeout.D())
}
