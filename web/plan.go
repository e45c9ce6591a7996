package web

import (
	"os"

	"understudy/config"
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
		c.Conf.OnMerged(b, func() error { return checkNames(b) })
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

// checkNames looks at the names of servers as nginx does when it makes its tables of them.
func checkNames(b *config.Block) error {
	conf := core.Of(b)
	table := config.HashTable{Name: "server_names_hash", Max: conf.ServerNamesHashMax.N(), BucketSize: conf.ServerNamesHashBkt.N()}
	return sitePlan(b).CheckNames(b.Config(), func(b *config.Block) *vserver.Names { return &core.Of(b).ServerName }, table)
}
