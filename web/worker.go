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
	busy     clientList // connections with something to do, tunnels among them
	reusable clientList // those that may be closed to make room; what became so last is in front
	draining bool
	onDrain  func() // to be called when a draining worker has no connection left
	aborted  bool
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
	for _, buf := range [...]*[]byte{&x.out, &x.uriBuf, &x.textBuf, &x.hostBuf, &x.logBuf, &x.pageBuf} {
		if cap(*buf) > keptBuffer {
			*buf = nil
		}
	}
	w.free = append(w.free, x)
}

// Loop implements vserver.Worker.
func (w *worker) Loop() *reactor.Loop { return w.loop }

// link counts a connection in.
func (w *worker) link(c *client) {
	w.tally.accepted.Add(1)
	w.tally.active.Add(1)
	w.busy.push(c)
}

func (w *worker) unlink(c *client) {
	c.become(stateNone)
	w.tally.active.Add(-1)
	w.list(c).remove(c)
}

// list is the one that c is on.
func (w *worker) list(c *client) *clientList {
	if c.reusable {
		return &w.reusable
	}
	return &w.busy
}

// Drain implements vserver.Worker: it closes the idle connections; the others end with their request. A connection that has not sent its first request yet
// is not idle: closing it would lose what is on its way.
func (w *worker) Drain(drained func()) {
	w.draining, w.onDrain = true, drained
	w.each(func(c *client) {
		if c.session != nil {
			c.session.Drain()
		} else if c.idle && c.requests > 0 && c.conn.Busy() {
			if left := c.spared - w.loop.Mono(); left > 0 {
				c.wait(min(c.patience, time.Duration(left)*time.Millisecond))
			} else {
				c.close()
			}
		}
	})
	w.drained()
}

// Resume implements vserver.Worker.
func (w *worker) Resume() { w.draining, w.onDrain, w.aborted = false, nil, false }

// quiet tells that connections close because the process or worker_shutdown_timeout ends them: that is nobody's fault, and nginx
// has no lines about it.
func (w *worker) quiet() bool { return w.aborted || w.loop.Ending() }

// Abort closes whatever is open: tasks that wait see their connection fail, tunnels end.
func (w *worker) Abort() {
	w.aborted = true
	w.each(func(c *client) {
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
	})
}

// each calls f for all connections; f may close the one it is called for, or put it in front of either list.
func (w *worker) each(f func(*client)) {
	for _, c := range [...]*client{w.busy.first, w.reusable.first} {
		for c != nil {
			next := c.next
			f(c)
			c = next
		}
	}
}

// drained reports, once, that a draining worker has no connection left.
func (w *worker) drained() {
	if done := w.onDrain; done != nil && w.busy.n+w.reusable.n == 0 {
		w.onDrain = nil
		done()
	}
}

func (w *worker) appendDate(b []byte, now int64) []byte {
	if sec := now / 1000; sec != w.dateAt || w.dateN == 0 {
		w.dateAt = sec
		w.dateN = len(http1.AppendDate(w.date[:0], sec))
	}
	return append(b, w.date[:w.dateN]...)
}
