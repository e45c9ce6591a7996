package upstream

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"understudy/reactor"
)

const someTime = int64(1_700_000_000_000)

func TestPicksFromManyThreadsKeepTheBooks(t *testing.T) {
	const threads, rounds = 8, 3000
	for _, method := range []string{"", "least_conn;", "random;", "random two;", "hash $arg_k;", "hash $arg_k consistent;", "ip_hash;"} {
		g := loadGroup(t, method+"server 127.0.0.1:1 weight=2 max_conns=3; server 127.0.0.1:2 max_conns=2; server 127.0.0.1:3 max_fails=0;")
		var busy [3]atomic.Int32
		var wg sync.WaitGroup
		for thread := range threads {
			wg.Go(func() {
				var try Try
				s := newSubject("")
				for i := range rounds {
					s.key = keyOf(i)
					g.Start(&try, Ask{Client: clientOf(i), Subject: s})
					for try.Left() > 0 {
						p, err := try.next(someTime)
						if err != nil {
							break
						}
						if n := busy[p.index].Add(1); p.maxConns > 0 && n > p.maxConns {
							t.Errorf("%s: %d at %s", method, n, p.Name)
						}
						busy[p.index].Add(-1)
						try.done(NotFailed+Outcome((i+thread)%2), someTime)
					}
				}
			})
		}
		wg.Wait()
		for _, p := range g.Peers() {
			if p.conns != 0 || p.effective < 0 || p.effective > p.weight {
				t.Errorf("%s: %s has conns %d, effective weight %d", method, p.Name, p.conns, p.effective)
			}
		}
	}
}

func TestOnlyPeerHonoursMaxConnsFromManyThreads(t *testing.T) {
	g := loadGroup(t, "server 127.0.0.1:1 max_conns=3;")
	var busy, refused atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var try Try
			for range 5000 {
				g.Start(&try, Ask{})
				if _, err := try.next(someTime); err != nil {
					refused.Add(1)
					continue
				}
				if n := busy.Add(1); n > 3 {
					t.Errorf("%d at once", n)
				}
				busy.Add(-1)
				try.done(Failed, someTime)
			}
		})
	}
	wg.Wait()
	if n := g.Peers()[0].conns; n != 0 {
		t.Errorf("%d conns in the end", n)
	}
}

func TestMoreThanSixtyFourPeersAreEachTriedOnce(t *testing.T) {
	var lines strings.Builder
	for i := range 130 {
		fmt.Fprintf(&lines, "server 127.0.0.1:%d;\n", i+1)
	}
	for i := range 70 {
		fmt.Fprintf(&lines, "server 127.0.0.2:%d backup;\n", i+1)
	}
	g := loadGroup(t, lines.String())
	var try Try
	for range 2 {
		g.Start(&try, Ask{})
		if try.Left() != 200 {
			t.Fatalf("%d tries", try.Left())
		}
		seen := map[string]bool{}
		for i := range 200 {
			p, err := try.next(someTime)
			if err != nil {
				t.Fatal(i, err)
			}
			if seen[string(p.Name)] || p.maxFails == 0 || i < 130 != strings.HasPrefix(string(p.Name), "127.0.0.1:") {
				t.Fatalf("pick %d is %s", i, p.Name)
			}
			seen[string(p.Name)] = true
			try.done(NotFailed, someTime)
		}
		if _, err := try.next(someTime); err != ErrNoLive {
			t.Errorf("after all peers: %v", err)
		}
		if try.Left() != 0 || try.Peer() != nil {
			t.Errorf("%d tries left", try.Left())
		}
	}
}

func TestLimitLowersTheTries(t *testing.T) {
	g := loadGroup(t, "server 127.0.0.1:1; server 127.0.0.1:2; server 127.0.0.1:3;")
	var try Try
	g.Start(&try, Ask{})
	for n, want := range []int{3, 1} {
		if try.Limit(n); try.Left() != want {
			t.Errorf("Limit(%d): %d left", n, try.Left())
		}
	}
	if try.Limit(2); try.Left() != 1 {
		t.Error("Limit raises the tries")
	}
}

func TestDisabledPeerIsReportedOnce(t *testing.T) {
	g := loadGroup(t, "server 127.0.0.1:1 max_fails=2; server 127.0.0.1:2 down;")
	var try Try
	for i, want := range []bool{false, true} {
		g.Start(&try, Ask{})
		if _, err := try.next(someTime); err != nil {
			t.Fatal(err)
		}
		if got := try.done(Failed, someTime); got != want {
			t.Errorf("failure %d: disabled %v", i+1, got)
		}
		if try.done(Failed, someTime) {
			t.Error("Done counts twice")
		}
	}
	g.Start(&try, Ask{})
	if _, err := try.next(someTime); err != ErrNoLive {
		t.Errorf("disabled peer: %v", err)
	}
}

