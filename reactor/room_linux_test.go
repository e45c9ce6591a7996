package reactor

import "testing"

// A loop that is full over and over again looks for room with one timer.
func TestAFullLoopHasOneTimerThatLooksForRoom(t *testing.T) {
	l := &Loop{r: &Reactor{}}
	l.wheel.init(0)
	for range 3 {
		l.held = []*acceptor{{}}
		l.hold()
		if l.wheel.count != 1 {
			t.Fatalf("%d timers", l.wheel.count)
		}
		l.held = nil // a connection has closed
	}
	l.held = []*acceptor{{}}
	l.mono = acceptPause.Milliseconds() + 1
	l.wheel.advance(l.mono)
	if l.wheel.count != 1 || !l.looking {
		t.Errorf("held: %d timers", l.wheel.count)
	}
}
