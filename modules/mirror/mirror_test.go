package mirror_test

import (
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"understudy/internal/stage"
)

// What was asked comes before its copies, which have method, arguments and body of it and whose answers nobody sees.
func TestCopiesAreMadeOfRequests(t *testing.T) {
	stage.Each(t, `
log_format copies '$request_method $uri?$args $status <$request_body>';
server {
	listen LISTEN;
	location / { mirror /copy/1; mirror /copy/2; proxy_pass http://LISTEN/real; }
	location /plain { mirror /copy/3; mirror_request_body off; proxy_pass http://LISTEN/real; }
	location /off { mirror /copy/4; location /off/in { mirror off; return 204; } }
	location /real { return 200 "real\n"; }
	location /copy { log_subrequest on; access_log DIR/access.log copies; proxy_pass http://LISTEN/gone; }
	location /gone { return 410; }
}`, func(t *testing.T, s *stage.Server) {
		for _, c := range []struct{ request, body string }{
			{"POST /a?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "real\n"},
			{"GET /plain?y HTTP/1.1\r\nHost: a\r\n\r\n", "real\n"},
			{"GET /off/in HTTP/1.1\r\nHost: a\r\n\r\n", ""},
		} {
			if a := s.Dial(t).Send(c.request).Answer(); a.Body != c.body {
				t.Errorf("%q: %q %q", c.request, a.Line, a.Body)
			}
		}
		lines := s.AwaitAccess(3)
		slices.Sort(lines)
		want := []string{"GET /copy/3?y 410 <->", "POST /copy/1?x=1 410 <hello>", "POST /copy/2?x=1 410 <hello>"}
		if !slices.Equal(lines, want) {
			t.Errorf("%q, want %q", lines, want)
		}
	})
}

// The client has its answer while a copy is still under way; its next request on the connection waits for the copy.
func TestCopiesDoNotHoldTheAnswerBack(t *testing.T) {
	var mayAnswer atomic.Pointer[chan struct{}]
	slow := stage.NewBackend(t, func(p *stage.Peer) {
		if p.Head() != "" {
			<-*mayAnswer.Load()
			p.Send(stage.OK("copied"))
		}
	})
	stage.Each(t, `
server {
	listen LISTEN;
	location / { mirror /copy; proxy_pass http://LISTEN/real; }
	location /real { return 200 "real\n"; }
	location /copy { log_subrequest on; proxy_pass http://`+slow.Addr+`; }
}`, func(t *testing.T, s *stage.Server) {
		gate := make(chan struct{})
		open := sync.OnceFunc(func() { close(gate) })
		defer open()
		mayAnswer.Store(&gate)
		c := s.Dial(t)
		c.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		if a := c.Answer(); a.Body != "real\n" {
			t.Errorf("%q %q", a.Line, a.Body)
		}
		open()
		if a := c.Answer(); a.Body != "real\n" {
			t.Errorf("the second request: %q %q", a.Line, a.Body)
		}
	})
}

// A tunnel does not wait for the copy of the request that opened it, and may end before it.
func TestATunnelRunsBesideTheCopy(t *testing.T) {
	var mayAnswer atomic.Pointer[chan struct{}]
	slow := stage.NewBackend(t, func(p *stage.Peer) {
		if p.Head() != "" {
			<-*mayAnswer.Load()
			p.Send(stage.OK("copied"))
		}
	})
	echo := stage.NewBackend(t, func(p *stage.Peer) {
		if p.Head() != "" {
			p.Send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n")
			_, _ = io.Copy(p, p)
		}
	})
	stage.Each(t, `
log_format copies '$uri $status';
server {
	listen LISTEN;
	access_log DIR/access.log copies;
	location / {
		mirror /copy;
		proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
		proxy_pass http://`+echo.Addr+`;
	}
	location /copy { log_subrequest on; proxy_pass http://`+slow.Addr+`; }
}`, func(t *testing.T, s *stage.Server) {
		gate := make(chan struct{})
		open := sync.OnceFunc(func() { close(gate) })
		defer open()
		mayAnswer.Store(&gate)
		c := s.Dial(t)
		c.Send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n")
		if a := c.Head(); !strings.HasPrefix(a.Line, "HTTP/1.1 101") {
			t.Errorf("%q", a.Line)
		}
		if got, _ := c.Send("hello").Take(5); got != "hello" {
			t.Errorf("the tunnel gives %q", got)
		}
		c.CloseWrite()
		if !s.Nginx() { // which closes the connection behind the copy
			_, _ = c.End()
		}
		open()
		lines := s.AwaitAccess(2)
		slices.Sort(lines)
		if want := []string{"/ 101", "/copy 200"}; !slices.Equal(lines, want) {
			t.Errorf("logged: %q, want %q", lines, want)
		}
	})
}

// A copy that is sent again while its request is a tunnel has the request's body.
func TestTheCopyOfATunnelKeepsTheBody(t *testing.T) {
	var mayAnswer atomic.Pointer[chan struct{}]
	busy := stage.NewBackend(t, func(p *stage.Peer) {
		if head, _ := p.Request(); head != "" {
			<-*mayAnswer.Load()
			p.Send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		}
	})
	const size = 8000
	got := make(chan string, 2)
	second := stage.NewBackend(t, func(p *stage.Peer) {
		if head, body := p.Request(); head != "" {
			got <- body
			p.Send(stage.OK("copied"))
		}
	})
	echo := stage.NewBackend(t, func(p *stage.Peer) {
		if head, _ := p.Request(); head != "" {
			p.Send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n")
			_, _ = io.Copy(p, p.In)
		}
	})
	stage.Ours(t, `
upstream copies { server `+busy.Addr+`; server `+second.Addr+` backup; }
server {
	listen LISTEN;
	location / {
		mirror /copy;
		proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
		proxy_pass http://`+echo.Addr+`;
	}
	location /copy { proxy_next_upstream http_503 non_idempotent; proxy_pass http://copies; }
}`, func(t *testing.T, s *stage.Server) {
		gate := make(chan struct{})
		open := sync.OnceFunc(func() { close(gate) })
		defer open()
		mayAnswer.Store(&gate)
		body := strings.Repeat("b", size)
		c := s.Dial(t)
		c.Send("POST / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: upgrade\r\nContent-Length: 8000\r\n\r\n" + body)
		if a := c.Head(); !strings.HasPrefix(a.Line, "HTTP/1.1 101") {
			t.Errorf("%q", a.Line)
		}
		other := strings.Repeat("o", size)
		if back, _ := c.Send(other).Take(size); back != other {
			t.Errorf("the tunnel gives %d bytes", len(back))
		}
		open()
		if sent := <-got; sent != body {
			t.Errorf("the copy's body has %d bytes, %d of them foreign", len(sent), strings.Count(sent, "o"))
		}
		c.CloseWrite()
		_, _ = c.End()
	})
}
