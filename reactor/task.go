package reactor

// Tasks: pooled coroutines (iter.Pull), each with one job at a time.
//
// The runtime demands that a coroutine's creator and everyone who switches to it agree on thread locking. Coroutines
// are created and resumed by the loop's goroutine only, which is never locked to a thread.

import (
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"time"
)

// Runner is a task's job.
type Runner interface{ Run(t *Task) }

// turnOps bounds the reads and writes a task may do without waiting, before others get their turn.
const turnOps = 64

// Task is a coroutine with one job. It is reused for another job after Run returns, so it must not be kept.
type Task struct {
	loop  *Loop
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
	job   Runner

	timer timer
	qnext *Task // in the run queue
	at    int   // in loop.tasks
	ops   int   // reads and writes left in this turn
	spins int   // waits while the loop is closing

	queued    bool
	timedOut  bool
	parked    bool
	token     bool // Resume came
	offloaded bool // Offload is over
	broken    bool // the job panicked: the coroutine is not used again
}

// errUnwound is the panic value that ends a task which waits, without a connection to fail, while its loop closes.
var errUnwound = errors.New("reactor: task ended by Close")

// ErrNotInTask is returned by blocking operations outside a task of the connection's loop.
var ErrNotInTask = errors.New("reactor: blocking operation outside a task of this loop")

// Loop is the loop the task runs on.
func (t *Task) Loop() *Loop { return t.loop }

// Go starts a task with job r once the running one waits or ends. While the loop closes, r is not run.
func (l *Loop) Go(r Runner) {
	if l.shut {
		return
	}
	var t *Task
	if n := len(l.free); n > 0 {
		t = l.free[n-1]
		l.free[n-1] = nil
		l.free = l.free[:n-1]
		l.low = min(l.low, n-1)
	} else {
		t = &Task{loop: l, at: len(l.tasks)}
		t.timer.owner = t
		l.low = 0
		l.tasks = append(l.tasks, t)
	}
	t.job = r
	t.wake()
}

// wake queues t to be resumed; once is enough.
func (t *Task) wake() {
	if !t.queued {
		t.queued = true
		t.loop.runq.push(t)
	}
}

// expire is the task's timer.
func (t *Task) expire() {
	t.timedOut = true
	t.wake()
}

// resume switches to t until it waits or its job ends. On the loop's goroutine.
func (l *Loop) resume(t *Task) {
	t.queued = false
	t.ops = turnOps
	if t.next == nil {
		usage.coroutines.Add(1)
		t.next, t.stop = iter.Pull(t.main)
	}
	l.cur = t
	_, alive := t.next()
	l.cur = nil
	if !alive {
		l.discard(t)
	}
}

// main is the coroutine: job after job.
func (t *Task) main(yield func(struct{}) bool) {
	t.yield = yield
	for {
		t.work()
		t.job = nil
		if t.broken {
			return
		}
		t.token, t.spins = false, 0
		t.loop.free = append(t.loop.free, t)
		t.loop.armTrim()
		if !yield(struct{}{}) {
			return
		}
	}
}

// work runs the job and catches its panic.
func (t *Task) work() {
	ok := false
	defer func() {
		if ok {
			return
		}
		v := recover()
		if v == nil { // runtime.Goexit: cannot be stopped here; the loop's goroutine is replaced
			t.loop.discard(t)
			return
		}
		t.broken = true
		if v != any(errUnwound) {
			t.loop.report(v, debug.Stack())
		}
	}()
	t.job.Run(t)
	ok = true
}

// discard forgets a task whose coroutine is over, or about to be.
func (l *Loop) discard(t *Task) {
	if t.at < 0 {
		return
	}
	l.wheel.remove(&t.timer)
	last := len(l.tasks) - 1
	l.tasks[last].at = t.at
	l.tasks[t.at] = l.tasks[last]
	l.tasks[last] = nil
	l.tasks = l.tasks[:last]
	t.at = -1
	if t.next != nil {
		usage.coroutines.Add(-1)
	}
}

// suspend hands over to the loop until wake.
func (t *Task) suspend() {
	if !t.yield(struct{}{}) {
		panic(errUnwound)
	}
}

// block suspends t until it is woken, or the loop's clock reaches until (monotonic ms; 0 = no limit).
func (t *Task) block(until int64) {
	t.timedOut = false
	if until == 0 {
		t.suspend()
		return
	}
	t.loop.wheel.add(&t.timer, until)
	t.suspend()
	t.loop.wheel.remove(&t.timer)
}

