package web

import (
	"errors"
	"fmt"
	"os"

	"understudy/config"
	"understudy/hostname"
	"understudy/parser"
	"understudy/vserver"
)

var planKey = config.NewKey[*vserver.Plan]("web.plan")

// sitePlan finds the plan of the http block around b.
func sitePlan(b *config.Block) *vserver.Plan { return config.Value(b, planKey) }

// httpOption is the `http` block.
type httpOption struct{ block *config.Block }

func (o *httpOption) Parse(c *config.Call) error {
	if o.block != nil {
		return c.Duplicate()
	}
	var err error
	o.block, err = c.Enter(config.HTTP, func(b *config.Block) {
		config.Attach(b, planKey, new(vserver.Plan))
		attachVariables(c.Conf, b)
		c.Conf.OnMerged(b, func() error { return checkNames(sitePlan(b), b) })
	})
	return err
}

// serverOption is a `server` block. A server without `listen` listens on port 80, or 8000 without the right to.
type serverOption struct{}

func (o *serverOption) Parse(c *config.Call) error {
	b, err := c.Enter(config.Server, func(b *config.Block) {
		p := sitePlan(b)
		p.Servers = append(p.Servers, b)
	})
	if err != nil {
		return err
	}
	s := core.Local(b)
	if len(s.Listen.list) > 0 {
		return nil
	}
	port := "80"
	if os.Getuid() != 0 {
		port = "8000"
	}
	l := vserver.Plain(port)
	s.Listen.list = append(s.Listen.list, l)
	in := *c
	in.Block = b
	return sitePlan(b).Add(&in, l)
}

// checkNames warns of server names that stand twice on one address, where a name decides at all: on addresses of several servers,
// or of one whose name has captures. Then it says what nginx does of a table of these names (ngx_http_server_names).
func checkNames(p *vserver.Plan, b *config.Block) error {
	conf := core.Of(b)
	table := config.HashTable{Name: "server_names_hash", Max: conf.ServerNamesHashMax.N(), BucketSize: conf.ServerNamesHashBkt.N()}
	for _, a := range p.Addresses() {
		if len(a.Servers) < 2 && !core.Of(a.DefaultServer).ServerName.Captures() {
			continue
		}
		var names hostname.Table[*config.Block]
		for _, sb := range a.Servers {
			list := core.Of(sb).ServerName.All()
			if len(list) == 0 {
				list = unnamed
			}
			for _, n := range list {
				if n.Regex != nil {
					continue
				}
				switch err := names.Add(n.Text, sb); {
				case errors.Is(err, hostname.ErrInvalid):
					return &parser.Error{Level: parser.Emerg, Text: fmt.Sprintf(`invalid server name or wildcard "%s" on %s`, n.Text, a.Text)}
				case err != nil:
					b.Config().Warnf(`conflicting server name "%s" on %s, ignored`, n.Text, a.Text)
				}
			}
		}
		exact, head, tail := names.Keys()
		if err := table.Fit(b.Config(), exact, head, tail); err != nil {
			return err
		}
	}
	return nil
}

// unnamed are the names of a server without `server_name`.
var unnamed = []vserver.Name{{}}
