// Idle connections to peers: the `keepalive` directive and what an exchange does with its connection.

package upstream

import (
	"time"

	"understudy/config"
	"understudy/reactor"
)

// Keepalive is the `keepalive N [local]` directive.
type Keepalive struct {
	set   bool
	n     int
	local bool
}

func (k *Keepalive) Parse(c *config.Call) error {
	if k.set {
		return c.Duplicate()
	}
	n, ok := count(c.Args[0])
	if !ok {
		return c.Errorf("invalid value \"%s\" in \"%s\" directive", c.Args[0], c.Name)
	}
	k.set, k.n = true, n
	if len(c.Args) == 2 {
		if c.Args[1] != "local" {
			return c.Errorf("invalid parameter \"%s\"", c.Args[1])
		}
		k.local = true
	}
	return nil
}

// keepalive is a group's limits; max 0 (implicit groups) keeps nothing.
type keepalive struct {
	max      int
	local    bool  // not across Ask.Tag
	requests int   // per connection
	time     int64 // ms since the connection was made
	timeout  time.Duration
}

// Idle takes an idle connection to the picked peer from this loop's pool; nil when there is none. A connection
// that the peer has closed, or on which it sent something unasked, is dropped, not given.
func (t *Try) Idle() *reactor.Conn {
	if t.group.keep.max == 0 {
		return nil
	}
	p := t.group.pool(t.loop)
	for {
		k := p.find(t)
		if k == nil {
			return nil
		}
		conn := k.conn
		t.requests, t.born, t.layer = k.requests, k.born, k.layer
		p.free(k)
		if !conn.Busy() || !p.quiet(conn) {
			conn.Close()
			continue
		}
		t.cached = true
		return conn
	}
}

// Layer is what was kept with the connection that Idle gave (its TLS session).
func (t *Try) Layer() any { return t.layer }

// Cached says whether the connection in use came from the pool.
func (t *Try) Cached() bool { return t.cached }

// Keep puts the connection of the picked peer back after an answer, or closes it: when the peer has closed it,
// when a limit of keepalive* is reached, or when the group has ended. layer is handed out again by Layer.
// Call it between the last read and Done, only if both sides may go on (nginx's u->keepalive).
func (t *Try) Keep(conn *reactor.Conn, layer any) {
	k := &t.group.keep
	if k.max == 0 || k.timeout <= 0 ||
		t.requests+1 >= k.requests ||
		t.loop.Now()-t.born > k.time ||
		t.group.closed.Load() {
		conn.Close()
		return
	}
	p := t.group.pool(t.loop)
	if !p.quiet(conn) {
		conn.Close()
		return
	}
	p.add(t, conn, layer)
}
