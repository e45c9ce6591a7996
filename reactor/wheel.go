package reactor

// The timer wheel: 1 ms ticks, six levels of 64 slots, adding and removing in O(1), nothing allocated (timers are
// embedded in what they belong to). Bit maps per level tell the next occupied slot without walking empty ones.

import (
	"math/bits"
	"time"
)

const (
	wheelBits   = 6
	wheelSlots  = 1 << wheelBits
	wheelLevels = 6
	wheelSpan   = int64(1) << (wheelBits * wheelLevels) // 2^36 ms, about two years
)

// expirer owns a timer.
type expirer interface{ expire() }

// timer is one intrusive entry. prev != nil while it is in the wheel.
type timer struct {
	next, prev *timer
	when       int64 // monotonic ms
	owner      expirer
}

func (t *timer) armed() bool { return t.prev != nil }

type wheel struct {
	now    int64 // the tick up to which everything has fired
	count  int
	bits   [wheelLevels]uint64
	slots  [wheelLevels][wheelSlots]timer // list heads
	firing timer                          // head of the list being emptied
}

func (w *wheel) init(now int64) {
	w.now = now
	for i := range w.slots {
		for j := range w.slots[i] {
			h := &w.slots[i][j]
			h.next, h.prev = h, h
		}
	}
}

// add arms t (which must not be armed) to fire at tick when, or at the next tick if that has passed.
func (w *wheel) add(t *timer, when int64) {
	t.when = when
	w.count++
	w.place(t)
}

func (w *wheel) place(t *timer) {
	when := t.when
	d := when - w.now
	if d < 1 {
		d, when = 1, w.now+1
	} else if d >= wheelSpan {
		d, when = wheelSpan-1, w.now+wheelSpan-1
	}
	level := (bits.Len64(uint64(d)) - 1) / wheelBits
	slot := int(when>>(level*wheelBits)) & (wheelSlots - 1)
	h := &w.slots[level][slot]
	t.prev, t.next = h.prev, h
	h.prev.next = t
	h.prev = t
	w.bits[level] |= 1 << slot
}

// remove disarms t; an unarmed t is left alone. The slot's bit stays: an empty slot costs one look when its tick comes.
func (w *wheel) remove(t *timer) {
	if t.prev == nil {
		return
	}
	t.prev.next, t.next.prev = t.next, t.prev
	t.prev, t.next = nil, nil
	w.count--
}

// next returns the tick at which the wheel wants to be looked at, and false if nothing is armed.
func (w *wheel) next() (int64, bool) {
	if w.count == 0 {
		return 0, false
	}
	best := int64(-1)
	for level := range wheelLevels {
		for w.bits[level] != 0 {
			tick, slot := w.nextSlot(level)
			if h := &w.slots[level][slot]; h.next == h {
				w.bits[level] &^= 1 << slot
				continue
			}
			if best < 0 || tick < best {
				best = tick
			}
			break
		}
	}
	return best, best >= 0
}

// nextSlot finds the first occupied slot of a level after the current one, and the tick at which it begins.
func (w *wheel) nextSlot(level int) (int64, int) {
	shift := level * wheelBits
	cur := w.now >> shift
	d := bits.TrailingZeros64(bits.RotateLeft64(w.bits[level], -int((cur+1)&63))) + 1
	return (cur + int64(d)) << shift, int(cur+int64(d)) & (wheelSlots - 1)
}

// advance fires every timer due at or before now. A timer that fires is disarmed first, so that its owner may re-arm it.
func (w *wheel) advance(now int64) {
	for {
		tick, ok := w.next()
		if !ok || tick > now {
			if now > w.now {
				w.now = now
			}
			return
		}
		w.now = tick
		for level := wheelLevels - 1; level >= 0; level-- {
			if tick&(1<<(level*wheelBits)-1) != 0 {
				continue
			}
			slot := int(tick>>(level*wheelBits)) & (wheelSlots - 1)
			if w.bits[level]&(1<<slot) != 0 {
				w.bits[level] &^= 1 << slot
				w.empty(&w.slots[level][slot])
			}
		}
	}
}

// empty takes every timer out of a slot: due ones fire, others move to a finer level.
func (w *wheel) empty(h *timer) {
	if h.next == h {
		return
	}
	// The list is moved to a head of its own first: a firing timer may add to or remove from it.
	own := &w.firing
	own.next, own.prev = h.next, h.prev
	own.next.prev, own.prev.next = own, own
	h.next, h.prev = h, h
	for own.next != own {
		t := own.next
		t.prev.next, t.next.prev = t.next, t.prev
		t.prev, t.next = nil, nil
		if t.when > w.now {
			w.place(t)
			continue
		}
		w.count--
		t.owner.expire()
	}
}

// Timer is a pending call made by Loop.After.
type Timer struct {
	timer
	loop *Loop
	f    func()
}

func (t *Timer) expire() { t.loop.call(t.f) }

// Stop cancels the call; it is harmless after the timer fired. On the loop only.
func (t *Timer) Stop() { t.loop.wheel.remove(&t.timer) }

// Reset arms the timer anew, whether or not it fired, without allocating.
func (t *Timer) Reset(d time.Duration) {
	t.loop.wheel.remove(&t.timer)
	t.loop.wheel.add(&t.timer, t.loop.mono+millis(d))
}

// After calls f on the loop once d has passed (to the millisecond). f must not block.
func (l *Loop) After(d time.Duration, f func()) *Timer {
	t := &Timer{loop: l, f: f}
	t.owner = t
	l.wheel.add(&t.timer, l.mono+millis(d))
	return t
}

// millis rounds a duration up to whole milliseconds.
func millis(d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}
