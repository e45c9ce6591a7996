package vserver

import (
	"sync/atomic"

	"understudy/reactor"
)

// Worker is what one generation of a site keeps on one loop. Its methods are called on that loop.
type Worker interface {
	Loop() *reactor.Loop
	// Drain lets what is open end by itself, as long as it takes; done is called when nothing is left, at once if nothing is.
	Drain(done func())
	// Resume takes Drain and Abort back; done may have been called already.
	Resume()
	// Abort ends what is left.
	Abort()
}

// Workers are a site's, one for each loop in the loops' order.
type Workers[W Worker] []W

// Drain has all workers drain; done is called, on some loop, when the last one has.
func (ws Workers[W]) Drain(done func()) {
	var waiting atomic.Int32
	waiting.Store(int32(len(ws)))
	drained := func() {
		if waiting.Add(-1) == 0 {
			done()
		}
	}
	for _, w := range ws {
		w.Loop().Post(func() { w.Drain(drained) })
	}
}

// Resume takes a Drain back: what is accepted from now on is served as before it. Its done may still be on its way.
func (ws Workers[W]) Resume() {
	for _, w := range ws {
		w.Loop().Post(w.Resume)
	}
}

// Abort ends whatever is left on all loops.
func (ws Workers[W]) Abort() {
	for _, w := range ws {
		w.Loop().Post(w.Abort)
	}
}

// Loops gives the number of loops the site serves on.
func (ws Workers[W]) Loops() int { return len(ws) }
