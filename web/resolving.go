package web

import "net/netip"

// Resolves tells whether names can be looked up here: there is a `resolver`.
func (x *Exchange) Resolves() bool { return x.Location.Conf.Resolver.Resolver() != nil }

// Lookup gives a name's addresses, as `resolver` knows them; it takes at most resolver_timeout. The error's text is nginx's, for
// "… could not be resolved (…)". If watch is set, reactor.ErrGivenUp says that the client has gone meanwhile.
func (x *Exchange) Lookup(name string, watch bool) ([]netip.Addr, error) {
	conf := x.Location.Conf
	w, end := x.watching(watch)
	defer end()
	return conf.Resolver.Resolver().Lookup(x.Task, name, conf.ResolverTimeout.D(), w)
}
