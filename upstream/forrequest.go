// Groups for addresses that become known in a request: proxy_pass with variables.

package upstream

import (
	"sync"

	"understudy/config"
)

// literals holds the groups made for literal addresses, so that their counters and peers are shared by requests.
// It is bounded: when it is full, further addresses get a group of their own each time.
type literals struct {
	mu     sync.Mutex
	groups map[literalName]*Group
}

// literalName is an address as it was written; what it means without a port depends on the protocol.
type literalName struct {
	hostport    string
	defaultPort int
}

const maxLiterals = 1024

var literalKey = config.NewKey[*literals]("upstream.literals")

// ForRequest gives the group for "host[:port]", "[v6][:port]" or "unix:path": an upstream{} block or an address that the
// configuration names, else one made for a literal address. nil without an error means that the host is a name which
// has to be resolved. Errors are nginx's, to be followed by ` in upstream "x"`.
func ForRequest(b *config.Block, hostport string, defaultPort int) (*Group, error) {
	a, err := parseAddress(hostport, uint16(defaultPort))
	if err != nil {
		return nil, err
	}
	if g, ok := Lookup(b, a.host, int(a.port), a.noPort); ok {
		return g, nil
	}
	if len(a.addrs) == 0 {
		return nil, nil
	}
	known := config.Value(b, literalKey)
	if known == nil {
		return literal(a), nil
	}
	known.mu.Lock()
	defer known.mu.Unlock()
	name := literalName{hostport, defaultPort}
	g := known.groups[name]
	if g == nil {
		g = literal(a)
		if len(known.groups) < maxLiterals {
			known.groups[name] = g
		}
	}
	return g, nil
}

// NoPort tells that a group's address says no port, and no upstream{} has the name.
func (g *Group) NoPort() bool {
	return !g.explicit && g.port == 0 && g.primary.peers[0].Addr.IP.IsValid() && g.primary.peers[0].Addr.IP.Port() == 0
}

func literal(a address) *Group {
	g := &Group{Name: a.host, port: a.port, balancer: roundRobin{}}
	g.setPeers([]server{{addrs: a.addrs, weight: 1, maxFails: 1, failTimeout: 10}})
	return g
}
