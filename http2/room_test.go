package http2_test

import (
	"testing"

	"understudy/internal/stage"
)

// makeRoom has the only loop of s look for room, and tells how many connections it closed.
func makeRoom(s *stage.Server) int {
	closed := make(chan int)
	l := s.Reactor.Loops()[0]
	l.Post(func() { closed <- s.Site.MakeRoom(l) })
	return <-closed
}

// Connections without a stream make room, the one that has had none for longest first; one with a stream stays.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	hold := make(chan struct{})
	back := stage.NewBackend(t, func(p *stage.Peer) {
		p.Serve(func(_, body string) string { <-hold; return stage.OK(body) })
	})
	stage.Ours(t, `server { listen LISTEN http2; location / { return 200 here; } location /p { proxy_pass http://`+back.Addr+`; } }`, func(t *testing.T, s *stage.Server) {
		const answer = "HEADERS 1 200, DATA 1 \"here\" end"
		var idle [2]*client
		for i := range idle {
			idle[i] = start(t, s, "")
			idle[i].send(open(1, get("/")))
			if got := idle[i].until(answer); got != answer {
				t.Fatal(got)
			}
		}
		busy := start(t, s, "")
		busy.send(open(1, get("/p")))
		busy.alive()
		idle[0].alive() // and so the other one is the older
		for _, c := range []*client{idle[1], idle[0]} {
			if n := makeRoom(s); n != 1 {
				t.Errorf("%d connections closed", n)
			}
			const end = "GOAWAY after 1 code 0, closed"
			if got := c.until(end); got != end {
				t.Error(got)
			}
		}
		for i, want := range []int{1, 1, 0} { // both linger, and may be closed for good
			if n := makeRoom(s); n != want {
				t.Errorf("round %d: %d connections closed", i, n)
			}
		}
		busy.alive()
		hold <- struct{}{}
		const late = "HEADERS 1 200 end"
		if got := busy.until(late); got != late {
			t.Error(got)
		}
	})
}
