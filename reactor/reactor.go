// Package reactor runs network connections on event loops whose handlers are written in blocking style.
//
// A Reactor owns N loops. A Loop belongs to one goroutine and runs, one at a time, tasks (coroutines) that read and
// write connections as if they blocked; while a task waits, the loop runs others. Everything that belongs to a loop is
// used from that loop only: inside its tasks and callbacks. The one exception is Loop.Post.
//
// Two drivers stand behind the same types: "epoll" on Linux, and "portable" (goroutines over package net) everywhere.
package reactor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Options configure a Reactor. The zero value is one loop with the best driver and no connection limit.
type Options struct {
	Loops       int                           // number of event loops; 0 = 1 (nginx: worker_processes)
	Driver      string                        // "" = $UNDERSTUDY_DRIVER or the best there is; "epoll"; "portable"
	MaxConns    int                           // per loop, accepted and dialed together; 0 = no limit (nginx: worker_connections)
	Crowded     func(l *Loop)                 // told, on the loop, before a connection is made while no more than a sixteenth of MaxConns is free; may close others
	Panic       func(v any, stack []byte)     // told of a panic in a task or callback, on the loop; nil = dropped
	AcceptError func(ln *Listener, err error) // told of a failed accept, before the loop pauses accepting
}

// Reactor is a set of event loops with their connections and listeners.
type Reactor struct {
	opts   Options
	driver string
	loops  []*Loop
	serial atomic.Uint64
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup // loops, and the goroutines of Offload and of the portable driver

	mu        sync.Mutex
	listeners map[*Listener]struct{}
	started   bool
	closed    bool
	room      chan struct{} // portable driver: a loop that was full has room
	nextLoop  atomic.Uint32 // portable driver: the loop that gets the next accepted connection
}

// ErrDriver is returned by New for a driver that does not exist on this system.
var ErrDriver = errors.New("reactor: no such driver on this system")

// New makes a reactor whose loops do not run yet; Listen may be called before Start.
func New(o Options) (*Reactor, error) {
	if o.Loops <= 0 {
		o.Loops = 1
	}
	name := o.Driver
	if name == "" {
		name = os.Getenv("UNDERSTUDY_DRIVER")
	}
	if name == "" {
		name = bestDriver
	}
	r := &Reactor{opts: o, driver: name, listeners: make(map[*Listener]struct{}), room: make(chan struct{}, 1)}
	for i := range o.Loops {
		p, err := newPoller(name)
		if err != nil {
			for _, l := range r.loops {
				l.p.close()
			}
			return nil, fmt.Errorf("%w: %q", err, name)
		}
		r.loops = append(r.loops, newLoop(r, i, p))
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r, nil
}

// MaxConns is Options.MaxConns.
func (r *Reactor) MaxConns() int { return r.opts.MaxConns }

// Driver says which driver runs: "epoll" or "portable".
func (r *Reactor) Driver() string { return r.driver }

// Loops returns the loops, by Index.
func (r *Reactor) Loops() []*Loop { return r.loops }

// Context is cancelled when Close begins. Functions given to Task.Offload should watch it, because Close waits for them.
func (r *Reactor) Context() context.Context { return r.ctx }

// Conns returns the number of open connections (accepted and dialed). Any goroutine.
func (r *Reactor) Conns() int {
	n := 0
	for _, l := range r.loops {
		n += int(l.nconns.Load())
	}
	return n
}

// Start runs the loops.
func (r *Reactor) Start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started || r.closed {
		return
	}
	r.started = true
	for _, l := range r.loops {
		r.wg.Add(1)
		go l.run()
	}
}

// Close stops everything at once: listeners and connections are closed, tasks that wait on a connection get
// net.ErrClosed, tasks in Sleep or Park unwind (their defers run), coroutines end. It returns when no goroutine and no
// descriptor is left, and must not be called from a loop.
func (r *Reactor) Close() {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		r.wg.Wait()
		return
	}
	r.closed = true
	started := r.started
	lns := make([]*Listener, 0, len(r.listeners))
	for ln := range r.listeners {
		lns = append(lns, ln)
	}
	r.mu.Unlock()

	r.cancel()
	for _, ln := range lns {
		_ = ln.Close()
	}
	for _, l := range r.loops {
		if !started {
			r.wg.Add(1)
			go l.run()
		}
		l.startClosing()
	}
	r.wg.Wait()
}

// Usage counts what is alive in all reactors of the process, for leak checks.
type Usage struct {
	Conns      int64 // open connections
	Coroutines int64 // coroutines, running or pooled
	Buffers    int64 // buffers from Loop.Buf that were not put back when their loop ended
}

var usage struct{ conns, coroutines, buffers atomic.Int64 }

// InUse returns the process-wide counts.
func InUse() Usage {
	return Usage{usage.conns.Load(), usage.coroutines.Load(), usage.buffers.Load()}
}

// clockStart is the zero point of every loop's monotonic clock.
var clockStart = time.Now()
