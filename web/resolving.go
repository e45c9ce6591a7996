package web

import "net/netip"

// Resolves tells whether names can be looked up here: there is a `resolver`.
func (x *Exchange) Resolves() bool { return x.Location.Conf.Resolver.Resolver() != nil }

// Lookup gives a name's addresses, as `resolver` knows them; it takes at most resolver_timeout. The error's text is nginx's, for
// "… could not be resolved (…)".
func (x *Exchange) Lookup(name string) ([]netip.Addr, error) {
	conf := x.Location.Conf
	return conf.Resolver.Resolver().Lookup(x.Task, name, conf.ResolverTimeout.D())
}
