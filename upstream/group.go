// Package upstream holds the groups of peers that requests are proxied to: balancing, failover
// accounting, idle keepalive connections, and name resolution at load.
//
// A directive that proxies gets its group at load time (Implicit), every exchange embeds a Try and
// walks the peers with it:
//
//	group.Start(&x.try, upstream.Ask{Loop: loop, Client: addr, Subject: x, Tag: location})
//	for {
//		peer, err := x.try.Next()          // ErrNoLive: "no live upstreams"
//		conn := x.try.Idle()               // or dial peer.Addr
//		…
//		x.try.Keep(conn, nil)              // or conn.Close()
//		x.try.Done(upstream.OK)            // or Failed … and, while Left() > 0, once more
//	}
//
// Weights, failures and limits are shared by all loops behind one short mutex per group; a group with a
// single peer has nothing to share and takes no lock.
package upstream

import (
	"sync"
	"sync/atomic"

	"understudy/ascii"
	"understudy/config"
)

// Group is one upstream{} block, or the implicit group of an address in proxy_pass and its relatives.
// Its peers are known after the load; until then a later upstream{} of the same name may still define it.
type Group struct {
	Name string // as written: the name of the block, or the host of the address

	file         string // where it was first mentioned, for errors found at the end of http{}
	line, column int

	explicit bool   // an upstream{} block has defined it
	port     uint16 // 0: none known (an upstream{} block, a unix path)
	noPort   bool   // the reference names no port
	method   method // what the last balancing directive asked for
	servers  []server
	keep     keepalive

	mu       sync.Mutex // guards the counters of all peers, unless there is one peer only
	balancer balancer
	primary  *peerList // .next is the backup list

	pools  atomic.Pointer[[]*pool] // idle connections, by loop index; a pool is its loop's own
	grow   sync.Mutex              // held while pools gets a new slot
	closed atomic.Bool
}

// balancer picks the next peer of t.list for which it may; nil when none is left. The group's mutex is held.
// now is in Unix seconds.
type balancer interface {
	start(t *Try, a Ask)
	pick(t *Try, now int64) *Peer
}

// Find looks up an upstream{} block of b's http{} or stream{} by name, without regard to case.
func Find(b *config.Block, name string) (*Group, bool) {
	for _, g := range groupsOf(b) {
		if g.explicit && ascii.EqualFold(g.Name, name) {
			return g, true
		}
	}
	return nil, false
}

// Lookup finds the group for an address that became known in a request (proxy_pass with variables): an
// upstream{} block when the address has no port, or an implicit group with that very port.
func Lookup(b *config.Block, host string, port int, noPort bool) (*Group, bool) {
	for _, g := range groupsOf(b) {
		if !ascii.EqualFold(g.Name, host) {
			continue
		}
		if (g.port == 0 && noPort) || int(g.port) == port {
			return g, true
		}
	}
	return nil, false
}

// All gives the groups of b's http{} or stream{}, explicit and implicit, in file order.
func All(b *config.Block) []*Group { return groupsOf(b) }

// Peers gives the group's peers in file order, backups last.
func (g *Group) Peers() []*Peer {
	var all []*Peer
	for l := g.primary; l != nil; l = l.next {
		for i := range l.peers {
			all = append(all, &l.peers[i])
		}
	}
	return all
}

// Close ends the group's generation: idle connections are closed on their loops, and none is kept any more.
// Safe from any goroutine; exchanges under way finish undisturbed.
func (g *Group) Close() {
	g.closed.Store(true)
	g.grow.Lock()
	defer g.grow.Unlock()
	if pools := g.pools.Load(); pools != nil {
		for _, p := range *pools {
			if p != nil {
				p.loop.Post(p.closeAll)
			}
		}
	}
}

func groupsOf(b *config.Block) []*Group {
	blocks := blocksOf(b)
	if blocks == nil {
		return nil
	}
	return blocks.groups
}

// blocksOf gives the groups of the http{} or stream{} around b, nil where there is neither.
func blocksOf(b *config.Block) *Blocks {
	switch root := b.Up(config.HTTP | config.Stream); {
	case root == nil:
		return nil
	case root.Kind == config.Stream:
		return &StreamConf.Local(root).Blocks
	default:
		return &Conf.Local(root).Blocks
	}
}
