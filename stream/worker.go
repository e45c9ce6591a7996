package stream

import (
	"understudy/reactor"
	"understudy/vars"
)

// worker is what one generation of the site keeps on one loop: its sessions.
type worker struct {
	site     *Site
	loop     *reactor.Loop
	sessions *Session // list of all of them
	open     int      // how many these are
	onDrain  func()   // to be called when no session is left; nil: not draining, or done
	clock    vars.Clock
}

// Loop implements vserver.Worker.
func (w *worker) Loop() *reactor.Loop { return w.loop }

// link puts a session on the worker's list.
func (w *worker) link(s *Session) {
	w.open++
	if s.next = w.sessions; s.next != nil {
		s.next.prev = s
	}
	w.sessions = s
}

func (w *worker) unlink(s *Session) {
	w.open--
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		w.sessions = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	}
	s.prev, s.next = nil, nil
	w.drained()
}

// Drain implements vserver.Worker.
func (w *worker) Drain(drained func()) {
	w.onDrain = drained
	w.drained()
}

// Resume implements vserver.Worker.
func (w *worker) Resume() { w.onDrain = nil }

// drained reports, once, that a draining worker has no session left.
func (w *worker) drained() {
	if done := w.onDrain; done != nil && w.open == 0 {
		w.onDrain = nil
		done()
	}
}

// Abort ends all sessions: tunnels at once, those with a task when it sees that its connection is closed.
func (w *worker) Abort() {
	for s := w.sessions; s != nil; {
		next := s.next
		s.abort()
		s = next
	}
}