func TestResetGivesAnOpenPickBack(t *testing.T) {
	g := loadGroup(t, "server 127.0.0.1:1 max_conns=1; server 127.0.0.1:2 backup;")
	var try Try
	for range 3 {
		g.Start(&try, Ask{})
		if p, err := try.next(someTime); err != nil || p.index != 0 || string(p.Name) != "127.0.0.1:1" {
			t.Fatalf("%v %v", p, err)
		}
		try.Reset()
	}
}

func TestDynamicGroupIsPlainRoundRobin(t *testing.T) {
	g := Dynamic("host", []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("[::1]:2")})
	var got []string
	var try Try
	for range 4 {
		g.Start(&try, Ask{})
		p, err := try.next(someTime)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(p.Name))
		try.done(OK, someTime)
	}
	if s := strings.Join(got, " "); s != "127.0.0.1:1 [::1]:2 127.0.0.1:1 [::1]:2" || g.keep.max != 0 {
		t.Error(s)
	}
}

func TestConsistentHashMovesFewKeys(t *testing.T) {
	before := loadGroup(t, "hash $arg_k consistent; server 127.0.0.1:1; server 127.0.0.1:2; server 127.0.0.1:3; server unix:/tmp/s;")
	after := loadGroup(t, "hash $arg_k consistent; server 127.0.0.1:1; server 127.0.0.1:2; server 127.0.0.1:3; server unix:/tmp/s; server 127.0.0.1:6;")
	moved := 0
	const keys = 2000
	for i := range keys {
		var names [2]string
		for j, g := range []*Group{before, after} {
			var try Try
			g.Start(&try, Ask{Subject: newSubject(keyOf(i))})
			p, err := try.next(someTime)
			if err != nil {
				t.Fatal(err)
			}
			names[j] = string(p.Name)
			try.done(OK, someTime)
		}
		if names[0] != names[1] {
			moved++
			if names[1] != "127.0.0.1:6" {
				t.Fatalf("key %d moved from %s to %s", i, names[0], names[1])
			}
		}
	}
	if moved == 0 || moved > keys*2/5 {
		t.Errorf("%d of %d keys moved", moved, keys)
	}
}

// One walk to one peer and back, without a connection.
func BenchmarkTry(b *testing.B) {
	for _, c := range []struct{ name, lines string }{
		{"one peer", "server 127.0.0.1:1;"},
		{"three peers", "server 127.0.0.1:1; server 127.0.0.1:2; server 127.0.0.1:3;"},
		{"least_conn", "least_conn; server 127.0.0.1:1; server 127.0.0.1:2; server 127.0.0.1:3;"},
		{"hash consistent", "hash $arg_k consistent; server 127.0.0.1:1; server 127.0.0.1:2; server 127.0.0.1:3;"},
	} {
		g := loadGroup(b, c.lines)
		walk := func(try *Try, s *subject) {
			g.Start(try, Ask{Subject: s})
			if _, err := try.next(someTime); err != nil {
				b.Error(err)
			}
			try.done(OK, someTime)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var try Try
			s := newSubject("key")
			for b.Loop() {
				walk(&try, s)
			}
		})
		b.Run(c.name+"/all threads", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				var try Try
				s := newSubject("key")
				for pb.Next() {
					walk(&try, s)
				}
			})
		})
	}
}

// A keepalive exchange: Start, Next, Idle, Keep, Done.
func BenchmarkKeepalive(b *testing.B) {
	r := startReactor(b, "", 1)
	back := startBackend(b)
	g := loadGroup(b, "keepalive_requests 1000000000;"+back.server("")) // never a second connection
	tag := new(int)
	on(b, r.Loops()[0], func(task *reactor.Task) {
		b.ReportAllocs()
		var try Try
		for b.Loop() {
			g.Start(&try, Ask{Loop: task.Loop(), Tag: tag})
			if _, err := try.Next(); err != nil {
				b.Error(err)
			}
			conn := try.Idle()
			if conn == nil {
				conn = open(b, task, &try)
			}
			try.Keep(conn, nil)
			try.Done(OK)
		}
		g.Close()
	})
}
