package vserver

import (
	"errors"
	"fmt"

	"understudy/config"
	"understudy/hostname"
	"understudy/parser"
)

// CheckNames warns of server names that stand twice on one address, where a name decides at all: on addresses of several servers,
// or of one whose name has captures. Then it says what nginx does of a table of these names (ngx_http_server_names,
// ngx_stream_server_names). names gives those of a server.
func (p *Plan) CheckNames(c *config.Config, names func(*config.Block) *Names, table config.HashTable) error {
	for _, a := range p.Addresses() {
		if len(a.Servers) < 2 && !names(a.DefaultServer).Captures() {
			continue
		}
		var all hostname.Table[*config.Block]
		for _, sb := range a.Servers {
			for _, n := range namesOf(names(sb)) {
				if n.Regex != nil {
					continue
				}
				switch err := all.Add(n.Text, sb); {
				case errors.Is(err, hostname.ErrInvalid):
					return &parser.Error{Level: parser.Emerg, Text: fmt.Sprintf(`invalid server name or wildcard "%s" on %s`, n.Text, a.Text)}
				case err != nil:
					c.Warnf(`conflicting server name "%s" on %s, ignored`, n.Text, a.Text)
				}
			}
		}
		exact, head, tail := all.Keys()
		if err := table.Fit(c, exact, head, tail); err != nil {
			return err
		}
	}
	return nil
}

// namesOf are the names of a server; without `server_name` that is the empty one.
func namesOf(o *Names) []Name {
	if list := o.All(); len(list) > 0 {
		return list
	}
	return unnamed
}

var unnamed = []Name{{}}
