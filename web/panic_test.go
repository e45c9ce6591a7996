package web_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
	"understudy/web"
)

// explodes is a module with a mistake in it.
var explodes = &web.Module{Compile: func(l *web.Location) error {
	l.On(web.PhaseAccess, func(x *web.Exchange) web.Result {
		if string(x.URI) == "/panic" {
			panic("a mistake")
		}
		return web.Declined
	})
	return nil
}}

// TestPanicsCostTheirExchangeOnly: its connection closes, others do not notice, and the stack is reported.
func TestPanicsCostTheirExchangeOnly(t *testing.T) {
	for _, driver := range stage.Drivers() {
		t.Run("driver "+driver, func(t *testing.T) {
			b := stage.NewBackend(t, func(p *stage.Peer) { p.Serve(func(string, string) string { return stage.OK("fine") }) })
			s := stage.StartWith(t, driver, "server { listen LISTEN; location / { proxy_pass http://"+b.Addr+"; } }", 1, explodes)
			other := s.Dial(t)
			other.Ask(plain("/a"))
			for range 3 {
				if rest, how := s.Dial(t).Send(plain("/panic")).End(); rest != "" || how != "closed" {
					t.Error(rest, how)
				}
				if a := other.Ask(plain("/b")); a.Body != "fine" {
					t.Error(a.Describe())
				}
			}
			reported := s.Panics()
			if len(reported) != 3 || !strings.HasPrefix(reported[0], "a mistake\n") || !strings.Contains(reported[0], "panic_test.go") {
				t.Errorf("%q", reported)
			}
		})
	}
}
