package upstream

import (
	"testing"
	"time"

	"understudy/reactor"
)

// begin picks a peer.
func begin(t testing.TB, g *Group, try *Try, l *reactor.Loop, tag any) *Peer {
	t.Helper()
	g.Start(try, Ask{Loop: l, Tag: tag})
	p, err := try.Next()
	if err != nil {
		t.Error(err)
	}
	return p
}

// size is the number of idle connections on a loop.
func (g *Group) size(l *reactor.Loop) int { return g.pool(l).n }

func TestKeptConnectionIsTakenAgain(t *testing.T) {
	drivers(t, func(t *testing.T, r *reactor.Reactor) {
		b := startBackend(t)
		g := loadGroup(t, b.server(""))
		on(t, r.Loops()[0], func(task *reactor.Task) {
			l := task.Loop()
			var try Try
			begin(t, g, &try, l, nil)
			if try.Idle() != nil {
				t.Error("a connection from nowhere")
			}
			first := open(t, task, &try)
			try.Keep(first, "layer")
			try.Done(OK)

			begin(t, g, &try, l, nil)
			if c := try.Idle(); c != first || !try.Cached() || try.Layer() != "layer" || g.size(l) != 0 {
				t.Errorf("got %p, want %p; cached %v, layer %v, %d left", c, first, try.Cached(), try.Layer(), g.size(l))
			}
			second := open(t, task, &try)
			try.Keep(first, nil)
			try.Keep(second, nil)
			if c := try.Idle(); c != second {
				t.Error("the newest comes first")
			}
			second.Close()
			try.Done(OK)
			g.Close()
		})
		ended(t, b.next(t))
		ended(t, b.next(t))
	})
}

func TestLocalConnectionsStayWithTheirTag(t *testing.T) {
	drivers(t, func(t *testing.T, r *reactor.Reactor) {
		b := startBackend(t)
		one, two := new(int), new(int)
		for _, c := range []struct {
			lines string
			tag   any
			again bool
		}{
			{"", two, false}, {"", one, true},
			{"keepalive 4 local;", two, false},
			{"keepalive 4;", two, true},
		} {
			g := loadGroup(t, c.lines+b.server(""))
			on(t, r.Loops()[0], func(task *reactor.Task) {
				var try Try
				begin(t, g, &try, task.Loop(), one)
				try.Keep(open(t, task, &try), nil)
				try.Done(OK)
				begin(t, g, &try, task.Loop(), c.tag)
				conn := try.Idle()
				if (conn != nil) != c.again {
					t.Errorf("%q: taken again %v", c.lines, conn != nil)
				}
				if conn != nil {
					conn.Close()
				}
				try.Done(OK)
				g.Close()
			})
		}
	})
}

func TestPeersOfOneAddressShareConnectionsAndOthersDoNot(t *testing.T) {
	drivers(t, func(t *testing.T, r *reactor.Reactor) {
		a, b := startBackend(t), startBackend(t)
		g := loadGroup(t, a.server("")+b.server("")+a.server(""))
		on(t, r.Loops()[0], func(task *reactor.Task) {
			var try Try
			var kept *reactor.Conn
			for i, want := range []bool{false, false, true} {
				begin(t, g, &try, task.Loop(), nil)
				c := try.Idle()
				if (c != nil) != want || want && c != kept {
					t.Errorf("pick %d: %v", i+1, c)
				}
				if i == 0 {
					kept = open(t, task, &try)
					try.Keep(kept, nil)
				}
				try.Done(OK)
			}
			kept.Close()
			g.Close()
		})
	})
}

func TestOldestConnectionMakesRoom(t *testing.T) {
	drivers(t, func(t *testing.T, r *reactor.Reactor) {
		a, b := startBackend(t), startBackend(t)
		g := loadGroup(t, "keepalive 2;"+a.server("")+b.server(""))
		on(t, r.Loops()[0], func(task *reactor.Task) {
			var tries [3]Try
			var conns [3]*reactor.Conn
			for i := range tries {
				begin(t, g, &tries[i], task.Loop(), nil)
				conns[i] = open(t, task, &tries[i])
			}
			for i := range tries {
				tries[i].Keep(conns[i], nil)
				tries[i].Done(OK)
			}
			if !conns[0].Closed() || conns[1].Closed() || conns[2].Closed() || g.size(task.Loop()) != 2 {
				t.Errorf("closed %v %v %v", conns[0].Closed(), conns[1].Closed(), conns[2].Closed())
			}
			g.Close()
		})
		ended(t, a.next(t))
	})
}

