// Peers and the lists they stand in: what the balancers read and the failure accounting writes.

package upstream

import (
	"math"
	"net/netip"
	"sync/atomic"

	"understudy/reactor"
)

// Peer is one address of a group.
type Peer struct {
	Name   []byte       // "127.0.0.1:8010", "[::1]:8010", "unix:/path": as in $upstream_addr and the logs
	Server string       // the `server` argument it came from, as written; "" in implicit groups
	Addr   reactor.Addr // what to dial

	index       int   // in its list: the bit in Try.tried
	place       int   // equal for peers of one address: they share idle connections
	weight      int   // as configured
	maxConns    int32 // 0: no limit
	maxFails    int   // 0: failures are not counted
	failTimeout int64 // seconds
	down        bool

	// Guarded by the group's mutex; in a single-peer group only conns is used, atomically.
	effective int   // weight, lowered by failures, regained one a pick
	current   int   // smooth weighted round robin
	conns     int32 // exchanges under way
	fails     int
	accessed  int64 // last failure, Unix seconds
	checked   int64 // last failure, or last pick after fail_timeout
}

// peerList is the primary or the backup peers of a group.
type peerList struct {
	peers       []Peer
	next        *peerList // the backups
	single      bool      // the only peer of the group: never marked down
	totalWeight int
	tries       int // peers that are not marked `down`
}

// never is before any failure.
const never = math.MinInt64 / 4

// newList makes peers of the servers' addresses.
func newList(servers []server, backup bool, places *int) *peerList {
	l := &peerList{}
	for i := range servers {
		s := &servers[i]
		if s.backup != backup {
			continue
		}
		for _, a := range s.addrs {
			l.peers = append(l.peers, Peer{
				Name: []byte(a.name), Server: s.name, Addr: a.addr,
				index: len(l.peers), weight: s.weight, effective: s.weight,
				maxConns: int32(s.maxConns), maxFails: s.maxFails, failTimeout: s.failTimeout, down: s.down,
				accessed: never, checked: never,
			})
			l.totalWeight += s.weight
			if !s.down {
				l.tries++
			}
		}
	}
	for i := range l.peers {
		l.peers[i].place = *places
		*places++
		for j := range i {
			if l.peers[j].Addr == l.peers[i].Addr {
				l.peers[i].place = l.peers[j].place
				break
			}
		}
	}
	return l
}

// setPeers builds the group's lists; it is false when no primary server is there.
func (g *Group) setPeers(servers []server) bool {
	places := 0
	primary := newList(servers, false, &places)
	if len(primary.peers) == 0 {
		return false
	}
	primary.single = len(primary.peers) == 1
	if backup := newList(servers, true, &places); len(backup.peers) > 0 {
		primary.single = false
		primary.next = backup
	}
	g.primary = primary
	return true
}

// Dynamic makes a group of addresses that became known in a request (proxy_pass with variables): plain
// round robin, max_fails 1, fail_timeout 10 s, no idle connections. name is the host, as for the logs.
func Dynamic(name string, addrs []netip.AddrPort) *Group {
	s := server{weight: 1, maxFails: 1, failTimeout: 10}
	for _, ap := range addrs {
		s.addrs = append(s.addrs, peerAddr{reactor.Addr{IP: ap}, ap.String()})
	}
	g := &Group{Name: name, balancer: roundRobin{}}
	g.setPeers([]server{s})
	return g
}

// ready says whether a pick may take p: not down, not within fail_timeout of max_fails failures, not full.
func (p *Peer) ready(now int64) bool {
	if p.down {
		return false
	}
	if p.maxFails > 0 && p.fails >= p.maxFails && now-p.checked <= p.failTimeout {
		return false
	}
	return p.maxConns == 0 || p.conns < p.maxConns
}

// taken marks a pick: after fail_timeout the next outcome decides whether p is live again.
func (p *Peer) taken(now int64) {
	if now-p.checked > p.failTimeout {
		p.checked = now
	}
}

// turn gives p its share of one round and says how much that was.
func (p *Peer) turn() int {
	share := p.effective
	p.current += share
	if p.effective < p.weight {
		p.effective++
	}
	return share
}

// failed counts a failure; it is true when p is disabled by it for fail_timeout.
func (p *Peer) failed(now int64) bool {
	p.fails++
	p.accessed = now
	p.checked = now
	if p.maxFails == 0 {
		return false
	}
	p.effective = max(0, p.effective-p.weight/p.maxFails)
	return p.fails >= p.maxFails
}

// passed forgets the failures when a pick after fail_timeout went well.
func (p *Peer) passed() {
	if p.accessed < p.checked {
		p.fails = 0
	}
}

// enter takes a place at the only peer of a group, without a lock.
func (p *Peer) enter() bool {
	if p.down {
		return false
	}
	if p.maxConns == 0 {
		return true
	}
	if atomic.AddInt32(&p.conns, 1) > p.maxConns {
		atomic.AddInt32(&p.conns, -1)
		return false
	}
	return true
}

func (p *Peer) leave() {
	if p.maxConns > 0 {
		atomic.AddInt32(&p.conns, -1)
	}
}
