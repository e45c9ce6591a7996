package web

import (
	"fmt"
	"maps"
	"slices"

	"understudy/ascii"
	"understudy/config"
	"understudy/parser"
)

// typesOption is the `types` block: file name endings to MIME types.
type typesOption struct {
	byEnding map[string][]byte
	own      bool // of this level
}

// defaultTypes is what a configuration without `types` has.
var defaultTypes = map[string][]byte{"html": []byte("text/html"), "gif": []byte("image/gif"), "jpg": []byte("image/jpeg")}

func (o *typesOption) Parse(c *config.Call) error {
	o.own = true
	if o.byEnding == nil {
		o.byEnding = map[string][]byte{}
	}
	var read parser.Visitor
	read = func(d *parser.Directive) error {
		if d.IsBlock {
			return d.Error(parser.Emerg, `unexpected "{"`)
		}
		if d.Name == "include" {
			if len(d.Args) != 1 {
				return d.Error(parser.Emerg, `invalid number of arguments in "include" directive`)
			}
			return c.Include(d, read)
		}
		for _, ending := range d.Args {
			ending = ascii.ToLower(ending)
			if old, ok := o.byEnding[ending]; ok {
				c.Conf.Warnings = append(c.Conf.Warnings, d.Error(parser.Warn, fmt.Sprintf("duplicate extension \"%s\", content type: \"%s\", previous content type: \"%s\"", ending, d.Name, old)))
			}
			o.byEnding[ending] = []byte(d.Name)
		}
		return nil
	}
	return c.Body(read)
}

func (o *typesOption) Inherit(parent config.Option) {
	if o.byEnding == nil {
		o.byEnding = parent.(*typesOption).byEnding
	}
}

// fit tells what nginx says of its table of these endings.
func (o *typesOption) fit(s *Settings, b *config.Block) error {
	if !o.own {
		return nil
	}
	table := config.HashTable{Name: "types_hash", Max: s.TypesHashMax.N(), BucketSize: s.TypesHashBucket.N()}
	return table.Fit(b.Config(), slices.Collect(maps.Keys(o.byEnding)), nil, nil)
}

// ContentType gives the type for a path by its ending, or default_type; nil for none.
func (l *Location) ContentType(path []byte) []byte {
	for i := len(path) - 1; i >= 0 && path[i] != '/'; i-- {
		if path[i] != '.' {
			continue
		}
		if i == 0 || path[i-1] == '/' { // a name that begins with its only dot has no ending
			break
		}
		var lower [32]byte
		ending := path[i+1:]
		if len(ending) > len(lower) {
			break
		}
		for j, c := range ending {
			if 'A' <= c && c <= 'Z' {
				c |= 0x20
			}
			lower[j] = c
		}
		if t, ok := l.types[string(lower[:len(ending)])]; ok {
			return t
		}
		break
	}
	return l.defType
}

// ContentType is the type of the answer: the one it has been given, or the one the location's types give its URI
// (ngx_http_set_content_type).
func (x *Exchange) ContentType() []byte {
	if len(x.Out.ContentType) > 0 {
		return x.Out.ContentType
	}
	return x.Location.ContentType(x.URI)
}
