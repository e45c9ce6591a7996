package proxy_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"understudy/internal/stage"
)

const unbuffered = "proxy_request_buffering off; proxy_buffering off; client_body_timeout 60s;"

// TestBodiesFlowBothWays: each piece is answered before the next is sent.
func TestBodiesFlowBothWays(t *testing.T) {
	b := stage.NewBackend(t, func(p *peer) {
		if p.Head() == "" {
			return
		}
		p.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for {
			line, err := p.In.ReadString('\n')
			if err != nil {
				return
			}
			var n int
			fmt.Sscanf(line, "%x", &n)
			piece := make([]byte, n+2)
			if _, err := io.ReadFull(p.In, piece); err != nil {
				return
			}
			p.Send(line + string(piece))
			if n == 0 {
				return
			}
		}
	})
	stage.Ours(t, "server { listen LISTEN; location / { proxy_pass http://"+b.Addr+"; "+unbuffered+" } location = /alive { return 200 alive; } }", func(t *testing.T, s *stage.Server) {
		c := s.Dial(t).Send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
		if a := c.Head(); a.Status() != "200" {
			t.Fatal(a.Describe())
		}
		for i := range 20 {
			piece := strings.Repeat("x", i*i+1)
			c.Send(fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece))
			if got, ok := c.Chunk(); got != piece || !ok {
				t.Fatalf("piece %d: %q", i, got)
			}
		}
		c.Send("0\r\n\r\n")
		if got, ok := c.Chunk(); got != "" || !ok {
			t.Fatal(got, ok)
		}
		if a := c.Ask("GET /alive HTTP/1.1\r\nHost: a\r\n\r\n"); a.Body != "alive" {
			t.Error("the connection is not used again")
		}
	})
}

// TestSmallPiecesReachTheClientAtOnce, with proxy_buffering on and off.
func TestSmallPiecesReachTheClientAtOnce(t *testing.T) {
	next := make(chan bool)
	b := stage.NewBackend(t, func(p *peer) {
		p.Request()
		p.Send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
		for i := range 10 {
			p.Send(fmt.Sprintf("data: %d\n\n", i))
			<-next
		}
	})
	for _, buffering := range []string{"on", "off"} {
		stage.Ours(t, "server { listen LISTEN; location / { proxy_pass http://"+b.Addr+"; proxy_buffering "+buffering+"; } }", func(t *testing.T, s *stage.Server) {
			c := s.Dial(t).Send(get)
			c.Head()
			for i := range 10 {
				if got, ok := c.Chunk(); got != fmt.Sprintf("data: %d\n\n", i) || !ok {
					t.Fatalf("piece %d: %q", i, got)
				}
				next <- true
			}
		})
	}
}

// TestEarlyAnswersEndTheUpload: the upstream has seen enough, the client has not sent all and waits.
func TestEarlyAnswersEndTheUpload(t *testing.T) {
	b := stage.NewBackend(t, func(p *peer) {
		p.Head()
		p.Send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno!")
	})
	for name, request := range map[string]string{
		"chunked": "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n",
		"sized":   "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nbody",
	} {
		stage.Ours(t, "server { listen LISTEN; location / { proxy_pass http://"+b.Addr+"; "+unbuffered+" lingering_timeout 100ms; } }", func(t *testing.T, s *stage.Server) {
			c := s.Dial(t).Send(request)
			if a := c.Answer(); a.Status() != "413" || a.Body != "no!" {
				t.Error(name, a.Describe())
			}
			if rest, how := c.End(); rest != "" || how != "closed" {
				t.Error(name, rest, how)
			}
		})
	}
}

