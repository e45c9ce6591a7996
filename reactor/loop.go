package reactor

// One event loop: wait for events, run what became ready, fire timers, take what others posted.

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// poller is a driver's part of one loop.
type poller interface {
	// wait dispatches what is ready, waiting up to ms milliseconds (0 = only look, -1 = for ever) for the first.
	// It refreshes the loop's clock, and lets ready tasks run after each connection's events.
	wait(l *Loop, ms int64)
	wake() // makes a wait in progress (or the next one) return; any goroutine
	close()
}

const (
	// turnTasks bounds the task switches between two looks at the poller.
	turnTasks = 256
	// trimTasks bounds the coroutines ended at once.
	trimTasks = 2048
	// trimEvery is how often pooled buffers and coroutines that nobody wanted are given back.
	trimEvery = 2 * time.Second
)

// Loop runs on one goroutine. Its methods are for its own tasks and callbacks, except Post and Index.
type Loop struct {
	r     *Reactor
	index int
	p     poller

	mono  int64 // cached clock, ms since clockStart
	wall  int64 // cached clock, Unix ms
	cur   *Task
	runq  taskQueue
	later taskQueue   // tasks that have had their turn and have more to do
	more  tunnelQueue // tunnels that have had their turn and have more to move
	wheel wheel

	free  []*Task // pooled tasks, last used last
	tasks []*Task // every task with a coroutine or a job
	low   int     // fewest free tasks since the last trim
	bufs  bufPool
	trim  Timer

	conns     []*Conn // by slot: the descriptor (epoll) or a number (portable)
	freeSlots []int32 // portable driver
	nslots    int32
	gen       uint32
	nconns    atomic.Int64
	held      []*acceptor // listeners not watched while MaxConns is reached
	looking   bool        // the timer that looks for room is set
	accs      acceptors

	offloads int
	closing  atomic.Bool
	shut     bool // the loop has begun to close

	signalled atomic.Bool
	mu        sync.Mutex
	posts     []post
	taken     []post
	dead      bool
}

// post is one entry of the wake-up queue: a function to call, or a task whose Offload is over.
type post struct {
	f func()
	t *Task
}

func newLoop(r *Reactor, index int, p poller) *Loop {
	l := &Loop{r: r, index: index, p: p}
	l.tick()
	l.wheel.init(l.mono)
	l.trim.loop, l.trim.f, l.trim.owner = l, l.giveBack, &l.trim
	return l
}

// Index is the loop's place in Reactor.Loops.
func (l *Loop) Index() int { return l.index }

// Reactor returns the loop's reactor.
func (l *Loop) Reactor() *Reactor { return l.r }

// Ending tells that everything is being stopped (Reactor.Close), so that nobody is to blame for connections that close.
func (l *Loop) Ending() bool { return l.shut }

// Now is the cached wall clock in Unix milliseconds, as of the last return from the poller.
func (l *Loop) Now() int64 { return l.wall }

// Mono is the cached monotonic clock in milliseconds; setting the system's clock does not move it.
func (l *Loop) Mono() int64 { return l.mono }

// Current is the task that runs, nil inside a callback.
func (l *Loop) Current() *Task { return l.cur }

// Post has f called on the loop, in the order of posting; f must not block. Any goroutine. After Close f is dropped.
func (l *Loop) Post(f func()) { l.push(post{f: f}) }

func (l *Loop) push(p post) {
	l.mu.Lock()
	if l.dead {
		l.mu.Unlock()
		return
	}
	l.posts = append(l.posts, p)
	l.wakeLocked()
	l.mu.Unlock()
}

// wakeLocked makes the loop look at what was posted; under mu and not once it is dead, for then its descriptors may be
// another's.
func (l *Loop) wakeLocked() {
	if l.signalled.CompareAndSwap(false, true) {
		l.p.wake()
	}
}

// startClosing tells the loop to end. Any goroutine.
func (l *Loop) startClosing() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closing.Store(true)
	if !l.dead {
		l.wakeLocked()
	}
}

func (l *Loop) tick() {
	now := time.Now()
	l.wall = now.UnixMilli()
	l.mono = now.Sub(clockStart).Milliseconds()
}

