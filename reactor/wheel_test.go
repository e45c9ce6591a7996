package reactor

import (
	"math/rand/v2"
	"slices"
	"testing"
)

type mark struct {
	timer
	w     *wheel
	fired []int64
	again int64 // re-arm this much later, once
}

func (m *mark) expire() {
	m.fired = append(m.fired, m.w.now)
	if m.again > 0 {
		m.w.add(&m.timer, m.w.now+m.again)
		m.again = 0
	}
}

// TestWheelFiresEveryTimerOnItsTick compares the wheel with plain arithmetic, over all levels and uneven steps.
func TestWheelFiresEveryTimerOnItsTick(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		var w wheel
		start := rnd.Int64N(1 << 40)
		w.init(start)
		now := start
		var all []*mark
		want := map[*mark][]int64{}
		for range 300 {
			m := &mark{w: &w}
			m.owner = m
			d := rnd.Int64N(1 << rnd.IntN(32))
			if rnd.IntN(4) == 0 {
				m.again = 1 + rnd.Int64N(1000)
			}
			again := m.again
			w.add(&m.timer, now+d)
			at := now + max(d, 1)
			want[m] = []int64{at}
			if again > 0 {
				want[m] = append(want[m], at+again)
			}
			all = append(all, m)
			if rnd.IntN(3) == 0 { // some are taken back, perhaps after they fired
				v := all[rnd.IntN(len(all))]
				w.remove(&v.timer)
				want[v] = slices.Clone(v.fired)
			}
			if rnd.IntN(3) == 0 {
				now += rnd.Int64N(1 << rnd.IntN(20))
				w.advance(now)
			}
		}
		for {
			tick, ok := w.next()
			if !ok {
				break
			}
			if tick <= w.now {
				t.Fatalf("round %d: next %d is not after %d", round, tick, w.now)
			}
			now = max(now, tick)
			w.advance(now)
		}
		if w.count != 0 {
			t.Fatalf("round %d: %d timers left", round, w.count)
		}
		for _, m := range all {
			if !slices.Equal(m.fired, want[m]) {
				t.Fatalf("round %d: fired at %v, want %v", round, m.fired, want[m])
			}
		}
	}
}

func BenchmarkTimerAddRemove(b *testing.B) {
	var w wheel
	w.init(0)
	var m mark
	m.owner = &m
	b.ReportAllocs()
	for b.Loop() {
		w.add(&m.timer, 60_000)
		w.remove(&m.timer)
	}
}
