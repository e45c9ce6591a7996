package http2_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// echo sends the request's body back.
func echo(p *stage.Peer) { p.Serve(func(_, body string) string { return stage.OK(body) }) }

func post(path string) string {
	return block(":method: POST", ":scheme: http", ":path: "+path, ":authority: a")
}

// pour sends as much of text on a stream as window lets it, and returns the rest; done tells that its end was sent.
func (c *client) pour(id uint32, text string, window int) (rest string, done bool) {
	for n := min(16384, window, len(text)); ; n = min(16384, window, len(text)) {
		if n == len(text) {
			c.send(frame(data, fin, id, text))
			return "", true
		}
		if n == 0 {
			return text, false
		}
		c.send(frame(data, 0, id, text[:n]))
		text, window = text[n:], window-n
	}
}

const proxied = `client_max_body_size 10m;
server { listen LISTEN http2; server_name a;
	location / { proxy_pass http://B1; }
	location /streamed { proxy_pass http://B1; proxy_http_version 1.1; proxy_request_buffering off; }
	location /file { proxy_pass http://B1; client_body_in_file_only clean; }
	location /small { client_max_body_size 1k; proxy_pass http://B1; }
}`

func on(backend *stage.Backend) string { return strings.ReplaceAll(proxied, "B1", backend.Addr) }

// exchange sends text as the body of stream id, as its window allows, gives back what windows it is given, and returns the
// answer's body.
func (c *client) exchange(id uint32, text string) string {
	var body strings.Builder
	text, done := c.pour(id, text, 65536)
	for {
		f, ok := c.next()
		if !ok {
			c.t.Fatalf("the connection ended behind %d bytes of stream %d", body.Len(), id)
		}
		switch {
		case f.kind == rst || f.kind == goaway:
			c.t.Fatalf("stream %d: %s", id, c.describe(f))
		case f.kind == headers:
			c.describe(f)
		case f.kind == window && f.id == id && !done:
			text, done = c.pour(id, text, int(binary.BigEndian.Uint32(f.payload)))
		case f.kind == data && len(f.payload) > 0:
			n := uint32(len(f.payload))
			c.send(frame(window, 0, 0, word(n)) + frame(window, 0, f.id, word(n)))
		}
		if f.id != id {
			continue
		}
		if f.kind == data {
			body.Write(f.payload)
		}
		if f.flags&fin != 0 && f.kind <= headers {
			return body.String()
		}
	}
}

func TestBodiesPassBothWaysUnderFlowControl(t *testing.T) {
	for _, path := range []string{"/", "/streamed", "/file"} {
		for _, size := range []int{0, 1, 16384, 65535, 65536, 300000} {
			t.Run(fmt.Sprintf("%s_%d", path[1:], size), func(t *testing.T) {
				stage.Ours(t, on(stage.NewBackend(t, echo)), func(t *testing.T, s *stage.Server) {
					c := start(t, s, "")
					text := strings.Repeat("0123456789abcdef", size/16+1)[:size]
					c.send(frame(headers, endHeaders, 1, post(path)))
					if got := c.exchange(1, text); got != text {
						t.Errorf("%d bytes came back, not the %d that were sent", len(got), len(text))
					}
				})
			})
		}
	}
}

func TestStreamsShareTheConnectionsWindow(t *testing.T) {
	const streams = 20
	stage.Ours(t, on(stage.NewBackend(t, echo)), func(t *testing.T, s *stage.Server) {
		c := start(t, s, setting(4, 1<<20))
		text := strings.Repeat("x", 30000) // 20 of them are ten times the connection's window
		for i := range uint32(streams) {
			c.send(frame(headers, endHeaders, 2*i+1, post("/")))
			c.pour(2*i+1, text, len(text)+1)
		}
		got := map[uint32]int{}
		for left := streams; left > 0; {
			f, ok := c.next()
			if !ok {
				t.Fatalf("the connection ended, %d streams were left", left)
			}
			if f.kind == headers {
				c.describe(f)
			}
			if f.kind != data {
				continue
			}
			if got[f.id] += len(f.payload); f.flags&fin != 0 {
				left--
			}
			c.send(frame(window, 0, 0, word(uint32(max(len(f.payload), 1)))))
		}
		for id, n := range got {
			if n != len(text) {
				t.Errorf("stream %d has %d bytes", id, n)
			}
		}
	})
}

func TestAStreamThatIsGivenUpGivesItsUpstreamUp(t *testing.T) {
	for name, leave := range map[string]func(c *client){
		"reset":  func(c *client) { c.send(frame(rst, 0, 1, word(8))) },
		"closed": func(c *client) { c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			asked, gone := make(chan bool, 1), make(chan bool, 1)
			backend := stage.NewBackend(t, func(p *stage.Peer) {
				p.Head()
				asked <- true
				p.Gone()
				gone <- true
			})
			stage.Ours(t, on(backend), func(t *testing.T, s *stage.Server) {
				c := start(t, s, "")
				c.send(open(1, get("/")))
				<-asked
				leave(c)
				<-gone
				if name == "reset" {
					c.alive()
				}
			})
		})
	}
}

func TestALargeBodyIsRefused(t *testing.T) {
	stage.Ours(t, on(stage.NewBackend(t, echo)), func(t *testing.T, s *stage.Server) {
		c := start(t, s, "")
		c.send(frame(headers, endHeaders, 1, post("/small")) + frame(data, 0, 1, strings.Repeat("x", 2000)))
		const want = "HEADERS 1 413, DATA 1 end, RST 1 code 0"
		if got := c.until(want); got != want {
			t.Errorf("got %s", got)
		}
		c.alive()
	})
}

