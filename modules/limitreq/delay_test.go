package limitreq_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
)

func TestClientThatLeavesWhileItWaitsIsLoggedAndForgotten(t *testing.T) {
	stage.Each(t, `
limit_req_zone $server_port zone=a:1m rate=1r/m;
server {
	listen LISTEN;
	access_log DIR/access.log plain;
	location / { limit_req zone=a burst=5; empty_gif; }
}`, func(t *testing.T, s *stage.Server) {
		c := s.Dial(t)
		if a := c.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").Answer(); a.Status() != "200" {
			t.Fatalf("the first request gets %q", a.Line)
		}
		c.Send("GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
		for log := ""; !strings.Contains(log, "delaying"); {
			log = strings.Join(s.AwaitErrors(1), "\n")
			if strings.Contains(log, "delaying") && !strings.Contains(log, `warn: delaying request, excess: 1.000, by zone "a", client: 127.0.0.1`) {
				t.Fatal(log)
			}
		}
		c.Close()
		if lines := s.AwaitAccess(2); lines[1] != `499 "GET /second HTTP/1.1" 0` {
			t.Fatalf("%q", lines)
		}
	})
}