// run is the loop's goroutine.
func (l *Loop) run() {
	ended := false
	defer func() {
		if ended {
			l.r.wg.Done()
			return
		}
		// A task called runtime.Goexit (a test's FailNow does), which iter.Pull hands on to this goroutine.
		l.cur = nil
		l.report("runtime.Goexit called in a task", debug.Stack())
		go l.run()
	}()
	for !l.shut || !l.drained() {
		l.turn()
	}
	l.end()
	ended = true
}

// turn is one round: events, posts, timers, tunnels and tasks that have more to do.
func (l *Loop) turn() {
	l.p.wait(l, l.timeout())
	l.later.moveTo(&l.runq)
	if l.signalled.Load() {
		l.signalled.Store(false)
		l.takePosts()
	}
	if l.closing.Load() && !l.shut {
		l.shut = true
		l.shutdown()
	}
	l.wheel.advance(l.mono)
	l.more.pump()
	l.runReady()
}

// timeout says how long the poller may wait, by the cached clock.
func (l *Loop) timeout() int64 {
	if l.runq.head != nil || l.later.head != nil || l.more.head != nil || l.signalled.Load() {
		return 0
	}
	tick, ok := l.wheel.next()
	if !ok {
		return -1
	}
	return max(tick-l.mono, 0)
}

// beforeBlocking is called by a poller that found nothing and is about to block: it returns the time to do so.
func (l *Loop) beforeBlocking() int64 {
	if l.offloads > 0 {
		runtime.Gosched() // let the functions get at a processor even where there is only one
	}
	l.tick()
	return l.timeout()
}

func (l *Loop) takePosts() {
	l.mu.Lock()
	l.posts, l.taken = l.taken[:0], l.posts
	l.mu.Unlock()
	for i := range l.taken {
		p := l.taken[i]
		l.taken[i] = post{}
		if p.t != nil {
			l.offloads--
			p.t.offloaded = true
			p.t.wake()
			continue
		}
		l.call(p.f)
		l.runReady()
	}
	if cap(l.taken) > 1024 {
		l.taken = nil
	}
}

// call runs a callback; its panic is reported and goes no further.
func (l *Loop) call(f func()) {
	defer l.recovered()
	f()
}

// recovered is deferred around callbacks.
func (l *Loop) recovered() {
	if v := recover(); v != nil {
		l.report(v, debug.Stack())
	}
}

func (l *Loop) report(v any, stack []byte) {
	if l.r.opts.Panic != nil {
		l.r.opts.Panic(v, stack)
	}
}

// runReady runs the tasks that are due, a bounded number of them.
func (l *Loop) runReady() {
	for n := 0; l.runq.head != nil && n < turnTasks; n++ {
		l.resume(l.runq.pop())
	}
}

// shutdown closes all connections and wakes every task, so that each finds out and unwinds.
func (l *Loop) shutdown() {
	for _, c := range l.conns {
		if c != nil {
			c.shut()
		}
	}
	for _, t := range l.tasks {
		if t.job != nil {
			t.wake()
		}
	}
}

// drained says that a closing loop has no job left, and no tunnel whose owner is to be told.
func (l *Loop) drained() bool {
	return l.offloads == 0 && len(l.free) == len(l.tasks) && l.runq.head == nil && l.more.head == nil
}

// end gives back what a loop without jobs still holds.
func (l *Loop) end() {
	l.mu.Lock()
	l.dead, l.posts = true, nil
	l.mu.Unlock()
	l.dropTasks(len(l.free))
	l.bufs.trim(0)
	usage.buffers.Add(int64(l.bufs.out))
	l.p.close()
}

// armTrim makes sure that pools which have grown are looked at again, also when no event comes any more.
func (l *Loop) armTrim() {
	if !l.trim.armed() {
		l.wheel.add(&l.trim.timer, l.mono+millis(trimEvery))
	}
}

// giveBack frees the pooled buffers and coroutines that nobody wanted since it last ran.
func (l *Loop) giveBack() {
	l.dropTasks(min(l.low, len(l.free), trimTasks))
	l.low = len(l.free)
	l.bufs.trim(1)
	if len(l.free) > 0 || len(l.bufs.free) > 1 {
		l.armTrim()
	}
}

// dropTasks ends the coroutines of the n pooled tasks that were not used for longest.
func (l *Loop) dropTasks(n int) {
	for _, t := range l.free[:n] {
		l.discard(t)
		t.stop()
	}
	rest := copy(l.free, l.free[n:])
	clear(l.free[rest:])
	l.free = l.free[:rest]
}
