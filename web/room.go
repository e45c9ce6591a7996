package web

// Room for new connections: which of those that are open may be closed for it, and closing them (nginx: ngx_reusable_connection,
// ngx_drain_connections).

// clientList is a list of connections, linked by themselves: each is on one list at a time.
type clientList struct {
	first, last *client
	n           int
}

func (l *clientList) push(c *client) {
	c.prev, c.next = nil, l.first
	if l.first != nil {
		l.first.prev = c
	} else {
		l.last = c
	}
	l.first = c
	l.n++
}

func (l *clientList) remove(c *client) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		l.last = c.prev
	}
	c.prev, c.next = nil, nil
	l.n--
}

// Reusable says whether the connection may be closed to make room: it is between requests, or has not sent one, or lingers.
// Of those that may, the one that has been so for longest goes first.
func (c *client) Reusable(may bool) {
	w := c.worker
	if c.reusable == may && (!may || w.reusable.first == c) {
		return
	}
	w.list(c).remove(c)
	c.reusable = may
	w.list(c).push(c)
}

// makeRoom closes connections that may be, as many as nginx at a time, and returns how many. If the loop is still full then
// because the last of them began to linger, that one is closed for good.
func (w *worker) makeRoom() (closed int) {
	most := max(min(32, w.reusable.n/8), 1)
	var last *client
	for c := w.reusable.last; c != nil && closed < most; {
		before := c.prev
		if c.reclaim() {
			last = c
			closed++
		}
		c = before
	}
	if last != nil && last.reusable && w.loop.Full() {
		last.reclaim()
	}
	return closed
}

// reclaim closes a connection that may be closed; false where it has something to do after all, its bytes being there.
func (c *client) reclaim() bool {
	switch {
	case c.session != nil:
		return c.session.Reclaim()
	case !c.idle: // it lingers; its task finds it closed
		c.Reusable(false)
		c.conn.Close()
		return true
	case c.conn.Busy():
		c.close()
		return true
	}
	return false
}
