// ip_hash: a client's address (the first three octets of IPv4, all of IPv6) chooses its peer.

package upstream

import "understudy/config"

// IPHash is the `ip_hash` directive.
type IPHash struct{}

func (*IPHash) Parse(c *config.Call) error {
	setMethod(c, ipHash{}, noBackup)
	return nil
}

// hashAttempts is how many picks may miss before round robin takes over.
const hashAttempts = 20

type ipHash struct{}

func (ipHash) start(t *Try, a Ask) {
	t.hash = 89
	switch {
	case a.Client.Is4():
		ip := a.Client.As4()
		t.addrLen = copy(t.addr[:], ip[:3])
	case a.Client.Is6():
		t.addr, t.addrLen = a.Client.As16(), 16
	default: // a unix client: nginx hashes three zero octets
		t.addrLen = 3
	}
}

func (ipHash) pick(t *Try, now int64) *Peer {
	if t.attempts > hashAttempts || len(t.list.peers) < 2 {
		return roundRobin{}.pick(t, now)
	}
	hash := t.hash
	for {
		for _, octet := range t.addr[:t.addrLen] {
			hash = (hash*113 + uint32(octet)) % 6271
		}
		p := t.list.at(int(hash) % t.list.totalWeight)
		if !t.was(p) && p.ready(now) {
			t.hash = hash
			p.taken(now)
			t.mark(p)
			return p
		}
		if t.attempts++; t.attempts > hashAttempts {
			return roundRobin{}.pick(t, now)
		}
	}
}

// at gives the peer that a point in [0, totalWeight) falls on.
func (l *peerList) at(w int) *Peer {
	i := 0
	for w >= l.peers[i].weight {
		w -= l.peers[i].weight
		i++
	}
	return &l.peers[i]
}