// pause lets others have their turn: t goes on after the next look at the poller.
func (t *Task) pause() {
	t.queued = true
	t.loop.later.push(t)
	t.suspend()
}

// Turn counts a step of a task that goes on without waiting; after many of them the loop's other tasks and events have their turn.
func (t *Task) Turn() {
	if t.ops--; t.ops < 0 {
		t.pause()
	}
}

// spun ends a task that keeps waiting although its loop closes and everything has failed.
func (t *Task) spun() {
	if t.spins++; t.spins > 100 {
		panic(errUnwound)
	}
}

// Sleep waits for d. If the loop closes meanwhile, the task unwinds (its deferred functions run).
func (t *Task) Sleep(d time.Duration) {
	until := t.loop.mono + millis(d)
	for t.loop.mono < until {
		if t.loop.shut {
			panic(errUnwound)
		}
		t.block(until)
	}
}

// Park waits until Resume is called, or returns at once if that has happened since the last Park. If the loop closes
// meanwhile, the task unwinds.
func (t *Task) Park() {
	for !t.token {
		if t.loop.shut {
			panic(errUnwound)
		}
		t.parked = true
		t.block(0)
		t.parked = false
	}
	t.token = false
}

// ParkTimeout is Park with a limit; it reports whether Resume was called. d <= 0 means no limit.
func (t *Task) ParkTimeout(d time.Duration) bool {
	if d <= 0 {
		t.Park()
		return true
	}
	until := t.loop.mono + millis(d)
	for !t.token {
		if t.loop.shut {
			panic(errUnwound)
		}
		if t.loop.mono >= until {
			return false
		}
		t.parked = true
		t.block(until)
		t.parked = false
	}
	t.token = false
	return true
}

// Resume lets a parked task go on, or its next Park return at once. On the same loop, while the task's job runs.
func (t *Task) Resume() {
	t.token = true
	if t.parked {
		t.wake()
	}
}

// OffloadPanic is what Offload panics with, in the task, when the function given to it panicked.
type OffloadPanic struct {
	Value any
	Stack []byte // of the goroutine
}

func (p *OffloadPanic) Error() string {
	return fmt.Sprintf("panic in Offload: %v\n%s", p.Value, p.Stack)
}

// Offload runs f on a goroutine of its own and resumes the task when f is done. Close waits for f; see Reactor.Context.
func (t *Task) Offload(f func()) { t.offload(f, func() {}) }

// OffloadWatched is Offload for what may be given up. Then giveUp is called, once and on the loop, and has to make f end; given
// says that it was.
func (t *Task) OffloadWatched(w Watching, f, giveUp func()) (given bool) {
	if w.Watch != nil && w.Watch.hwait == nil {
		w.Watch.hwait = t
		defer func() { w.Watch.hwait = nil }()
	}
	t.parked = w.GivenUp != nil
	t.offload(f, func() {
		if !given && w.given() {
			given = true
			giveUp()
		}
	})
	t.parked = false
	return given
}

// offload is Offload that calls wait, on the loop, each time before the task waits.
func (t *Task) offload(f, wait func()) {
	l := t.loop
	var failed *OffloadPanic
	t.offloaded = false
	l.offloads++
	l.r.wg.Add(1)
	go func() {
		defer l.r.wg.Done()
		defer l.push(post{t: t})
		defer func() {
			if v := recover(); v != nil {
				failed = &OffloadPanic{v, debug.Stack()}
			}
		}()
		f()
	}()
	for !t.offloaded {
		wait()
		t.block(0)
	}
	if failed != nil {
		panic(failed)
	}
}

// taskQueue is a queue linked through the tasks.
type taskQueue struct{ head, tail *Task }

func (q *taskQueue) push(t *Task) {
	t.qnext = nil
	if q.head == nil {
		q.head = t
	} else {
		q.tail.qnext = t
	}
	q.tail = t
}

func (q *taskQueue) pop() *Task {
	t := q.head
	q.head = t.qnext
	t.qnext = nil
	return t
}

// moveTo appends the whole queue to another.
func (q *taskQueue) moveTo(to *taskQueue) {
	if q.head == nil {
		return
	}
	if to.head == nil {
		to.head = q.head
	} else {
		to.tail.qnext = q.head
	}
	to.tail = q.tail
	q.head = nil
}
