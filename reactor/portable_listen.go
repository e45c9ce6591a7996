package reactor

// Listening with the portable driver: one goroutine accepts and deals the connections out to the loops in turn. A
// reuseport listener is one descriptor here; backlog, deferred accept and fast open are the system's.

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"
)

func (ln *Listener) openPortable(ap netip.AddrPort) error {
	var nl net.Listener
	var err error
	switch {
	case ln.opts.File != nil:
		nl, err = net.FileListener(ln.opts.File)
	case ln.network == "unix":
		if nl, err = net.Listen("unix", ln.path); err == nil {
			nl.(*net.UnixListener).SetUnlinkOnClose(false) // Listener.Close does it
			if ln.path[0] != '@' {
				err = os.Chmod(ln.path, 0o666)
			}
		}
	default:
		lc := net.ListenConfig{KeepAlive: -1}
		if k := ln.opts.KeepAlive; k != nil && k.On {
			lc.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: k.Idle, Interval: k.Interval, Count: k.Count}
		}
		lc.SetMultipathTCP(ln.opts.Multipath)
		network := "tcp4"
		if ap.Addr().Is6() {
			network = "tcp6"
			if ln.opts.IPv6Only != nil && !*ln.opts.IPv6Only {
				network = "tcp"
			}
		}
		nl, err = lc.Listen(context.Background(), network, ap.String())
	}
	if err != nil {
		if nl != nil {
			_ = nl.Close()
		}
		return portError(err)
	}
	ln.nl, ln.addr = nl, nl.Addr()
	if ln.network == "tcp" {
		ln.local = addrOf(nl.Addr())
	}
	ln.r.wg.Add(1)
	go ln.acceptLoop()
	return nil
}

func (ln *Listener) acceptLoop() {
	r := ln.r
	defer r.wg.Done()
	for {
		nc, err := ln.nl.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if r.opts.AcceptError != nil {
				r.opts.AcceptError(ln, portError(err))
			}
			if outOfFiles(err) {
				select {
				case <-r.ctx.Done():
				case <-time.After(acceptPause):
				}
			}
			continue
		}
		sockBufs(nc, ln.opts.RcvBuf, ln.opts.SndBuf)
		l := ln.pickLoop()
		if l == nil {
			_ = nc.Close()
			return
		}
		l.p.(*portable).tell(portEvent{nc: nc, ln: ln})
	}
}

// pickLoop chooses the next loop that has room, waiting for one; nil when the listener or the reactor closes.
func (ln *Listener) pickLoop() *Loop {
	r := ln.r
	for {
		for range r.loops {
			l := r.loops[int(r.nextLoop.Add(1))%len(r.loops)]
			if !l.Full() {
				return l
			}
		}
		for _, l := range r.loops {
			l.Post(l.makeRoom)
		}
		ln.mu.RLock()
		over := ln.closed
		ln.mu.RUnlock()
		if over {
			return nil
		}
		select {
		case <-r.ctx.Done():
			return nil
		case <-r.room:
		case <-time.After(acceptPause):
		}
	}
}

// take makes the accepted connection one of the loop's.
func (l *Loop) take(ln *Listener, nc net.Conn) {
	if l.shut {
		_ = nc.Close()
		return
	}
	l.makeRoom()
	ln.accepted(l.adoptPortable(nc))
}

func (ln *Listener) filePortable() (*os.File, error) {
	f, ok := ln.nl.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return f.File()
}

// tellRoom wakes an accepting goroutine that found all loops full.
func (l *Loop) tellRoom() {
	select {
	case l.r.room <- struct{}{}:
	default:
	}
}