func TestKeepaliveLimitsCloseConnections(t *testing.T) {
	drivers(t, func(t *testing.T, r *reactor.Reactor) {
		b := startBackend(t)
		for _, c := range []struct {
			name, lines string
			uses        int // requests on the connection before it is refused
			age         int64
		}{
			{"keepalive 0", "keepalive 0;", 0, 0},
			{"keepalive_timeout 0", "keepalive_timeout 0;", 0, 0},
			{"keepalive_requests", "keepalive_requests 3;", 2, 0},
			{"keepalive_requests 1", "keepalive_requests 1;", 0, 0},
			{"keepalive_time", "keepalive_time 5s;", 0, 5001},
		} {
			g := loadGroup(t, c.lines+b.server(""))
			on(t, r.Loops()[0], func(task *reactor.Task) {
				var try Try
				begin(t, g, &try, task.Loop(), nil)
				conn := open(t, task, &try)
				for i := range c.uses {
					try.Keep(conn, nil)
					try.Done(OK)
					begin(t, g, &try, task.Loop(), nil)
					if try.Idle() != conn {
						t.Errorf("%s: use %d: not kept", c.name, i+1)
					}
				}
				try.born -= c.age
				try.Keep(conn, nil)
				try.Done(OK)
				if !conn.Closed() {
					t.Errorf("%s: kept", c.name)
				}
				g.Close()
			})
		}
	})
}

func TestAgeOfAConnectionCountsFromItsStart(t *testing.T) {
	drivers(t, func(t *testing.T, r *reactor.Reactor) {
		b := startBackend(t)
		g := loadGroup(t, "keepalive_time 5s;"+b.server(""))
		on(t, r.Loops()[0], func(task *reactor.Task) {
			var try Try
			begin(t, g, &try, task.Loop(), nil)
			conn := open(t, task, &try)
			try.born -= 4000
			born := try.born
			try.Keep(conn, nil)
			try.Done(OK)
			begin(t, g, &try, task.Loop(), nil)
			if try.Idle() != conn || try.born != born {
				t.Errorf("born %d, want %d", try.born, born)
			}
			conn.Close()
			try.Done(OK)
		})
	})
}

func TestIdleConnectionsEnd(t *testing.T) {
	drivers(t, func(t *testing.T, r *reactor.Reactor) {
		b := startBackend(t)
		for _, c := range []struct {
			name, lines string
			peer        func(interface {
				Write([]byte) (int, error)
				Close() error
			})
		}{
			{"after keepalive_timeout", "keepalive_timeout 20ms;", nil},
			{"when the peer closes", "", func(p interface {
				Write([]byte) (int, error)
				Close() error
			}) {
				p.Close()
			}},
			{"when the peer speaks unasked", "", func(p interface {
				Write([]byte) (int, error)
				Close() error
			}) {
				p.Write([]byte("HTTP/1.1 408 Request Timeout\r\n\r\n"))
			}},
		} {
			g := loadGroup(t, c.lines+b.server(""))
			l := r.Loops()[0]
			var conn *reactor.Conn
			on(t, l, func(task *reactor.Task) {
				var try Try
				begin(t, g, &try, l, nil)
				conn = open(t, task, &try)
				try.Keep(conn, nil)
				try.Done(OK)
			})
			peer := b.next(t)
			if c.peer != nil {
				c.peer(peer)
			} else {
				ended(t, peer)
			}
			on(t, l, func(task *reactor.Task) {
				for end := l.Mono() + patience.Milliseconds(); g.size(l) > 0 && l.Mono() < end; {
					task.Sleep(time.Millisecond)
				}
				if g.size(l) != 0 || !conn.Closed() {
					t.Errorf("%s: %d left", c.name, g.size(l))
				}
			})
		}
	})
}

