// Smooth weighted round robin: nginx's default, and what the other balancers fall back to.

package upstream

type roundRobin struct{}

func (roundRobin) start(*Try, Ask) {}

// pick gives every live peer its weight and takes the one that has gathered most.
func (roundRobin) pick(t *Try, now int64) *Peer {
	for {
		var best *Peer
		total := 0
		for i := range t.list.peers {
			p := &t.list.peers[i]
			if t.was(p) || !p.ready(now) {
				continue
			}
			total += p.turn()
			if best == nil || p.current > best.current {
				best = p
			}
		}
		if best != nil {
			best.current -= total
			best.taken(now)
			t.mark(best)
			return best
		}
		if !t.backup() {
			return nil
		}
	}
}