// TestSendTimeoutEndsAnUpload: the upstream does not read; its answer would be waited for much longer.
func TestSendTimeoutEndsAnUpload(t *testing.T) {
	release := make(chan bool)
	b := stage.NewBackend(t, func(p *peer) {
		_ = p.Conn.(interface{ SetReadBuffer(int) error }).SetReadBuffer(4096)
		p.Head()
		<-release
	})
	for _, buffering := range []string{"on", "off"} {
		stage.Each(t, "server { listen LISTEN; server_name front; client_max_body_size 0; location / { proxy_pass http://"+b.Addr+"; proxy_send_timeout 200ms; proxy_read_timeout 60s; lingering_timeout 100ms; proxy_request_buffering "+buffering+"; } }",
			func(t *testing.T, s *stage.Server) {
				defer func() { release <- true }()
				c := s.Dial(t)
				go func() { _, _ = io.WriteString(c, post(strings.Repeat("x", 30<<20))) }() // cut short when the answer comes
				if a := c.Head(); a.Status() != "504" {
					t.Error(a.Describe())
				}
				want := `error: upstream timed out (110: Connection timed out) while sending request to upstream, client: 127.0.0.1, server: front, request: "POST /x HTTP/1.1"`
				found := false
				for _, line := range s.Errors() {
					found = found || strings.HasPrefix(line, want)
				}
				if !found {
					t.Errorf("log: %q", s.Errors())
				}
			})
	}
}

const upgrade = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n"

const tunnelConf = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"

// echoes upgrades and sends back what comes; "quit" ends it.
func echoes(p *peer) {
	if p.Head() == "" {
		return
	}
	p.Send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: test\r\n\r\nhello")
	buf := make([]byte, 4096)
	for {
		n, err := p.In.Read(buf)
		if err != nil || string(buf[:n]) == "quit" {
			return
		}
		p.Send(string(buf[:n]))
	}
}

// TestTunnels: bytes right behind the handshake on both sides, either side's end, a unix socket.
func TestTunnels(t *testing.T) {
	tcp := stage.NewBackend(t, echoes)
	path := t.TempDir() + "/s"
	stage.NewUnixBackend(t, path, echoes)
	for _, to := range []string{tcp.Addr, "unix:" + path} {
		stage.Each(t, "log_format v '$status $body_bytes_sent $upstream_status'; server { listen LISTEN; access_log DIR/access.log v; location / { proxy_pass http://"+to+"; "+tunnelConf+" } }", func(t *testing.T, s *stage.Server) {
			c := s.Dial(t).Send(upgrade + "early")
			if a := c.Head(); a.Status() != "101" || a.Get("Upgrade") != "test" || a.Get("Connection") != "upgrade" {
				t.Fatal(a)
			}
			if got, _ := c.Take(10); got != "helloearly" {
				t.Fatalf("%q", got)
			}
			for i := range 10 {
				text := fmt.Sprint("message ", i)
				if got, _ := c.Send(text).Take(len(text)); got != text {
					t.Fatalf("%q", got)
				}
			}
			c.Send("quit")
			if rest, how := c.End(); rest != "" || how != "closed" {
				t.Error(rest, how)
			}
			half := s.Dial(t).Send(upgrade)
			half.Head()
			half.Take(5)
			half.CloseWrite()
			if _, how := half.End(); how != "closed" {
				t.Error(how)
			}
			for _, line := range s.AwaitAccess(2) {
				if line != "101 100 101" && line != "101 5 101" {
					t.Error(line)
				}
			}
		})
	}
}

// TestTunnelsTimeOut without a byte in either direction for proxy_read_timeout.
func TestTunnelsTimeOut(t *testing.T) {
	b := stage.NewBackend(t, echoes)
	stage.Each(t, "server { listen LISTEN; server_name front; location / { proxy_pass http://"+b.Addr+"; proxy_read_timeout 500ms; "+tunnelConf+" } }", func(t *testing.T, s *stage.Server) {
		started := time.Now()
		c := s.Dial(t).Send(upgrade)
		c.Head()
		c.Take(5)
		if rest, how := c.End(); rest != "" || how != "closed" || time.Since(started) < 400*time.Millisecond {
			t.Error(rest, how, time.Since(started))
		}
		want := `info: upstream timed out (110: Connection timed out) while proxying upgraded connection, client: 127.0.0.1, server: front, request: "GET /ws HTTP/1.1", upstream: "http://` + b.Addr + `/ws", host: "a"`
		lines := strings.Join(s.AwaitErrors(1), "\n")
		if !strings.Contains(lines, want) {
			t.Errorf("%s", lines)
		}
	})
}

