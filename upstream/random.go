// random: a peer by chance and weight; with `two`, the less loaded of two such peers.

package upstream

import (
	"math/rand/v2"

	"understudy/config"
)

// Random is the `random [two [least_conn]]` directive.
type Random struct{}

func (*Random) Parse(c *config.Call) error {
	b := &random{draw: rand.IntN}
	b.two = len(c.Args) > 0
	setMethod(c, b, noBackup)
	if len(c.Args) > 0 && c.Args[0] != "two" {
		return c.Errorf("invalid parameter \"%s\"", c.Args[0])
	}
	if len(c.Args) > 1 && c.Args[1] != "least_conn" {
		return c.Errorf("invalid parameter \"%s\"", c.Args[1])
	}
	return nil
}

type random struct {
	two  bool
	draw func(n int) int // uniform in [0, n)
}

func (*random) start(*Try, Ask) {}

func (r *random) pick(t *Try, now int64) *Peer {
	if t.attempts > hashAttempts || len(t.list.peers) < 2 {
		return roundRobin{}.pick(t, now)
	}
	var first *Peer
	for {
		p := t.list.at(r.draw(t.list.totalWeight))
		if p != first && !t.was(p) && p.ready(now) {
			if !r.two || first != nil {
				if first != nil && int(p.conns)*first.weight > int(first.conns)*p.weight {
					p = first
				}
				p.taken(now)
				t.mark(p)
				return p
			}
			first = p // and one more draw, which counts as an attempt
		}
		if t.attempts++; t.attempts > hashAttempts {
			return roundRobin{}.pick(t, now)
		}
	}
}
