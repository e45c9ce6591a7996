package web

import (
	"sort"

	"understudy/config"
	"understudy/parser"
	"understudy/vars"
)

// places finds the location for a URI among those of one level: the longest prefix by binary search, then the regexes in
// file order unless the prefix forbids it (ngx_http_core_find_location).
type places struct {
	prefixes []place // sorted by name
	regexes  []*Location
	matching *vars.Regexes // the same, to look for the first that matches
	named    []*Location

	autoSlash bool // some prefix here wants requests without its slash redirected
}

// place is all that one prefix can mean: a location for exactly this URI, one for everything below it, or both.
type place struct {
	name   string
	exact  *Location
	prefix *Location
	parent int // index of the longest other prefix of name that has a prefix location, or -1
}

func (p *places) add(l *Location) {
	switch {
	case l.Named:
		p.named = append(p.named, l)
		return
	case l.Regex != nil:
		p.regexes = append(p.regexes, l)
		return
	}
	p.prefixes = append(p.prefixes, place{name: l.Name})
	at := &p.prefixes[len(p.prefixes)-1]
	if l.Exact {
		at.exact = l
	} else {
		at.prefix = l
	}
}

// freeze sorts, joins "= /x" with "/x", and links every prefix to the next shorter one.
func (p *places) freeze() {
	sort.SliceStable(p.prefixes, func(i, j int) bool { return p.prefixes[i].name < p.prefixes[j].name })
	joined := p.prefixes[:0]
	for _, at := range p.prefixes {
		if n := len(joined); n > 0 && joined[n-1].name == at.name {
			have := &joined[n-1]
			if at.exact != nil {
				have.exact = at.exact
			} else {
				have.prefix = at.prefix
			}
			continue
		}
		joined = append(joined, at)
	}
	p.prefixes = joined
	p.matching = matching(p.regexes)
	for i := range joined {
		at := &joined[i]
		at.parent = -1
		if at.prefix != nil && at.prefix.AutoSlash || at.exact != nil && at.exact.AutoSlash {
			p.autoSlash = true
		}
		// in sorted order the nearest shorter prefix of a name is its predecessor or one of that one's prefixes
		for j := i - 1; j >= 0; j = joined[j].parent {
			if joined[j].prefix != nil && len(joined[j].name) < len(at.name) && at.name[:len(joined[j].name)] == joined[j].name {
				at.parent = j
				break
			}
		}
	}
}

// matching makes the regexes of locations ready, nil if there are none.
func matching(locations []*Location) *vars.Regexes {
	if len(locations) == 0 {
		return nil
	}
	list := make([]*vars.Regex, len(locations))
	for i, l := range locations {
		list[i] = l.Regex
	}
	return vars.NewRegexes(list)
}

// duplicates finds two locations of one block that say the same (ngx_http_cmp_locations).
func duplicates(b *config.Block) error {
	type key struct {
		name  string
		exact bool
	}
	seen := map[key]bool{}
	for _, child := range b.Children {
		m := locationOf(child)
		if m == nil || m.regex != nil || m.named { // of two named ones the first counts
			continue
		}
		k := key{m.name, m.exact}
		if seen[k] {
			return child.Directive.Error(parser.Emerg, "duplicate location \""+m.name+"\"")
		}
		seen[k] = true
	}
	return nil
}

// lookup gives the location for exactly uri (exact), or the longest prefix's.
func (p *places) lookup(uri []byte) (l *Location, exact bool) {
	list := p.prefixes
	lo, hi := 0, len(list)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if list[mid].name <= string(uri) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for i := lo - 1; i >= 0; i = list[i].parent {
		at := &list[i]
		if len(at.name) > len(uri) || at.name != string(uri[:len(at.name)]) {
			continue
		}
		if len(at.name) == len(uri) && at.exact != nil {
			return at.exact, true
		}
		if at.prefix != nil {
			return at.prefix, false
		}
	}
	return nil, false
}

// slash gives the location whose name is uri with a slash behind it, if it, or another of that name, wants requests without the
// slash redirected.
func (p *places) slash(uri []byte) *Location {
	list := p.prefixes
	lo, hi := 0, len(list)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if lessWithSlash(list[mid].name, uri) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(list) || len(list[lo].name) != len(uri)+1 || list[lo].name[:len(uri)] != string(uri) || list[lo].name[len(uri)] != '/' {
		return nil
	}
	exact, prefix := list[lo].exact, list[lo].prefix
	if (exact == nil || !exact.AutoSlash) && (prefix == nil || !prefix.AutoSlash) {
		return nil
	}
	if exact != nil {
		return exact
	}
	return prefix
}

// lessWithSlash compares name with uri + "/".
func lessWithSlash(name string, uri []byte) bool {
	if len(name) <= len(uri) {
		return name <= string(uri[:len(name)])
	}
	if head := name[:len(uri)]; head != string(uri) {
		return head < string(uri)
	}
	return name[len(uri)] < '/'
}

// verdict is how a search at one level ended.
type verdict uint8

const (
	nowhere  verdict = iota
	prefixed         // the longest prefix; regexes may still win
	final            // exactly this one
	addSlash         // answer with a redirect to the URI with a slash
	failed           // a regex could not be matched
)

// find walks from level to level; the location found is l itself when nothing inside matches.
func (l *Location) find(x *Exchange, uri []byte) (*Location, verdict) {
	in, exact := l.places.lookup(uri)
	if exact {
		return in, final
	}
	if l.places.autoSlash && (in == nil || len(in.Name) != len(uri)) {
		if to := l.places.slash(uri); to != nil {
			return to, addSlash
		}
	}
	found, v, noregex := l, nowhere, false
	if in != nil {
		noregex = in.Stop
		if found, v = in.find(x, uri); v >= final {
			return found, v
		}
		v = prefixed
	}
	if !noregex {
		i, err := l.places.matching.First(x, uri)
		if err != nil {
			return l, failed
		}
		if i >= 0 {
			found, v = l.places.regexes[i].find(x, uri)
			return found, max(v, final)
		}
	}
	return found, v
}

// named finds a named location of the server.
func (l *Location) named(name string) *Location {
	for _, n := range l.places.named {
		if n.Name == name {
			return n
		}
	}
	return nil
}
