// Hints: what Understudy says about an error beyond nginx's own line.

package config

import (
	"strings"

	"understudy/parser"
)

// oneOf lists the names of an enum.
func oneOf(names []enumName, _ string) string {
	var list []string
	for _, n := range names {
		list = append(list, n.name)
	}
	return "one of: " + strings.Join(list, ", ")
}

// unknown makes the error of a directive that no module takes in block b; known: it may stand elsewhere.
func (c *Config) unknown(b *Block, d *parser.Directive, known bool) error {
	if known {
		return d.Error(parser.Emerg, `"`+d.Name+`" directive is not allowed here`)
	}
	return d.Error(parser.Emerg, `unknown directive "`+d.Name+`"`)
}

// hinted adds a hint to an error that has none.
func (c *Config) hinted(b *Block, d *parser.Directive, err error) error { return err }
