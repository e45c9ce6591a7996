// least_conn: the peer with the fewest exchanges under way for its weight; ties go round robin.

package upstream

import "understudy/config"

// LeastConn is the `least_conn` directive.
type LeastConn struct{}

func (*LeastConn) Parse(c *config.Call) error {
	setMethod(c, leastConn{}, withBackup)
	return nil
}

type leastConn struct{}

func (leastConn) start(*Try, Ask) {}

func (leastConn) pick(t *Try, now int64) *Peer {
	for {
		if p := leastOf(t, now); p != nil {
			p.taken(now)
			t.mark(p)
			return p
		}
		if !t.backup() {
			return nil
		}
	}
}

func leastOf(t *Try, now int64) *Peer {
	peers := t.list.peers
	var best *Peer
	ties := false
	for i := range peers {
		p := &peers[i]
		if t.was(p) || !p.ready(now) {
			continue
		}
		if best == nil {
			best = p
			continue
		}
		// Loads of different weights compare crosswise.
		switch load, least := int(p.conns)*best.weight, int(best.conns)*p.weight; {
		case load < least:
			best, ties = p, false
		case load == least:
			ties = true
		}
	}
	if !ties {
		return best
	}
	total := 0
	for i := best.index; i < len(peers); i++ {
		p := &peers[i]
		if t.was(p) || int(p.conns)*best.weight != int(best.conns)*p.weight || !p.ready(now) {
			continue
		}
		total += p.turn()
		if p.current > best.current {
			best = p
		}
	}
	best.current -= total
	return best
}
