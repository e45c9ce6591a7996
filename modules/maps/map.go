// Package maps is nginx's ngx_http_map_module: the `map` directive, which makes a variable whose value depends on that of a
// text with variables. Map itself knows nothing of HTTP, so that stream uses it as well.
package maps

import (
	"errors"
	"strings"

	"understudy/ascii"
	"understudy/config"
	"understudy/hostname"
	"understudy/parser"
	"understudy/vars"
)

// Settings of ngx_http_map_module.
type Settings struct {
	// Map makes a variable: `map SOURCE $NAME { KEY VALUE; … }`.
	Map Option `nginx:"map" in:"http" args:"2" block:"yes"`
	// HashMaxSize and HashBucketSize bound nginx's tables; a map that does not fit them is refused, as in nginx.
	HashMaxSize    config.Int `nginx:"map_hash_max_size" in:"http" args:"1" default:"2048"`
	HashBucketSize config.Int `nginx:"map_hash_bucket_size" in:"http" args:"1" default:"64"`
}

// Conf declares the module's directives.
var Conf = config.Declare[Settings]("ngx_http_map_module")

// Map finds a value for the current text of its source.
type Map struct {
	source    *vars.Value
	fallback  *vars.Value // nil: empty
	hostnames bool
	exact     hostname.Table[*vars.Value]
	regexes   *vars.Regexes
	values    []*vars.Value // of the regexes
}

// Append is the variable's getter. The source's text needs a place only until the value is found: it is put where the
// value goes.
func (m *Map) Append(s vars.Subject, dst []byte) ([]byte, bool) {
	start := len(dst)
	dst = m.source.Append(dst, s)
	end := len(dst)
	if m.hostnames && end > start && dst[end-1] == '.' {
		end--
	}

	// Names are compared in lower case, regexes see the text as it is.
	low := dst[start:end:end]
	if hasUpper(low) {
		dst = ascii.AppendLower(dst[:end], low)
		low = dst[end:]
	}
	value, ok := m.exact.Lookup(low)
	if !ok {
		value = m.fallback
		if end > start {
			if i, err := m.regexes.First(s, dst[start:end]); i >= 0 && err == nil {
				value = m.values[i]
			}
		}
	}

	dst = dst[:start]
	if value == nil {
		return dst, true
	}
	return value.Append(dst, s), true
}

// Option is the directive `map`.
type Option struct{}

// Parse implements config.Option.
func (*Option) Parse(c *config.Call) error {
	source, err := vars.Compile(c, c.Args[0])
	if err != nil {
		return err
	}
	name, ok := strings.CutPrefix(c.Args[1], "$")
	if !ok {
		return c.Errore("the second argument is the variable to make, with its $", `invalid variable name "%s"`, c.Args[1])
	}
	m := &Map{source: source}
	table := vars.TableOf(c.Block)
	if err := table.Add(vars.Def{Name: name, Get: m.Append, Cached: true, Changeable: true}); err != nil {
		return c.Errorf("%s", err)
	}

	b := &body{m: m, table: table, call: c, values: map[string]*vars.Value{}}
	if err := c.Body(b.line); err != nil {
		return err
	}
	if b.volatile {
		table.Uncache(name)
	}
	exact, head, tail := m.exact.Keys()
	if err := hashTable(c.Block).Fit(c.Conf, exact, head, tail); err != nil {
		return err
	}
	m.exact.Freeze()
	m.regexes = vars.NewRegexes(b.regexes)
	return nil
}

// body reads the lines between the braces.
type body struct {
	m        *Map
	table    *vars.Table
	call     *config.Call
	values   map[string]*vars.Value // by text, as the same value is often given to many keys
	regexes  []*vars.Regex
	volatile bool
}

func (b *body) line(d *parser.Directive) error {
	fail := func(text string) error { return d.Error(parser.Emerg, text) }
	switch {
	case d.IsBlock:
		return fail(`unexpected "{"`)
	case len(d.Args) == 0 && d.Name == "hostnames":
		b.m.hostnames = true
		return nil
	case len(d.Args) == 0 && d.Name == "volatile":
		b.volatile = true
		return nil
	case len(d.Args) != 1:
		return fail("invalid number of the map parameters")
	case d.Name == "include":
		return b.call.Include(d, b.line)
	}

	value, err := b.value(d)
	if err != nil {
		return err
	}
	key := d.Name
	if key == "default" {
		if b.m.fallback != nil {
			return fail("duplicate default map parameter")
		}
		b.m.fallback = value
		return nil
	}
	if pattern, ok := strings.CutPrefix(key, "~"); ok {
		pattern, caseless := strings.CutPrefix(pattern, "*")
		regex, err := b.table.Regex(pattern, caseless)
		if err != nil {
			return fail(err.Error())
		}
		b.regexes, b.m.values = append(b.regexes, regex), append(b.m.values, value)
		return nil
	}

	key = strings.TrimPrefix(key, `\`)
	add := b.m.exact.AddExact
	if b.m.hostnames {
		add = b.m.exact.Add
	}
	switch err := add(key, value); {
	case errors.Is(err, hostname.ErrInvalid):
		return fail(`invalid hostname or wildcard "` + key + `"`)
	case errors.Is(err, hostname.ErrConflict):
		return fail(`conflicting parameter "` + string(ascii.AppendLower(nil, key)) + `"`)
	}
	return nil
}

func (b *body) value(d *parser.Directive) (*vars.Value, error) {
	text := d.Args[0]
	if v := b.values[text]; v != nil {
		return v, nil
	}
	v, err := vars.Compile(&config.Call{Directive: d, Block: b.call.Block, Conf: b.call.Conf}, text)
	if err != nil {
		return nil, err
	}
	b.values[text] = v
	return v, nil
}

func hasUpper(b []byte) bool {
	for _, c := range b {
		if c >= 'A' && c <= 'Z' {
			return true
		}
	}
	return false
}
