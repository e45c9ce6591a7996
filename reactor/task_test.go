package reactor_test

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/reactor"
)

func TestWaitTimesOut(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		pair(t, o, untilEOF, func(tk *reactor.Task, c *reactor.Conn) {
			from := c.Loop().Mono()
			i := tk.Wait(20*time.Millisecond, reactor.Event{Conn: c, Kind: reactor.Readable}, reactor.Event{Conn: c, Kind: reactor.HungUp})
			if d := c.Loop().Mono() - from; i != -1 || d < 20 {
				t.Errorf("Wait: %d after %d ms", i, d)
			}
			if i := tk.Wait(0, reactor.Event{Conn: c, Kind: reactor.Readable}, reactor.Event{Conn: c, Kind: reactor.Writable}); i != 1 {
				t.Errorf("Wait: %d, but it is writable", i)
			}
		})
	})
}

func TestWaitSeesTheFirstOfSeveral(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		quiet := tcpServer(t, untilEOF)
		pair(t, o, func(c net.Conn) { io.Copy(c, c) }, func(tk *reactor.Task, c *reactor.Conn) {
			q, err := c.Loop().Dial(tk, addr(quiet), reactor.DialOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			defer q.Close()
			c.Write([]byte("x"))
			if i := tk.Wait(patience, reactor.Event{Conn: q, Kind: reactor.Readable}, reactor.Event{Conn: c, Kind: reactor.Readable}); i != 1 {
				t.Errorf("Wait: %d", i)
			}
			c.Close()
			if i := tk.Wait(patience, reactor.Event{Conn: q, Kind: reactor.Readable}, reactor.Event{Conn: c, Kind: reactor.HungUp}); i != 1 {
				t.Errorf("Wait with a closed one: %d", i)
			}
		})
	})
}

func TestWaitParkEndsByResume(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		pair(t, o, untilEOF, func(tk *reactor.Task, c *reactor.Conn) {
			c.Loop().Go(runner(func(*reactor.Task) { tk.Resume() }))
			if i := tk.WaitPark(patience, reactor.Event{Conn: c, Kind: reactor.Readable}); i != -2 {
				t.Errorf("WaitPark: %d", i)
			}
			if tk.ParkTimeout(5 * time.Millisecond) {
				t.Error("a Resume counted twice")
			}
		})
	})
}

func TestParkResumeSleep(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		l := r.Loops()[0]
		in(t, l, func(tk *reactor.Task) {
			var order []string
			l.Go(runner(func(other *reactor.Task) {
				order = append(order, "other")
				other.Sleep(5 * time.Millisecond)
				order = append(order, "slept")
				tk.Resume()
			}))
			order = append(order, "main")
			tk.Park()
			order = append(order, "resumed")
			tk.Resume()
			tk.Park() // at once
			if want := []string{"main", "other", "slept", "resumed"}; !slices.Equal(order, want) {
				t.Errorf("order %v, want %v", order, want)
			}
			if l.Current() != tk || tk.Loop() != l {
				t.Error("Current or Loop is wrong")
			}
		})
	})
}

func TestOffloadResumesOnTheLoop(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		var mu sync.Mutex
		var reported []string
		o.Panic = func(v any, stack []byte) { mu.Lock(); defer mu.Unlock(); reported = append(reported, fmt.Sprint(v)) }
		r := start(t, o)
		l := r.Loops()[0]
		in(t, l, func(tk *reactor.Task) {
			n := 0
			ran := false
			l.Go(runner(func(*reactor.Task) { ran = true }))
			tk.Offload(func() { n = 7 })
			if n != 7 || !ran || l.Current() != tk {
				t.Errorf("n %d, others ran %v", n, ran)
			}
		})
		in(t, l, func(tk *reactor.Task) { tk.Offload(func() { panic("out there") }) })
		on(t, l, func() {})
		mu.Lock()
		defer mu.Unlock()
		if len(reported) != 1 || !strings.Contains(reported[0], "out there") {
			t.Errorf("reported %q", reported)
		}
	})
}

func TestPanicStaysInItsTask(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		got := make(chan string, 2)
		o.Panic = func(v any, stack []byte) { got <- fmt.Sprint(v) + "\n" + string(stack) }
		r := start(t, o)
		ln := listen(t, r, acceptTask(func(tk *reactor.Task, c *reactor.Conn) {
			var b [1]byte
			c.Read(b[:])
			if b[0] == '!' {
				panic("bang")
			}
			c.Write(b[:])
		}))
		bad, good := dial(t, ln), dial(t, ln)
		bad.Write([]byte("!"))
		if s := wait(t, got); !strings.HasPrefix(s, "bang\n") || !strings.Contains(s, "TestPanicStaysInItsTask") {
			t.Errorf("reported %q", s)
		}
		if _, err := bad.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the panicking task's deferred Close did not run: %v", err)
		}
		good.Write([]byte("x"))
		if _, err := io.ReadFull(good, make([]byte, 1)); err != nil {
			t.Errorf("another task suffers: %v", err)
		}
		r.Loops()[0].Post(func() { panic("callback") })
		if s := wait(t, got); !strings.HasPrefix(s, "callback\n") {
			t.Errorf("reported %q", s)
		}
	})
}

