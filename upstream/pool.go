// The idle connections of one group on one loop, most recently used first.

package upstream

import "understudy/reactor"

// pool belongs to its loop and needs no lock.
type pool struct {
	group  *Group
	loop   *reactor.Loop
	newest *kept
	oldest *kept
	spare  *kept // entries to use again, linked by older
	n      int
	probe  [1]byte
}

// kept is an idle connection; it watches itself for the peer's close and for keepalive_timeout.
type kept struct {
	pool         *pool
	newer, older *kept
	conn         *reactor.Conn
	layer        any
	tag          any
	place        int
	requests     int
	born         int64
}

// pool gives the group's pool of a loop, making it at the first use.
func (g *Group) pool(l *reactor.Loop) *pool {
	if pools := g.pools.Load(); pools != nil && l.Index() < len(*pools) && (*pools)[l.Index()] != nil {
		return (*pools)[l.Index()]
	}
	g.grow.Lock()
	defer g.grow.Unlock()
	var pools []*pool
	if old := g.pools.Load(); old != nil {
		pools = append(pools, *old...)
	}
	for len(pools) <= l.Index() {
		pools = append(pools, nil)
	}
	p := &pool{group: g, loop: l}
	pools[l.Index()] = p
	g.pools.Store(&pools)
	return p
}

// find gives the newest connection to the address of t's peer.
func (p *pool) find(t *Try) *kept {
	for k := p.newest; k != nil; k = k.older {
		if k.place == t.peer.place && (!p.group.keep.local || k.tag == t.tag) {
			return k
		}
	}
	return nil
}

// add keeps a connection; the oldest one of the group makes room for it, whichever peer's it is.
func (p *pool) add(t *Try, conn *reactor.Conn, layer any) {
	if p.n >= p.group.keep.max {
		old := p.oldest.conn
		p.free(p.oldest)
		old.Close()
	}
	k := p.spare
	if k == nil {
		k = &kept{pool: p}
	} else {
		p.spare = k.older
	}
	k.conn, k.layer, k.tag, k.place = conn, layer, t.tag, t.peer.place
	k.requests, k.born = t.requests+1, t.born
	k.newer, k.older = nil, p.newest
	if p.newest != nil {
		p.newest.newer = k
	} else {
		p.oldest = k
	}
	p.newest = k
	p.n++
	conn.Idle(k, p.group.keep.timeout)
}

// free takes an entry out; its connection is the caller's.
func (p *pool) free(k *kept) {
	if k.newer != nil {
		k.newer.older = k.older
	} else {
		p.newest = k.older
	}
	if k.older != nil {
		k.older.newer = k.newer
	} else {
		p.oldest = k.newer
	}
	k.conn, k.layer, k.tag = nil, nil, nil
	k.newer, k.older = nil, p.spare
	p.spare = k
	p.n--
}

// closeAll ends the pool; on its loop.
func (p *pool) closeAll() {
	for p.newest != nil {
		conn := p.newest.conn
		p.free(p.newest)
		conn.Close()
	}
	p.spare = nil
}

// Ready is called when the peer closed the connection or sent something unasked: either ends it.
func (k *kept) Ready(_ *reactor.Task, conn *reactor.Conn) {
	if k.conn != conn {
		return // an exchange took it in the same turn of the loop
	}
	if k.pool.quiet(conn) {
		conn.Idle(k, k.pool.group.keep.timeout)
		return
	}
	k.Expired(conn)
}

// Expired is called after keepalive_timeout.
func (k *kept) Expired(conn *reactor.Conn) {
	if k.conn != conn {
		return
	}
	k.pool.free(k)
	conn.Close()
}

// quiet says whether a connection between two requests is open and has nothing to read. What it reads is lost,
// and so is the connection then.
func (p *pool) quiet(conn *reactor.Conn) bool {
	if conn.HungUp() {
		return false
	}
	if !conn.Readable() {
		return true
	}
	_, err := conn.TryRead(p.probe[:])
	return err == reactor.ErrWouldBlock
}
