package proxy_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"understudy/http1"
	"understudy/internal/stage"
)

// long is an answer that the sockets between do not take while nobody reads at their end.
var long = func() string {
	var b strings.Builder
	for i := 0; b.Len() < 12<<20; i++ {
		b.WriteString("line " + strconv.Itoa(i) + " of a long answer\n")
	}
	return b.String()
}()

// inChunks frames a body in chunks of 100 KB.
func inChunks(body string) string {
	var b []byte
	for len(body) > 0 {
		n := min(len(body), 100_000)
		b = append(append(http1.AppendChunkHead(b, n), body[:n]...), "\r\n"...)
		body = body[n:]
	}
	return string(b) + http1.LastChunk
}

// source is a backend with long answers that tells when it has got rid of one.
type source struct {
	*stage.Backend
	sent chan bool
}

func newSource(t *testing.T) *source {
	s := &source{sent: make(chan bool, 100)}
	s.Backend = stage.NewBackend(t, func(p *stage.Peer) {
		for {
			head, _ := p.Request()
			switch {
			case head == "":
				return
			case strings.Contains(head, "/small"):
				p.Send(stage.OK("connection " + strconv.Itoa(p.Number)))
				continue
			case strings.Contains(head, "/chunked"):
				p.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + inChunks(long))
			case strings.Contains(head, "/cut"):
				p.Send("HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(long)+1) + "\r\n\r\n" + long)
				s.sent <- true
				return
			case strings.Contains(head, "/closed"):
				p.Send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + long)
				s.sent <- true
				return
			default:
				p.Send("HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(long)) + "\r\n\r\n" + long)
			}
			s.sent <- true
		}
	})
	return s
}

// await waits until an answer has been sent.
func (s *source) await(t *testing.T) {
	t.Helper()
	select {
	case <-s.sent:
	case <-time.After(stage.Patience):
		t.Fatal("the upstream is held by a client that does not read")
	}
}

func (s *source) conf(more string) string {
	return `upstream u { server ` + s.Addr + `; keepalive 4; }
		proxy_cache_path DIR/cache keys_zone=kept:1m;
		server { listen LISTEN sndbuf=128k; access_log DIR/access.log; location / { proxy_pass http://u; ` + more + ` } }`
}

const spoolWarning = "warn: an upstream response is buffered to a temporary file "

// warned counts the words of a temporary file in the error log.
func warned(s *stage.Server) int {
	n := 0
	for _, line := range s.Errors() {
		if strings.HasPrefix(line, spoolWarning) && strings.Contains(line, " while reading upstream") {
			n++
		}
	}
	return n
}

// check reads an answer and compares it with what it should be.
func check(t *testing.T, c *stage.Client, want string) {
	t.Helper()
	a, got := c.Head(), ""
	switch n, err := strconv.Atoi(a.Get("Content-Length")); {
	case err == nil:
		got, _ = c.Take(n)
	case a.Get("Transfer-Encoding") == "chunked":
		var b strings.Builder
		for p, _ := c.Chunk(); p != ""; p, _ = c.Chunk() {
			b.WriteString(p)
		}
		got = b.String()
	default:
		got, _ = c.End()
	}
	if got != want {
		t.Errorf("%s: %d bytes, not the %d of the answer", a.Line, len(got), len(want))
	}
}

func TestASlowClientDoesNotHoldItsUpstream(t *testing.T) {
	for _, k := range []struct {
		name, request, conf, want string
		warnings                  int
	}{
		{"of known length", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "", long, 1},
		{"with sendfile", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "sendfile on;", long, 1},
		{"in chunks", "GET /chunked HTTP/1.1\r\nHost: a\r\n\r\n", "", long, 1},
		{"to the end of the connection", "GET /closed HTTP/1.1\r\nHost: a\r\n\r\n", "", long, 1},
		{"for HTTP/1.0", "GET /chunked HTTP/1.0\r\nHost: a\r\n\r\n", "", long, 1},
		{"a range", "GET /x HTTP/1.1\r\nHost: a\r\nRange: bytes=1000-\r\n\r\n", "proxy_force_ranges on;", long[1000:], 1},
		{"written in large pieces", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "proxy_temp_file_write_size 1m;", long, 1},
		{"kept in a cache", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "proxy_cache kept; proxy_cache_valid 1m; proxy_max_temp_file_size 0;", long, 0},
		{"in memory", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "proxy_buffers 40 1m; proxy_max_temp_file_size 0;", long, 0},
	} {
		t.Run(k.name, func(t *testing.T) {
			b := newSource(t)
			stage.Each(t, b.conf(k.conf), func(t *testing.T, s *stage.Server) {
				c := s.Dial(t).Send(k.request)
				b.await(t)
				if n := warned(s); n != k.warnings {
					t.Errorf("%d warnings: %q", n, s.Errors())
				}
				check(t, c, k.want)
				if strings.Contains(k.request, "1.1") && !strings.Contains(k.request, "/closed") {
					if got := c.Ask("GET /small HTTP/1.1\r\nHost: a\r\n\r\n").Body; !strings.HasPrefix(got, "connection ") {
						t.Errorf("the connection's next answer is %q", got)
					}
				}
			})
		})
	}
}

