package vserver

import (
	"understudy/config"
	"understudy/hostname"
	"understudy/vars"
)

// Finder finds the server of a name among those behind one address (ngx_http_find_virtual_server).
type Finder[T any] struct {
	names   hostname.Table[T]
	regexes []T           // with a regex for a name
	match   *vars.Regexes // these regexes
	single  bool          // one server, no regex: the name does not matter
}

// NewFinder makes the finder for an address; names and server give what belongs to a server block.
func NewFinder[T any](a *Address, names func(b *config.Block) *Names, server func(b *config.Block) T) *Finder[T] {
	f := new(Finder[T])
	var list []*vars.Regex
	for _, b := range a.Servers {
		for _, n := range namesOf(names(b)) {
			if n.Regex != nil {
				f.regexes, list = append(f.regexes, server(b)), append(list, n.Regex)
				continue
			}
			_ = f.names.Add(n.Text, server(b)) // the first of two equal names counts; a warning has been given
		}
	}
	f.names.Freeze()
	f.match = vars.NewRegexes(list)
	f.single = len(a.Servers) == 1 && len(list) == 0
	return f
}

// Find gives the server of a name in lower case; false leaves it at the address's default. The error is that of a regex that
// cannot be matched (vars.Regex.Exec).
func (f *Finder[T]) Find(s vars.Subject, name []byte) (server T, ok bool, err error) {
	if f.single {
		return server, false, nil
	}
	if server, ok = f.names.Lookup(name); ok {
		return server, true, nil
	}
	i, err := f.match.First(s, name)
	if i < 0 || err != nil {
		return server, false, err
	}
	return f.regexes[i], true, nil
}