func TestGoexitInATaskDoesNotStopTheLoop(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		got := make(chan any, 1)
		o.Panic = func(v any, _ []byte) { got <- v }
		r := start(t, o)
		l := r.Loops()[0]
		l.Post(func() { l.Go(runner(func(*reactor.Task) { runtime.Goexit() })) })
		wait(t, got)
		in(t, l, func(tk *reactor.Task) { tk.Sleep(time.Millisecond) })
	})
}

// TestCloseUnwindsTasks blocks tasks in every way there is; Close must run what they deferred.
func TestCloseUnwindsTasks(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		a := tcpServer(t, untilEOF)
		r := start(t, o)
		l := r.Loops()[0]
		ready := make(chan string, 10)
		ended := make(chan string, 10)
		dialed := func(tk *reactor.Task) *reactor.Conn {
			c, err := l.Dial(tk, addr(a), reactor.DialOptions{})
			if err != nil {
				t.Error(err)
				panic(err)
			}
			ready <- ""
			return c
		}
		jobs := map[string]func(tk *reactor.Task){
			"park":  func(tk *reactor.Task) { ready <- ""; tk.Park() },
			"sleep": func(tk *reactor.Task) { ready <- ""; tk.Sleep(time.Hour) },
			"read": func(tk *reactor.Task) {
				if _, err := dialed(tk).Read(make([]byte, 1)); err != net.ErrClosed {
					t.Errorf("read: %v", err)
				}
			},
			"write": func(tk *reactor.Task) {
				c := dialed(tk)
				for {
					if _, err := c.Write(make([]byte, 1<<20)); err != nil {
						if err != net.ErrClosed {
							t.Errorf("write: %v", err)
						}
						return
					}
				}
			},
			"wait": func(tk *reactor.Task) {
				c := dialed(tk)
				for { // does not look at what became of it
					tk.Wait(0, reactor.Event{Conn: c, Kind: reactor.Readable})
				}
			},
			"offload": func(tk *reactor.Task) { tk.Offload(func() { ready <- ""; <-r.Context().Done() }) },
		}
		for name, job := range jobs {
			l.Post(func() {
				l.Go(runner(func(tk *reactor.Task) {
					defer func() { ended <- name }()
					job(tk)
				}))
			})
		}
		for range jobs {
			wait(t, ready)
		}
		on(t, l, func() {})
		r.Close()
		for range jobs {
			wait(t, ended)
		}
	})
}

func TestPostKeepsOrderFromManyGoroutines(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		l := r.Loops()[0]
		const senders, each = 8, 500
		var last [senders]int
		var wg sync.WaitGroup
		wg.Add(senders * each)
		for s := range senders {
			go func() {
				for i := 1; i <= each; i++ {
					l.Post(func() {
						if last[s] != i-1 {
							t.Errorf("sender %d: %d after %d", s, i, last[s])
						}
						last[s] = i
						wg.Done()
					})
				}
			}()
		}
		done := make(chan struct{})
		go func() { wg.Wait(); close(done) }()
		wait(t, done)
	})
}

func TestAfterFiresInOrderAndStops(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		l := r.Loops()[0]
		got := make(chan []int, 1)
		l.Post(func() {
			var fired []int
			l.After(30*time.Millisecond, func() { fired = append(fired, 3); got <- fired })
			l.After(10*time.Millisecond, func() { fired = append(fired, 1) })
			stopped := l.After(15*time.Millisecond, func() { fired = append(fired, 99) })
			l.After(20*time.Millisecond, func() { fired = append(fired, 2) })
			stopped.Stop()
		})
		if f := wait(t, got); !slices.Equal(f, []int{1, 2, 3}) {
			t.Errorf("fired %v", f)
		}
	})
}

// TestABusyTaskLetsOthersRun: a task whose connection always has data must not keep the loop.
func TestABusyTaskLetsOthersRun(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		stop := make(chan struct{})
		pair(t, o, func(c net.Conn) {
			buf := make([]byte, 1<<20)
			for {
				if _, err := c.Write(buf); err != nil {
					close(stop)
					return
				}
			}
		}, func(tk *reactor.Task, c *reactor.Conn) {
			other := false
			c.Loop().After(10*time.Millisecond, func() { other = true })
			var b [64]byte
			for !other {
				if _, err := c.Read(b[:]); err != nil {
					t.Errorf("read: %v", err)
					return
				}
			}
			c.Abort()
		})
		wait(t, stop)
	})
}
