// server ADDRESS [parameters]; inside upstream{}.

package upstream

import (
	"math"
	"strings"
	"time"

	"understudy/config"
)

// Servers is the `server` directive; each use adds to the group.
type Servers struct{}

// server is one such line.
type server struct {
	name        string // the address as written
	addrs       []peerAddr
	weight      int
	maxConns    int
	maxFails    int
	failTimeout int64 // seconds
	backup      bool
	down        bool
}

// routeMax is the longest `route=` (NGX_HTTP_UPSTREAM_SID_LEN).
const routeMax = 32

const hintHostNotFound = "is the host's container or service running, and is its name right? nginx resolves names once, at start"

// Parse checks the parameters before the address, as nginx does.
func (*Servers) Parse(c *config.Call) error {
	g := config.Value(c.Block, groupKey)
	s := server{name: c.Args[0], weight: 1, maxFails: 1, failTimeout: 10}
	for _, arg := range c.Args[1:] {
		if err := s.parameter(c, g, arg); err != nil {
			return err
		}
	}

	port := uint16(80)
	if c.Block.Kind == config.StreamUpstream {
		port = 0
	}
	a, err := parseAddress(s.name, port)
	if err == nil && a.noPort && port == 0 {
		return c.Errorf("no port in upstream \"%s\"", s.name)
	}
	if err == nil && len(a.addrs) == 0 {
		err = a.resolve()
	}
	if err != nil {
		if err == errHostNotFound {
			return c.Errore(hintHostNotFound,
				"%s in upstream \"%s\"", err, s.name)
		}
		return c.Errorf("%s in upstream \"%s\"", err, s.name)
	}
	s.addrs = a.addrs
	g.servers = append(g.servers, s)
	return nil
}

func (s *server) parameter(c *config.Call, g *Group, arg string) error {
	name, value, valued := strings.Cut(arg, "=")
	ok := true
	switch {
	case valued && name == "weight":
		s.weight, ok = count(value)
		ok = ok && s.weight > 0
	case valued && name == "max_conns":
		s.maxConns, ok = count(value)
	case valued && name == "max_fails":
		s.maxFails, ok = count(value)
	case valued && name == "fail_timeout":
		var d time.Duration
		d, ok = config.ParseTime(value, true)
		s.failTimeout = int64(d / time.Second)
	case arg == "backup":
		if !g.method.backup {
			return c.Errorf("balancing method does not support parameter \"%s\"", arg)
		}
		s.backup = true
	case arg == "down", arg == "drain" && c.Block.Kind == config.Upstream:
		// A draining server gets sessions of `sticky` only.
		s.down = true
	case valued && name == "route" && c.Block.Kind == config.Upstream:
		// A name for `sticky`; without it nginx makes no use of it either.
		if value == "" {
			return c.Errorf("route is empty")
		}
		if len(value) > routeMax {
			return c.Errorf("route is longer than %d", routeMax)
		}
	case arg == "resolve", valued && name == "service":
		return c.Unsupported("looking names up after the start", "invalid parameter \"%s\"", arg)
	case valued && name == "slow_start":
		return c.Errore("slow_start is a parameter of NGINX Plus", "invalid parameter \"%s\"", arg)
	default:
		ok = false
	}
	if !ok {
		return c.Errorf("invalid parameter \"%s\"", arg)
	}
	return nil
}

// count reads a number; beyond 2^31 one is as good as another, and sums of them stay in range.
func count(text string) (int, bool) {
	n, ok := config.ParseNumber(text)
	return int(min(n, math.MaxInt32)), ok
}