// TestUpgradesNobodyAskedFor are answers like others; refused ones too.
func TestUpgradesNobodyAskedFor(t *testing.T) {
	b := stage.NewBackend(t, echoes)
	refuses := stage.NewBackend(t, always(stage.OK("no")))
	stage.Ours(t, "server { listen LISTEN; location / { proxy_pass http://"+b.Addr+"; "+tunnelConf+" } location /ws { proxy_pass http://"+refuses.Addr+"; "+tunnelConf+" } }", func(t *testing.T, s *stage.Server) {
		c := s.Dial(t).Send(get)
		if a := c.Head(); a.Status() != "101" {
			t.Error(a)
		}
		c.Close()
		if a := s.Dial(t).Ask(upgrade); a.Body != "no" {
			t.Error(a.Describe())
		}
	})
}

// TestNoTunnelBehindAnAnswer: whoever answers a post_action cannot have the client's connection.
func TestNoTunnelBehindAnAnswer(t *testing.T) {
	b := stage.NewBackend(t, echoes)
	stage.Ours(t, "server { listen LISTEN; server_name front; location / { post_action /after; return 200 ok; } location /after { proxy_pass http://"+b.Addr+"; "+tunnelConf+" } }", func(t *testing.T, s *stage.Server) {
		c := s.Dial(t)
		for range 3 {
			if a := c.Ask(upgrade); a.Body != "ok" {
				t.Fatal(a.Describe())
			}
		}
		want := `error: connection upgrade in post_action while reading response header from upstream, client: 127.0.0.1, server: front, request: "GET /ws HTTP/1.1", upstream: "http://` + b.Addr + `/after", host: "a"`
		for _, line := range s.AwaitErrors(3) {
			if line != want {
				t.Errorf("%s", line)
			}
		}
	})
}

// TestAThousandTunnels at once.
func TestAThousandTunnels(t *testing.T) {
	b := stage.NewBackend(t, echoes)
	s := stage.StartLoops(t, "", "server { listen LISTEN; location / { proxy_pass http://"+b.Addr+"; "+tunnelConf+" } }", 2)
	clients := make([]*stage.Client, 1000)
	for i := range clients {
		clients[i] = s.Dial(t).Send(upgrade)
	}
	for i, c := range clients {
		if a := c.Head(); a.Status() != "101" {
			t.Fatal(i, a)
		}
		c.Take(5)
	}
	for i, c := range clients {
		c.Send(fmt.Sprintf("%4d", i))
	}
	for i, c := range clients {
		if got, _ := c.Take(4); got != fmt.Sprintf("%4d", i) {
			t.Fatalf("%d: %q", i, got)
		}
		c.Close()
	}
}

// TestABodyThatTurnsOutBadIsNotEnded: the upstream must not take what came before the mistake for all of it.
func TestABodyThatTurnsOutBadIsNotEnded(t *testing.T) {
	for _, c := range []struct{ name, bad, status string }{
		{"no chunk", "5\r\nhello\r\nZZ\r\n", "400"},
		{"too large", "5\r\nhello\r\n44c\r\n" + strings.Repeat("x", 600), "413"},
	} {
		t.Run(c.name, func(t *testing.T) {
			begun, got := make(chan bool, 1), make(chan string, 1)
			b := stage.NewBackend(t, func(p *peer) {
				if p.Head() == "" {
					return
				}
				first := make([]byte, len("1\r\na\r\n"))
				if _, err := io.ReadFull(p.In, first); err != nil {
					return
				}
				begun <- true
				rest, _ := io.ReadAll(p.In)
				got <- string(rest)
			})
			conf := "server { listen LISTEN; client_max_body_size 1000; lingering_timeout 100ms; location / { proxy_pass http://" + b.Addr + "; " + unbuffered + " } }"
			stage.Ours(t, conf, func(t *testing.T, s *stage.Server) {
				client := s.Dial(t).Send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
				<-begun
				client.Send(c.bad)
				if c.name == "too large" {
					client.Send(strings.Repeat("x", 500) + "\r\n0\r\n\r\n")
				}
				if a := client.Answer(); a.Status() != c.status {
					t.Errorf("answered %q", a.Describe())
				}
				if rest := <-got; strings.HasSuffix(rest, "0\r\n\r\n") || strings.Contains(rest, "44c") {
					t.Errorf("the upstream got %q", rest)
				}
			})
		})
	}
}

