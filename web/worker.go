package web

import (
	"time"

	"understudy/http1"
	"understudy/openfile"
	"understudy/reactor"
	"understudy/vars"
)

// worker is what one generation of the site keeps on one loop: pooled exchanges and its connections.
type worker struct {
	site     *Site
	loop     *reactor.Loop
	free     []*Exchange
	clients  *client // list of all connections, tunnels included; those that became idle last are in front
	oldest   *client // its end
	open     int     // how many these are
	draining bool
	reported bool
	tally    *counters
	opener   openfile.Opener
	caches   []*openfile.Cache // by Location.openFiles

	date   [32]byte // the Date line's value, once a second
	dateN  int
	dateAt int64
	clock  vars.Clock
}

// take gives an exchange to serve with.
func (w *worker) take() *Exchange {
	if n := len(w.free); n > 0 {
		x := w.free[n-1]
		w.free[n-1] = nil
		w.free = w.free[:n-1]
		return x
	}
	return &Exchange{Site: w.site, head: make([]byte, headBuffer)} // out comes when there is something to answer
}

// keptExchanges bounds the pool; keptBuffer is what a pooled exchange's buffers may have grown to.
const (
	headBuffer    = 4096
	keptExchanges = 1024
	keptBuffer    = 16 << 10
)

// put takes an exchange back.
func (w *worker) put(x *Exchange) {
	x.reset()
	x.client, x.Task = nil, nil
	if len(w.free) >= keptExchanges {
		return
	}
	if cap(x.head) > keptBuffer {
		x.head = make([]byte, headBuffer)
	}
	if cap(x.out) > keptBuffer {
		x.out = nil
	}
	w.free = append(w.free, x)
}

// link puts a connection on the worker's list.
func (w *worker) link(c *client) {
	w.open++
	w.tally.accepted.Add(1)
	w.tally.active.Add(1)
	w.enlist(c)
}

func (w *worker) enlist(c *client) {
	c.prev, c.next = nil, w.clients
	if w.clients != nil {
		w.clients.prev = c
	} else {
		w.oldest = c
	}
	w.clients = c
}

func (w *worker) delist(c *client) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		w.clients = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		w.oldest = c.prev
	}
	c.prev, c.next = nil, nil
}

func (w *worker) unlink(c *client) {
	w.open--
	c.become(stateNone)
	w.tally.active.Add(-1)
	w.delist(c)
}

// makeRoom closes connections that are between requests, or have not sent one, from the one on that has been so for longest: as many
// as nginx at a time (ngx_drain_connections). It returns how many that were.
func (w *worker) makeRoom() (closed int) {
	reusable := 0
	for c := w.clients; c != nil; c = c.next {
		if c.idle {
			reusable++
		}
	}
	most := max(min(32, reusable/8), 1)
	for c := w.oldest; c != nil && closed < most; {
		before := c.prev
		if c.idle && c.conn.Busy() {
			c.close()
			closed++
		}
		c = before
	}
	return closed
}

// drain closes the idle connections; the others end with their request. A connection that has not sent its first request yet
// is not idle: closing it would lose what is on its way.
func (w *worker) drain() {
	w.draining = true
	for c := w.clients; c != nil; {
		next := c.next
		if c.session != nil {
			c.session.Drain()
		} else if c.idle && c.requests > 0 && c.conn.Busy() {
			if left := c.spared - w.loop.Mono(); left > 0 {
				c.wait(min(c.patience, time.Duration(left)*time.Millisecond))
			} else {
				c.close()
			}
		}
		c = next
	}
	w.drained()
}

// abort closes whatever is open: tasks that wait see their connection fail, tunnels end.
func (w *worker) abort() {
	for c := w.clients; c != nil; {
		next := c.next
		switch {
		case c.tunnel != nil:
			c.tunnel.Close()
		case c.session != nil:
			c.session.Abort()
		case c.idle && c.conn.Busy():
			c.close()
		default:
			c.conn.Close()
		}
		c = next
	}
}

// drained reports, once, that a draining worker has no connection left.
func (w *worker) drained() {
	if w.draining && w.open == 0 && !w.reported {
		w.reported = true
		w.site.workerDrained()
	}
}

func (w *worker) appendDate(b []byte, now int64) []byte {
	if sec := now / 1000; sec != w.dateAt || w.dateN == 0 {
		w.dateAt = sec
		w.dateN = len(http1.AppendDate(w.date[:0], sec))
	}
	return append(b, w.date[:w.dateN]...)
}
