package reactor

// Waiting for the first of several things.

import "time"

// EventKind is what Wait can wait for.
type EventKind uint8

const (
	Readable EventKind = iota // TryRead is worth trying
	Writable                  // TryWrite is worth trying
	HungUp                    // the peer has closed, half-closed or reset
)

// Event is one thing to wait for.
type Event struct {
	Conn *Conn
	Kind EventKind
}

func (e *Event) ready() bool {
	switch e.Kind {
	case Readable:
		return e.Conn.flags&(canRead|closed) != 0
	case Writable:
		return e.Conn.flags&(canWrite|closed) != 0
	}
	return e.Conn.flags&(hungUp|failed|closed) != 0
}

func (e *Event) slot() **Task {
	switch e.Kind {
	case Readable:
		return &e.Conn.rwait
	case Writable:
		return &e.Conn.wwait
	}
	return &e.Conn.hwait
}

// Wait returns the index of the first event that is ready, at once if one is, or -1 after timeout (<= 0: none). A closed
// connection is ready for everything. "Readable" is a hint, as everywhere with readiness: follow it with TryRead.
// While an event is another task's already, Wait does not see it come before that task does.
func (t *Task) Wait(timeout time.Duration, ev ...Event) int { return t.wait(timeout, false, ev) }

// WaitPark is Wait that also ends, with -2, when Resume is called (or was, since the last Park).
func (t *Task) WaitPark(timeout time.Duration, ev ...Event) int { return t.wait(timeout, true, ev) }

func (t *Task) wait(timeout time.Duration, park bool, ev []Event) int {
	l := t.loop
	var until int64
	if timeout > 0 {
		until = l.mono + millis(timeout)
	}
	if t.ops--; t.ops < 0 {
		t.pause()
	}
	for {
		for i := range ev {
			if ev[i].ready() {
				if l.shut {
					t.spun()
				}
				return i
			}
		}
		if park && t.token {
			t.token = false
			return -2
		}
		if l.shut {
			panic(errUnwound)
		}
		if until != 0 && l.mono >= until {
			return -1
		}
		for i := range ev {
			if s := ev[i].slot(); *s == nil {
				*s = t
			}
		}
		t.parked = park
		t.block(until)
		t.parked = false
		for i := range ev {
			if s := ev[i].slot(); *s == t {
				*s = nil
			}
		}
	}
}