func TestEndedGroupKeepsNothing(t *testing.T) {
	drivers(t, func(t *testing.T, r *reactor.Reactor) {
		b := startBackend(t)
		g := loadGroup(t, b.server(""))
		l := r.Loops()[0]
		var busy Try
		var conn *reactor.Conn
		on(t, l, func(task *reactor.Task) {
			var try Try
			begin(t, g, &busy, l, nil)
			conn = open(t, task, &busy)
			begin(t, g, &try, l, nil)
			try.Keep(open(t, task, &try), nil)
			try.Done(OK)
		})
		first, second := b.next(t), b.next(t)
		g.Close()
		ended(t, second)
		on(t, l, func(*reactor.Task) {
			if conn.Closed() {
				t.Error("an exchange under way was disturbed")
			}
			busy.Keep(conn, nil)
			busy.Done(OK)
		})
		ended(t, first)
	})
}

func TestReadinessLeftOverFromAnAnswerIsNoData(t *testing.T) {
	drivers(t, func(t *testing.T, r *reactor.Reactor) {
		b := startBackend(t)
		g := loadGroup(t, b.server(""))
		l := r.Loops()[0]
		on(t, l, func(task *reactor.Task) {
			var try Try
			begin(t, g, &try, l, nil)
			conn := open(t, task, &try)
			task.Offload(func() { b.next(t).Write([]byte("answer")) })
			buf := make([]byte, 6) // filled to the brim: the loop cannot know yet that nothing is left
			for n := 0; n < 6; {
				m, err := conn.Read(buf[n:])
				if err != nil {
					t.Error(err)
					break
				}
				n += m
			}
			try.Keep(conn, nil)
			try.Done(OK)
			begin(t, g, &try, l, nil)
			if try.Idle() != conn {
				t.Error("not kept")
			}
			conn.Close()
			try.Done(OK)
		})
	})
}

func TestLostIdleConnectionGivesTheTryBack(t *testing.T) {
	drivers(t, func(t *testing.T, r *reactor.Reactor) {
		b := startBackend(t)
		g := loadGroup(t, b.server(""))
		on(t, r.Loops()[0], func(task *reactor.Task) {
			var try Try
			begin(t, g, &try, task.Loop(), nil)
			try.Keep(open(t, task, &try), nil)
			try.Done(OK)
			if try.Left() != 0 {
				t.Errorf("%d tries left", try.Left())
			}
			begin(t, g, &try, task.Loop(), nil)
			try.Idle().Close()
			try.Done(Lost)
			if try.Left() != 1 {
				t.Errorf("%d tries left after a lost idle connection", try.Left())
			}
			if _, err := try.Next(); err != nil || try.Cached() {
				t.Errorf("second try: %v", err)
			}
			open(t, task, &try).Close()
			try.Done(Lost)
			if try.Left() != 0 {
				t.Errorf("%d tries left after a lost new connection", try.Left())
			}
		})
	})
}

func TestKeepaliveExchangeAllocatesNothing(t *testing.T) {
	r := startReactor(t, "", 1)
	b := startBackend(t)
	for _, lines := range []string{"", "hash $arg_k;", "least_conn;", "random two;"} {
		g := loadGroup(t, lines+b.server("")+b.server("weight=2"))
		s := newSubject("key")
		tag := new(int)
		on(t, r.Loops()[0], func(task *reactor.Task) {
			var try Try
			exchange := func() {
				g.Start(&try, Ask{Loop: task.Loop(), Subject: s, Tag: tag})
				if _, err := try.Next(); err != nil {
					t.Error(err)
				}
				conn := try.Idle()
				if conn == nil {
					conn = open(t, task, &try)
				}
				try.Keep(conn, nil)
				try.Done(OK)
			}
			exchange()
			if n := testing.AllocsPerRun(200, exchange); n > 0 {
				t.Errorf("%q: %v allocations", lines, n)
			}
			g.Close()
		})
	}
}
