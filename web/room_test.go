package web

import (
	"math"
	"testing"
	"time"
	"unsafe"

	"understudy/reactor"
)

// roomFor makes a worker with so many busy connections.
func roomFor(busy int) *worker {
	w := &worker{loop: &reactor.Loop{}, tally: &counters{}}
	for range busy {
		w.link(&client{worker: w})
	}
	return w
}

// Looking for room costs the same however many connections there are that cannot be closed: thousands of times in the time
// that one walk past them takes.
func TestBusyConnectionsAreNotWalkedForRoom(t *testing.T) {
	const busy = 1 << 18
	w := roomFor(busy)
	limit := fastest(func() {
		seen := 0
		w.each(func(*client) { seen++ })
		if seen != busy {
			t.Fatalf("%d connections", seen)
		}
	})
	took := fastest(func() {
		for range 100 {
			if n := w.makeRoom(); n != 0 {
				t.Fatalf("%d closed", n)
			}
		}
	})
	if took > 10*limit {
		t.Errorf("100 times looking for room took %v, one walk %v", took, limit)
	}
}

// fastest is how long f takes when nothing else has the processor meanwhile.
func fastest(f func()) time.Duration {
	best := time.Duration(math.MaxInt64)
	for range 10 {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	return best
}

func TestListsOfConnections(t *testing.T) {
	w := roomFor(3)
	a, b, c := w.busy.last, w.busy.first.next, w.busy.first
	order := func() (list []*client) {
		for c := w.reusable.first; c != nil; c = c.next {
			list = append(list, c)
		}
		return list
	}
	check := func(what string, busy int, want ...*client) {
		t.Helper()
		got := order()
		same := len(got) == len(want) && w.busy.n == busy && w.reusable.n == len(want)
		for i := range want {
			same = same && got[i] == want[i]
		}
		if !same {
			t.Errorf("%s: %v busy, %v reusable", what, w.busy.n, got)
		}
	}
	b.Reusable(false)
	check("none yet", 3)
	a.Reusable(true)
	b.Reusable(true)
	c.Reusable(true)
	check("all", 0, c, b, a)
	a.Reusable(true)
	check("again", 0, a, c, b)
	c.Reusable(false)
	check("the middle one has something to do", 1, a, b)
	w.unlink(b)
	check("the last one is gone", 1, a)
	w.unlink(a)
	w.unlink(c)
	check("all gone", 0)
	if w.busy != (clientList{}) || w.reusable != (clientList{}) {
		t.Error("something is left")
	}
}

// What a connection keeps beside the reactor's part of it; every tunnel and idle connection has one.
func TestAClientIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(client{}); n > 144 {
		t.Errorf("%d bytes", n)
	}
}