func TestASlowClientHoldsItsUpstreamBehindTheLimits(t *testing.T) {
	for _, k := range []struct {
		name, conf string
		warnings   int
	}{
		{"no file", "proxy_max_temp_file_size 0;", 0},
		{"a small file", "proxy_max_temp_file_size 1m;", 1},
		{"not buffered", "proxy_buffering off;", 0},
	} {
		t.Run(k.name, func(t *testing.T) {
			b := newSource(t)
			stage.Ours(t, b.conf("proxy_socket_rcvbuf 128k;"+k.conf), func(t *testing.T, s *stage.Server) {
				c := s.Dial(t).Send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
				head := c.Head()
				if got := s.Dial(t).Ask("GET /small HTTP/1.1\r\nHost: a\r\n\r\n").Body; got == "" {
					t.Error("others are held, too")
				}
				if len(b.sent) > 0 {
					t.Error("the upstream is rid of its answer")
				}
				if got, _ := c.Take(len(long)); got != long {
					t.Errorf("%s: not the answer", head.Line)
				}
				b.await(t)
				if n := warned(s); n != k.warnings {
					t.Errorf("%d warnings: %q", n, s.Errors())
				}
			})
		})
	}
}

func TestAnAnswerThatBreaksOffIsSentAsFarAsItCame(t *testing.T) {
	b := newSource(t)
	stage.Each(t, b.conf(""), func(t *testing.T, s *stage.Server) {
		c := s.Dial(t).Send("GET /cut HTTP/1.1\r\nHost: a\r\n\r\n")
		b.await(t)
		c.Head()
		if got, _ := c.End(); got != long {
			t.Errorf("%d bytes", len(got))
		}
		if errors := strings.Join(s.Errors(), "\n"); !strings.Contains(errors, "upstream prematurely closed connection while reading upstream") {
			t.Errorf("the log says\n%s", errors)
		}
	})
}

// The rest is about what is left behind, which stage looks at, and how the exchange ends.
func TestAClientThatGoesAwayLeavesNothingBehind(t *testing.T) {
	b := newSource(t)
	stage.Ours(t, b.conf(""), func(t *testing.T, s *stage.Server) {
		for i := range 3 {
			c := s.Dial(t).Send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
			b.await(t)
			if i == 2 {
				s.Stop() // as everything is under way
				return
			}
			c.Reset()
			s.AwaitAccess(i + 1)
		}
	})
}

func TestAFileThatCannotBeMadeEndsTheAnswer(t *testing.T) {
	b := newSource(t)
	stage.Ours(t, b.conf(""), func(t *testing.T, s *stage.Server) {
		if err := os.RemoveAll(s.Dir + "/proxy"); err != nil {
			t.Fatal(err)
		}
		c := s.Dial(t).Send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
		errors := s.AwaitErrors(1)
		if !strings.HasPrefix(errors[0], "crit: open() \"DIR/proxy/") || !strings.Contains(errors[0], "failed (2: No such file or directory) while reading upstream") {
			t.Errorf("the log says %q", errors)
		}
		if got, _ := c.End(); len(got) >= len(long) {
			t.Error("the answer came whole")
		}
		b.await(t)
	})
}

func TestLimitRateHoldsForWhatIsKept(t *testing.T) {
	b := newSource(t)
	stage.Ours(t, b.conf("limit_rate 20m;"), func(t *testing.T, s *stage.Server) {
		c := s.Dial(t).Send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
		b.await(t)
		if len(s.Access()) > 0 {
			t.Error("the answer is over")
		}
		check(t, c, long)
	})
}