// TestTheEndOfAnEmptyBodyIsWaitedFor where the head has not ended the stream, whatever length it declares.
func TestTheEndOfAnEmptyBodyIsWaitedFor(t *testing.T) {
	stage.Ours(t, on(stage.NewBackend(t, func(p *stage.Peer) {
		p.Serve(func(head, _ string) string { return stage.OK(strings.Fields(head)[0]) })
	})), func(t *testing.T, s *stage.Server) {
		c := start(t, s, "")
		c.send(frame(headers, endHeaders, 1, block(":method: POST", ":scheme: http", ":path: /", ":authority: a", "content-length: 0")))
		c.send(open(3, get("/")))
		want := `HEADERS 3 200, DATA 3 "GET" end`
		if got := c.until(want); got != want {
			t.Fatal(got)
		}
		c.send(frame(data, fin, 1, ""))
		want = `HEADERS 1 200, DATA 1 "POST" end`
		if got := c.until(want); got != want {
			t.Error(got)
		}
	})
}

func TestDrainingTellsTheClientAndLetsStreamsEnd(t *testing.T) {
	release := make(chan bool)
	asked := make(chan bool)
	backend := stage.NewBackend(t, func(p *stage.Peer) {
		p.Head()
		asked <- true
		<-release
		p.Send(stage.OK("late"))
	})
	stage.Ours(t, on(backend), func(t *testing.T, s *stage.Server) {
		c := start(t, s, "")
		c.send(open(1, get("/")))
		<-asked
		drained := make(chan bool)
		s.Site.Drain(func() { close(drained) })
		if got := c.until("GOAWAY after 1 code 0"); got != "GOAWAY after 1 code 0" {
			t.Fatal(got)
		}
		c.send(open(3, get("/")))
		release <- true
		const want = `HEADERS 1 200, DATA 1 "late" end, closed`
		if got := c.until(want); got != want {
			t.Error(got)
		}
		c.Close()
		<-drained
	})
}

func TestFramesMayComeInAnyPieces(t *testing.T) {
	stage.Ours(t, site, func(t *testing.T, s *stage.Server) {
		c := dial(t, s)
		text := preface + frame(settings, 0, 0, setting(4, 1000)) + open(1, get("/", "cookie: a=b", "name: "+strings.Repeat("value", 50))) +
			frame(headers, endHeaders, 3, get("/length", "content-length: 5")) + frame(data, padded|fin, 3, "\x03hello...")
		for i := range len(text) {
			c.send(text[i : i+1])
		}
		const want = `HEADERS 1 200 GET / HTTP/2.0 a=b, DATA 1 "hello" end, HEADERS 3 200 5 end`
		if got := c.until(want); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// TestAStreamThatWaitsIsGivenUpAtOnce, whatever it waits for.
func TestAStreamThatWaitsIsGivenUpAtOnce(t *testing.T) {
	http := `limit_req_zone $server_name zone=one:1m rate=1r/m;
log_format short '$status $uri';
server { listen LISTEN http2; server_name a; access_log DIR/access.log short; proxy_connect_timeout 60s;
	location /limited { limit_req zone=one burst=5; try_files "" =404; }
	location /delayed { auth_delay 60s; auth_basic realm; auth_basic_user_file DIR/access.log; }
	location /slow { limit_rate 1; return 200 "some text"; }
	location /dialed { proxy_pass http://` + stage.Full(t) + `; }
}`
	for _, c := range []struct{ path, log, said string }{
		{"/limited", "499 /limited", "client prematurely closed connection"},
		{"/delayed", "499 /delayed", "client prematurely closed connection"},
		{"/slow", "200 /slow", ""},
		{"/dialed", "499 /dialed", ""},
	} {
		t.Run(c.path[1:], func(t *testing.T) {
			stage.Ours(t, http, func(t *testing.T, s *stage.Server) {
				h := start(t, s, "")
				h.send(open(1, get("/limited"))) // uses up what limit_req grants
				h.until("DATA 1 end")
				h.send(open(3, get(c.path)) + frame(ping, 0, 0, "are you?"))
				h.until("PING") // the stream has begun
				h.send(frame(rst, 0, 3, word(8)))
				if lines := s.AwaitAccess(2); lines[1] != c.log {
					t.Errorf("%q", lines)
				}
				if text := strings.Join(s.Errors(), "\n"); !strings.Contains(text, c.said) {
					t.Error(text)
				}
				h.alive()
			})
		})
	}
}

// Where no server can be told because a server_name's regex cannot be matched, the stream ends without an answer.
func TestAServerNameThatRunsAwayEndsTheStream(t *testing.T) {
	const conf = `server { listen LISTEN http2; server_name a; return 200 here; }
server { listen LISTEN; server_name "~^(?=a)(a+)+$"; return 200 there; }`
	stage.Each(t, conf, func(t *testing.T, s *stage.Server) {
		for _, name := range []string{":authority", "host"} {
			c := start(t, s, "")
			c.send(open(1, block(":method: GET", ":scheme: http", ":path: /", name+": "+strings.Repeat("a", 60)+"-")))
			if got := c.until("RST 1 code 2"); got != "RST 1 code 2" {
				t.Errorf("%s: %s", name, got)
			}
			c.alive()
		}
	})
}
