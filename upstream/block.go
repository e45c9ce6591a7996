// upstream{} blocks, and the implicit groups that addresses in proxy_pass and its relatives make.

package upstream

import (
	"fmt"

	"understudy/ascii"
	"understudy/config"
	"understudy/parser"
)

// Blocks are the groups of one http{} or stream{}, in the order in which they were first mentioned.
type Blocks struct {
	groups []*Group
}

// Parse reads one upstream{}.
func (s *Blocks) Parse(c *config.Call) error {
	g, err := s.mention(c, address{text: c.Args[0], host: c.Args[0], noPort: true}, true)
	if err != nil {
		return err
	}
	g.servers = nil
	g.method = method{backup: withBackup}
	kind := config.Upstream
	if c.Block.Kind == config.Stream {
		kind = config.StreamUpstream
	}
	if _, err := c.Enter(kind, func(b *config.Block) { config.Attach(b, groupKey, g) }); err != nil {
		return err
	}
	if len(g.servers) == 0 {
		return c.Errorf("no servers are inside upstream") // at the closing brace, as nginx
	}
	return nil
}

// Implicit gives the group for an address as proxy_pass names it: "host", "host:port", "[v6]:port" or "unix:path".
// A name that an upstream{} defines, earlier or later in the file, means that block; the peers of all others
// are resolved at the end of http{} or stream{}; without a defaultPort (0) a name that says none has to be an upstream{}. One group stands for all mentions of an address.
// Errors are nginx's: `invalid port in upstream "x"`, x being the address as written, `upstream "x" may not have port 80`, …
func Implicit(c *config.Call, hostport, written string, defaultPort int) (*Group, error) {
	a, err := parseAddress(hostport, uint16(defaultPort))
	if err != nil {
		return nil, c.Errorf("%s in upstream \"%s\"", err, written)
	}
	return blocksOf(c.Block).mention(c, a, false)
}

// groupKey is for the group of an upstream{}, on that block.
var groupKey = config.NewKey[*Group]("upstream.group")

// mention finds or makes the group for an address; define is true for an upstream{} block.
func (s *Blocks) mention(c *config.Call, a address, define bool) (*Group, error) {
	for _, g := range s.groups {
		if !ascii.EqualFold(g.Name, a.host) {
			continue
		}
		switch {
		case define && g.explicit:
			return nil, c.Errorf("duplicate upstream \"%s\"", a.host)
		case g.explicit && !a.noPort:
			return nil, c.Errorf("upstream \"%s\" may not have port %d", a.host, a.port)
		case define && !g.noPort:
			return nil, g.errorf("upstream \"%s\" may not have port %d", a.host, g.port)
		case g.port != 0 && a.port != 0 && g.port != a.port:
			continue
		}
		if define {
			g.explicit, g.port = true, 0
		}
		return g, nil
	}
	g := &Group{Name: a.host, file: c.File, line: c.EndLine, column: columnOf(c), explicit: define, port: a.port, noPort: a.noPort}
	if len(a.addrs) == 1 && (a.port != 0 || !a.noPort) {
		g.servers = []server{{addrs: a.addrs}}
	}
	s.groups = append(s.groups, g)
	return g, nil
}

// finish gives every group its peers, in file order.
func (s *Blocks) finish() error {
	for _, g := range s.groups {
		if err := g.finish(); err != nil {
			return err
		}
	}
	return nil
}

func (g *Group) finish() error {
	servers := g.servers
	if !g.explicit && len(servers) == 0 {
		if g.port == 0 {
			return g.errorf("no port in upstream \"%s\"", g.Name)
		}
		a := address{host: g.Name, port: g.port}
		if err := a.resolve(); err != nil {
			e := g.errorf("%s in upstream \"%s\"", err, g.Name)
			if err == errHostNotFound {
				e.Hint = hintHostNotFound
			}
			return e
		}
		servers = []server{{addrs: a.addrs, weight: 1, maxFails: 1, failTimeout: 10}}
	}
	if !g.setPeers(servers) {
		return g.errorf("no servers in upstream \"%s\"", g.Name)
	}
	g.balancer = g.method.balancer
	switch b := g.balancer.(type) {
	case nil:
		g.balancer = roundRobin{}
	case *consistentHash:
		if points := g.primary.totalWeight * pointsPerWeight; points > maxPoints {
			return &parser.Error{Level: parser.Emerg, Text: fmt.Sprintf("malloc(%d) failed (12: Cannot allocate memory)", points*16)}
		}
		b.build(g.primary)
	}
	return nil
}

// errorf is an [emerg] at the place where the group was first mentioned.
func (g *Group) errorf(format string, a ...any) *parser.Error {
	return &parser.Error{Level: parser.Emerg, Text: fmt.Sprintf(format, a...), File: g.file, Line: g.line, Column: g.column}
}

// columnOf is where a directive begins, 0 if that is another line than the one that is reported.
func columnOf(c *config.Call) int {
	if c.EndLine != c.Line {
		return 0
	}
	return c.Column
}
