package reactor

// The portable driver: package net underneath, the same loop, tasks and connections on top. Every connection has a
// goroutine that reads ahead into a bounded buffer and one that writes out of another; they tell the loop "readable" and
// "writable", so that everything above sees the readiness it sees under epoll, and one task at a time runs per loop.

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// portable is the driver's part of one loop: a queue of events.
type portable struct {
	mu     sync.Mutex
	events []portEvent
	taken  []portEvent
	i      int
	dead   bool
	bell   chan struct{} // holds one token while there is something to see
	timer  *time.Timer
}

// portEvent is a connection that changed, or one that was accepted.
type portEvent struct {
	c    *Conn
	bits uint32
	nc   net.Conn
	ln   *Listener
}

func newPortable() *portable {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &portable{bell: make(chan struct{}, 1), timer: t}
}

func (p *portable) wake() {
	select {
	case p.bell <- struct{}{}:
	default:
	}
}

// close drops the events left, with the connections accepted too late.
func (p *portable) close() {
	p.timer.Stop()
	p.mu.Lock()
	p.dead = true
	left := append(p.taken[min(p.i, len(p.taken)):], p.events...)
	p.mu.Unlock()
	for _, e := range left {
		if e.nc != nil {
			_ = e.nc.Close()
		}
	}
}

// tell queues an event; any goroutine.
func (p *portable) tell(e portEvent) {
	p.mu.Lock()
	if p.dead {
		p.mu.Unlock()
		if e.nc != nil {
			_ = e.nc.Close()
		}
		return
	}
	p.events = append(p.events, e)
	p.mu.Unlock()
	p.wake()
}

func (p *portable) take() bool {
	p.mu.Lock()
	p.events, p.taken, p.i = p.taken[:0], p.events, 0
	p.mu.Unlock()
	return len(p.taken) > 0
}

func (p *portable) wait(l *Loop, ms int64) {
	if p.i >= len(p.taken) && !p.take() && ms != 0 {
		if ms = l.beforeBlocking(); ms != 0 {
			p.sleep(ms)
			p.take()
		}
	}
	l.tick()
	for p.i < len(p.taken) {
		e := p.taken[p.i]
		p.taken[p.i] = portEvent{}
		p.i++
		switch {
		case e.nc != nil:
			l.take(e.ln, e.nc)
		case e.c.flags&closed == 0:
			e.c.event(e.bits)
		}
		l.runReady()
	}
}

func (p *portable) sleep(ms int64) {
	if ms < 0 {
		<-p.bell
		return
	}
	p.timer.Reset(time.Duration(ms) * time.Millisecond)
	select {
	case <-p.bell:
		p.timer.Stop()
	case <-p.timer.C:
	}
}

// adoptPortable makes a connection of a net.Conn. On the loop.
func (l *Loop) adoptPortable(nc net.Conn) *Conn {
	slot := l.nslots
	if n := len(l.freeSlots); n > 0 {
		slot = l.freeSlots[n-1]
		l.freeSlots = l.freeSlots[:n-1]
	} else {
		l.nslots++
	}
	c := &Conn{slot: slot, flags: canWrite}
	c.port = &portConn{c: c, nc: nc, l: l, p: l.p.(*portable)}
	c.port.cond.L = &c.port.mu
	if _, ok := nc.(*net.UnixConn); ok {
		c.flags |= unixConn
	} else {
		c.setRemote(addrOf(nc.RemoteAddr()))
	}
	l.addConn(c)
	l.r.wg.Add(2)
	go c.port.reader()
	go c.port.writer()
	return c
}

// dialPortable is Dial over package net.
func (l *Loop) dialPortable(t *Task, a Addr, o DialOptions) (*Conn, error) {
	d := net.Dialer{Timeout: o.Timeout, KeepAlive: -1}
	if o.KeepAlive {
		d.KeepAlive = 0
	}
	network, address := "tcp", a.IP.String()
	if a.Unix != "" {
		network, address = "unix", a.Unix
	} else if o.LocalAddr.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(o.local())
		if o.Transparent {
			d.Control = controlTransparent
		}
	}
	var nc net.Conn
	var err error
	ctx, cancel := context.WithCancel(l.r.ctx)
	defer cancel()
	given := t.OffloadWatched(o.Watching, func() {
		if nc, err = d.DialContext(ctx, network, address); err == nil {
			sockBufs(nc, o.RcvBuf, o.SndBuf)
		}
	}, cancel)
	switch {
	case err != nil && given:
		return nil, ErrGivenUp
	case err != nil:
		return nil, portError(err)
	case given:
		_ = nc.Close()
		return nil, ErrGivenUp
	case l.shut:
		_ = nc.Close()
		return nil, net.ErrClosed
	}
	c := l.adoptPortable(nc)
	if a.Unix != "" {
		c.names().remotePath = a.Unix
	}
	return c, nil
}

// controlTransparent is a net.Dialer's Control.
func controlTransparent(network, _ string, rc syscall.RawConn) error {
	var failed error
	err := rc.Control(func(fd uintptr) { failed = os.NewSyscallError("setsockopt", transparent(int(fd), network == "tcp6")) })
	if err != nil {
		return err
	}
	return failed
}

func sockBufs(nc net.Conn, rcv, snd int) {
	s, ok := nc.(interface {
		SetReadBuffer(int) error
		SetWriteBuffer(int) error
	})
	if !ok {
		return
	}
	if rcv > 0 {
		_ = s.SetReadBuffer(rcv)
	}
	if snd > 0 {
		_ = s.SetWriteBuffer(snd)
	}
}
