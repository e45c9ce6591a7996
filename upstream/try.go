// One exchange's walk through the peers of a group.

package upstream

import (
	"errors"
	"net/netip"

	"understudy/reactor"
	"understudy/vars"
)

// ErrNoLive is nginx's "no live upstreams": every peer is down, failed, full or already tried.
var ErrNoLive = errors.New("no live upstreams")

// Outcome is how an exchange with a peer ended.
type Outcome uint8

const (
	OK        Outcome = iota // an answer that is passed on
	NotFailed                // the next peer is asked, but this one did nothing wrong (403, 404)
	Failed                   // counts against max_fails
	Lost                     // Failed by a connection error; when the connection came from the idle ones, the try is given back
)

// Ask is what Start wants to know about the exchange.
type Ask struct {
	Loop    *reactor.Loop
	Client  netip.Addr   // for ip_hash; the zero Addr for a unix client
	Subject vars.Subject // for hash
	Tag     any          // `keepalive … local` (the default): idle connections are shared only under an equal Tag; a pointer
}

// Try is the state of a walk. Embed it in the exchange; Start begins it anew and keeps its memory.
type Try struct {
	group *Group
	list  *peerList
	peer  *Peer // the last one picked
	loop  *reactor.Loop
	tag   any
	left  int
	open  bool // picked, and Done is still to come

	tried [1]uint64 // one bit a peer of list
	many  []uint64  // in place of tried for lists of more than 64

	// Of the hashing balancers.
	key      []byte
	addr     [16]byte
	addrLen  int
	hash     uint32
	rehash   int
	attempts int

	// Of the connection in use.
	cached   bool
	requests int   // sent on it before this one
	born     int64 // ms
	layer    any
}

// Start begins a walk over the group's peers.
func (g *Group) Start(t *Try, a Ask) {
	t.Reset()
	t.group, t.list, t.loop, t.tag = g, g.primary, a.Loop, a.Tag
	t.left = g.primary.tries
	n := len(g.primary.peers)
	if b := g.primary.next; b != nil {
		t.left += b.tries
		n = max(n, len(b.peers))
	}
	if n > 64 && cap(t.many) < (n+63)/64 {
		t.many = make([]uint64, (n+63)/64)
	}
	t.forget()
	if !g.primary.single {
		g.balancer.start(t, a)
	}
}

// Reset drops every reference and keeps the memory; it gives back a pick that was never Done.
func (t *Try) Reset() {
	if t.open {
		t.Done(NotFailed)
	}
	key, many := t.key[:0], t.many
	*t = Try{key: key, many: many}
}

// Next picks the peer to ask. After it, Done must be called exactly once, unless the error is ErrNoLive.
func (t *Try) Next() (*Peer, error) { return t.next(t.loop.Now()) }

// next is Next at a time in Unix milliseconds.
func (t *Try) next(ms int64) (*Peer, error) {
	t.peer = nil
	t.cached, t.requests, t.born, t.layer = false, 0, ms, nil

	if t.list.single {
		p := &t.list.peers[0]
		if !p.enter() {
			return nil, ErrNoLive
		}
		t.peer, t.open = p, true
		return p, nil
	}

	g := t.group
	g.mu.Lock()
	p := g.balancer.pick(t, ms/1000)
	if p != nil {
		p.conns++
	}
	g.mu.Unlock()
	if p == nil {
		return nil, ErrNoLive
	}
	t.peer, t.open = p, true
	return p, nil
}

// Connected says, ahead of Done, that the picked peer can be reached: what goes to it now may last for long.
func (t *Try) Connected() {
	if t.open && !t.list.single {
		t.group.mu.Lock()
		t.peer.passed()
		t.group.mu.Unlock()
	}
}

// Done says how the exchange with the picked peer ended. It is true when the peer is now out for its
// fail_timeout: nginx logs `upstream server temporarily disabled` (warn) then.
func (t *Try) Done(o Outcome) (disabled bool) {
	var ms int64
	if t.loop != nil {
		ms = t.loop.Now()
	}
	return t.done(o, ms)
}

// done is Done at a time in Unix milliseconds.
func (t *Try) done(o Outcome, ms int64) (disabled bool) {
	if !t.open {
		return false
	}
	t.open = false
	p := t.peer
	if t.list.single {
		p.leave()
		t.left = 0
	} else {
		g := t.group
		g.mu.Lock()
		if o >= Failed {
			disabled = p.failed(ms / 1000)
		} else {
			p.passed()
		}
		p.conns--
		g.mu.Unlock()
		if t.left > 0 {
			t.left--
		}
	}
	if o == Lost && t.cached {
		t.left++
	}
	return disabled
}

// Left is the number of tries left, between Next and Done the one under way included: an answer that proxy_next_upstream
// names is passed on to the client, as OK, unless Left() > 1. It is 0 after the only peer of a group was Done.
func (t *Try) Left() int { return t.left }

// Limit lowers the tries to n (proxy_next_upstream_tries); 0 is no limit.
func (t *Try) Limit(n int) {
	if n > 0 && t.left > n {
		t.left = n
	}
}

// Group is the group being walked; its Name stands in the logs when no peer was live.
func (t *Try) Group() *Group { return t.group }

// Peer is the peer picked last; nil before the first Next and after ErrNoLive.
func (t *Try) Peer() *Peer { return t.peer }

// bits gives the marks of the peers already tried.
func (t *Try) bits() []uint64 {
	if len(t.list.peers) <= 64 {
		return t.tried[:]
	}
	return t.many[:(len(t.list.peers)+63)/64]
}

func (t *Try) was(p *Peer) bool { return t.bits()[p.index>>6]&(1<<(p.index&63)) != 0 }
func (t *Try) mark(p *Peer)     { t.bits()[p.index>>6] |= 1 << (p.index & 63) }
func (t *Try) forget()          { clear(t.bits()) }

// backup moves on to the backup peers, none of them tried yet.
func (t *Try) backup() bool {
	if t.list.next == nil {
		return false
	}
	t.list = t.list.next
	t.forget()
	return true
}
