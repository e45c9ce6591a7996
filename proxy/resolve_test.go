package proxy_test

import (
	"net"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"understudy/internal/stage"
)

// nameServer answers for up.example with 127.0.0.1, and with an error for all else.
func nameServer(t *testing.T) string {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &dns.Server{PacketConn: pc, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if ask := q.Question[0]; strings.EqualFold(ask.Name, "up.example.") {
			if ask.Qtype == dns.TypeA {
				rr, _ := dns.NewRR("up.example. 60 A 127.0.0.1")
				m.Answer = append(m.Answer, rr)
			}
		} else {
			m.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(m) // a client that is gone is no matter
	})}
	done := make(chan struct{})
	up := make(chan struct{})
	s.NotifyStartedFunc = func() { close(up) }
	go func() {
		defer close(done)
		_ = s.ActivateAndServe()
	}()
	<-up
	t.Cleanup(func() {
		if err := s.Shutdown(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return pc.LocalAddr().String()
}

func TestNamesInProxyPassAreResolvedWhenTheyAreNeeded(t *testing.T) {
	backend := stage.NewBackend(t, func(p *stage.Peer) { p.Serve(func(string, string) string { return stage.OK("fine") }) })
	_, port, _ := net.SplitHostPort(backend.Addr)
	cases := []struct{ at, status, log string }{
		{"/with?h=up.example", "200", ""},
		{"/with?h=UP.example", "200", ""},
		{"/with?h=none.example", "502", "error: none.example could not be resolved (3: Host not found)"},
		{"/without?h=up.example", "502", "error: no resolver defined to resolve up.example"},
	}
	stage.Each(t, `server { listen LISTEN;
		location /with { resolver `+nameServer(t)+` ipv6=off; resolver_timeout 5s; proxy_pass http://$arg_h:`+port+`; }
		location /without { proxy_pass http://$arg_h:`+port+`; } }`, func(t *testing.T, s *stage.Server) {
		for _, k := range cases {
			if got := s.Dial(t).Ask("GET " + k.at + " HTTP/1.1\r\nHost: a\r\n\r\n").Status(); got != k.status {
				t.Errorf("%s: %s, not %s", k.at, got, k.status)
			}
			if errors := strings.Join(s.Errors(), "\n"); !strings.Contains(errors, k.log) {
				t.Errorf("%s: the log says\n%s", k.at, errors)
			}
		}
	})
}

// What the cache has is given without a look at the name, which may be gone meanwhile.
func TestACachedAnswerNeedsNoName(t *testing.T) {
	backend := stage.NewBackend(t, func(p *stage.Peer) { p.Serve(func(string, string) string { return stage.OK("fine") }) })
	_, port, _ := net.SplitHostPort(backend.Addr)
	stage.Each(t, `proxy_cache_path DIR/cache keys_zone=z:1m; server { listen LISTEN; resolver `+nameServer(t)+` ipv6=off;
		proxy_cache z; proxy_cache_valid 200 1m; proxy_cache_key $uri; add_header X-Cache $upstream_cache_status always;
		location / { proxy_pass http://$arg_h:`+port+`; } }`, func(t *testing.T, s *stage.Server) {
		for _, k := range []struct{ uri, want string }{
			{"/a?h=up.example", "200 MISS"},
			{"/a?h=none.example", "200 HIT"},
			{"/b?h=none.example", "502 MISS"},
		} {
			a := s.Dial(t).Ask("GET " + k.uri + " HTTP/1.1\r\nHost: a\r\n\r\n")
			if got := a.Status() + " " + a.Get("X-Cache"); got != k.want {
				t.Errorf("%s: %s, not %s", k.uri, got, k.want)
			}
		}
	})
}

// A tunnel to a name that was looked up ends as any other: there is nobody to look it up again.
func TestATunnelToALookedUpNameIsLogged(t *testing.T) {
	backend := stage.NewBackend(t, func(p *stage.Peer) {
		if p.Head() != "" {
			p.Send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
			p.Gone()
		}
	})
	_, port, _ := net.SplitHostPort(backend.Addr)
	stage.Each(t, `log_format s '$status $proxy_host'; server { listen LISTEN; access_log DIR/access.log s; resolver `+nameServer(t)+` ipv6=off;
		location / { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_pass http://$arg_h:`+port+`; }
		location /changed { rewrite ^ /y break; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_pass http://$arg_h:`+port+`; } }`, func(t *testing.T, s *stage.Server) {
		for _, path := range []string{"/", "/changed"} {
			c := s.Dial(t).Send("GET " + path + "?h=up.example HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
			if a := c.Head(); a.Status() != "101" {
				t.Error(a.Describe())
			}
			c.CloseWrite()
			_, _ = c.End()
		}
		want := "101 up.example:" + port
		if lines := s.AwaitAccess(2); len(lines) != 2 || lines[0] != want || lines[1] != want {
			t.Errorf("%q, not twice %q", lines, want)
		}
	})
}

// A client that leaves while a name is looked up is noticed at once, unless the location cares for its request all the same.
func TestAClientThatLeavesEndsTheLookup(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	stage.Each(t, `log_format s '$status $uri'; server { listen LISTEN; server_name front; access_log DIR/access.log s; resolver `+silent.LocalAddr().String()+` ipv6=off;
		location /left { resolver_timeout 1h; proxy_pass http://$arg_h; }
		location /kept { resolver_timeout 100ms; proxy_ignore_client_abort on; proxy_pass http://$arg_h; } }`, func(t *testing.T, s *stage.Server) {
		s.Dial(t).Send("GET /left?h=up.example HTTP/1.1\r\nHost: a\r\n\r\n").Close()
		s.AwaitAccess(1)
		s.Dial(t).Send("GET /kept?h=up.example HTTP/1.1\r\nHost: a\r\n\r\n").Close()
		if got := strings.Join(s.AwaitAccess(2), ", "); got != "499 /left, 502 /kept" {
			t.Error(got)
		}
		errors := strings.Join(s.Errors(), "\n")
		if want := `info: epoll_wait() reported that client prematurely closed connection, client: 127.0.0.1, server: front, request: "GET /left?h=up.example HTTP/1.1", host: "a"`; !strings.Contains(errors, want) {
			t.Errorf("the log says\n%s", errors)
		}
	})
}