// TestABodyThatTurnsOutBadBehindTheAnswersIsNoFaultOfTheUpstreams: the client's mistake closes the connection from which trailers
// are being read.
func TestABodyThatTurnsOutBadBehindTheAnswersIsNoFaultOfTheUpstreams(t *testing.T) {
	b := stage.NewBackend(t, func(p *peer) {
		if p.Head() == "" {
			return
		}
		p.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n4\r\nbody\r\n0\r\nX-T: a")
		io.ReadAll(p.In)
	})
	conf := "server { listen LISTEN; access_log DIR/access.log; lingering_close off; location / { proxy_pass http://" + b.Addr + "; proxy_http_version 1.1; proxy_pass_trailers on; " + unbuffered + " } }"
	stage.Ours(t, conf, func(t *testing.T, s *stage.Server) {
		c := s.Dial(t).Send("POST /x HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
		if a := c.Head(); a.Status() != "200" {
			t.Fatal(a.Describe())
		}
		if got, _ := c.Chunk(); got != "body" {
			t.Fatalf("the answer's body is %q", got)
		}
		c.Send("ZZ\r\n")
		s.AwaitAccess(1)
		for _, line := range s.Errors() {
			if strings.Contains(line, "recv() failed") || strings.Contains(line, "upstream prematurely") {
				t.Error(line)
			}
		}
	})
}

// TestATunnelInTheMiddleOfABodyIsCutOff: the upstream's connection cannot be used any more, half a request has been sent on it.
func TestATunnelInTheMiddleOfABodyIsCutOff(t *testing.T) {
	b := stage.NewBackend(t, func(p *peer) {
		if p.Head() != "" {
			p.Send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
			p.Gone()
		}
	})
	conf := "log_format s '$status $uri'; server { listen LISTEN; access_log DIR/access.log s; location / { rewrite ^ /y break; proxy_pass http://" + b.Addr + "; " + unbuffered + " } }"
	stage.Ours(t, conf, func(t *testing.T, s *stage.Server) {
		c := s.Dial(t).Send("POST /x HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\nContent-Length: 1000\r\n\r\n")
		if a := c.Head(); a.Status() != "101" {
			t.Error(a.Describe())
		}
		c.End()
		if lines := s.AwaitAccess(1); len(lines) != 1 || lines[0] != "101 /y" {
			t.Errorf("%q", lines)
		}
		for _, line := range s.Errors() {
			if strings.Contains(line, "panic") || strings.Contains(line, "nil pointer") {
				t.Error(line)
			}
		}
	})
}

// TestWhatHasComeOfABodyGoesWithTheHead, in one piece, as an upstream may read that sees the head and what came with it.
func TestWhatHasComeOfABodyGoesWithTheHead(t *testing.T) {
	const rounds = 30
	with := make(chan string, rounds)
	b := stage.NewBackend(t, func(p *peer) {
		if p.Head() == "" {
			return
		}
		piece, _ := p.In.Peek(p.In.Buffered())
		with <- string(piece)
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	for _, tt := range []struct{ name, head, sent, rest, want string }{
		{"chunks", "Transfer-Encoding: chunked", "5\r\n01234\r\n4\r\nmany\r\n", "1\r\n!\r\n0\r\n\r\n", "9\r\n01234many\r\n"},
		{"a length", "Content-Length: 10", "01234", "56789", "01234"},
	} {
		stage.Ours(t, "server { listen LISTEN; location / { proxy_pass http://"+b.Addr+"; "+unbuffered+" } }", func(t *testing.T, s *stage.Server) {
			for range rounds {
				c := s.Dial(t).Send("POST /x HTTP/1.1\r\nHost: a\r\n" + tt.head + "\r\n\r\n" + tt.sent)
				if got := <-with; got != tt.want {
					t.Fatalf("%s: %q came with the head, want %q", tt.name, got, tt.want)
				}
				c.Send(tt.rest)
				if a := c.Head(); a.Status() != "200" {
					t.Fatal(tt.name, a.Describe())
				}
			}
		})
	}
}
