package web_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// front is a server with what the cases ask it for.
const front = `log_format short '$status $request_method';
server { listen LISTEN; server_name front; access_log DIR/access.log short;
	client_body_buffer_size 1k; client_max_body_size 100k; lingering_timeout 100ms;
	location / { return 200 "$request_method $uri\n"; }
	location /p/ { proxy_pass http://B1; }
	location /small/ { client_max_body_size 10; proxy_pass http://B1; }
	location /none/ { client_max_body_size 0; proxy_pass http://B1; }
	location /close { return 444; }
	MORE
}`

// count answers with how long the body was.
func count(p *stage.Peer) {
	p.Serve(func(head, body string) string {
		method, rest, _ := strings.Cut(head, " ")
		path, _, _ := strings.Cut(rest, " ")
		return stage.OK(fmt.Sprintf("%s %s %d\n", method, path, len(body)))
	})
}

func chunked(path string, sizes ...int) string {
	var b strings.Builder
	b.WriteString("POST " + path + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
	for _, n := range sizes {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, strings.Repeat("x", n))
	}
	return b.String() + "0\r\n\r\n"
}

func sized(path string, n int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", path, n, strings.Repeat("x", n))
}

func plain(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" }

const lastRequest = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

// answers reads answers until the server closes.
func answers(c *stage.Client) string {
	var b strings.Builder
	for {
		a := c.Answer()
		if a.Line == "" {
			break
		}
		b.WriteString(a.Describe() + "\n")
		if a.Broken {
			break
		}
	}
	_, how := c.End()
	return b.String() + how + "\n"
}

// logs gives the lines of both logs that belong to requests.
func logs(s *stage.Server, access int) string {
	var b strings.Builder
	lines := s.AwaitAccess(access)
	for _, line := range s.Errors() {
		if strings.HasPrefix(line, "info: client closed connection") || strings.HasPrefix(line, "info: client 127.0.0.1 closed") {
			continue
		}
		b.WriteString(line + "\n")
	}
	for _, line := range lines {
		b.WriteString("access: " + line + "\n")
	}
	return b.String()
}

// said is a case in which one connection says something, and both logs are looked at.
func said(name, more string, access int, text ...string) stage.Case {
	return stage.Case{
		Name: name, HTTP: strings.Replace(front, "MORE", more, 1), Backends: []func(*stage.Peer){count},
		Play: func(t *testing.T, s *stage.Server) string {
			c := s.Dial(t)
			for _, part := range text {
				c.Send(part)
			}
			out := answers(c)
			return out + logs(s, access)
		},
	}
}

func TestClientsAreServedAsByNginx(t *testing.T) {
	const expect = "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"
	cases := []stage.Case{
		said("pipelined", "", 4, plain("/a")+plain("/b")+plain("/c")+lastRequest),
		said("pipelined behind bodies nobody reads", "", 4, sized("/a", 10)+sized("/b", 3000)+sized("/c", 70000)+lastRequest),
		said("pipelined behind chunked bodies nobody reads", "", 4, chunked("/a", 10)+chunked("/b", 1, 2000, 30)+chunked("/c", 5000, 60000)+lastRequest),
		said("pipelined behind bodies passed on", "", 5, sized("/p/a", 10)+sized("/p/b", 3000)+chunked("/p/c", 10, 200)+chunked("/p/d", 5000, 60000)+lastRequest),
		said("pipelined behind a body passed on as it comes", "proxy_request_buffering off;", 4, sized("/p/a", 10)+sized("/p/b", 3000)+chunked("/p/c", 10, 200)+lastRequest),
		said("HTTP/1.0", "", 1, "GET /a HTTP/1.0\r\n\r\n"),
		said("HTTP/1.0 keep-alive", "", 2, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"+lastRequest),
		said("HTTP/0.9", "", 1, "GET /a\r\n"),
		said("HTTP/0.9 passed on", "", 1, "GET /p/a\r\n"),
		said("Expect, passed on", "", 1, "POST /p/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"+expect, "body"),
		said("Expect, nobody reads the body", "", 1, "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"+expect, "body"),
		said("Expect of HTTP/1.0", "", 1, "POST /p/a HTTP/1.0\r\nHost: a\r\n"+expect, "body"),
		said("Expect, too large", "", 1, "POST /small/a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n"),
		said("keepalive_requests", "keepalive_requests 3;", 3, plain("/a")+plain("/b")+plain("/c")+plain("/d")),
		said("keepalive_timeout 0", "keepalive_timeout 0;", 1, plain("/a")),
		said("keepalive_timeout passes", "keepalive_timeout 300ms;", 1, plain("/a")),
		said("keepalive_disable", "keepalive_disable msie6 safari;", 1, "GET /a HTTP/1.1\r\nHost: a\r\nUser-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X) Safari/525\r\n\r\n"),
		said("nothing comes", "client_header_timeout 100ms;", 0),
		said("half a request line comes", "client_header_timeout 300ms;", 1, "GET /a HT"),
		said("half a head comes", "client_header_timeout 300ms;", 1, "GET /a HTTP/1.1\r\nHost: a\r\n"),
		said("half a head comes on a kept connection", "client_header_timeout 300ms;", 2, plain("/x")+"GET /a HTTP/1.1\r\nHost: a\r\n"),
		said("half a body comes", "client_body_timeout 300ms;", 1, "POST /p/a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nbody"),
		said("half a chunked body comes", "client_body_timeout 300ms;", 1, "POST /p/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nbody"),
		said("half a body comes, nobody reads it", "", 1, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nbody"),
		said("half a head comes, reset_timedout_connection", "client_header_timeout 300ms; reset_timedout_connection on;", 1, "GET /a HTTP/1.1\r\nHost: a\r\n"),
		said("half a body comes, reset_timedout_connection", "client_body_timeout 300ms; reset_timedout_connection on;", 1, "POST /p/a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nbody"),
		said("return 444", "", 1, plain("/close")),
		said("return 444, reset_timedout_connection", "reset_timedout_connection on;", 1, plain("/close")),
		said("a body too large", "", 1, sized("/small/a", 11)),
		said("a body as large as may be", "", 2, sized("/small/a", 10)+lastRequest),
		said("a chunked body too large", "", 1, chunked("/small/a", 5, 6)),
		said("a chunked body as large as may be", "", 2, chunked("/small/a", 5, 5)+lastRequest),
		said("client_max_body_size 0", "", 2, sized("/none/a", 200000)+lastRequest),
		said("a large body that nobody wants", "", 1, sized("/small/a", 500000)),
		said("lingering_close off", "lingering_close off;", 1, plain("/a")[:len(plain("/a"))-2]+"Connection: close\r\n\r\n"),
		said("lingering_close always", "lingering_close always;", 1, lastRequest),
	}
	for _, n := range []int{1023, 1024, 1025, 1279, 1280, 1281, 5000} {
		cases = append(cases, said(fmt.Sprintf("a body of %d bytes", n), "", 2, sized("/p/a", n)+lastRequest))
	}
	stage.PlayAll(t, "testdata/clients.txt", fold(cases))
}

// fold takes what differs from server to server out of the transcripts.
func fold(cases []stage.Case) []stage.Case {
	for i := range cases {
		play := cases[i].Play
		cases[i].Play = func(t *testing.T, s *stage.Server) string {
			text := play(t, s)
			for _, dir := range []string{"DIR/body/"} {
				for {
					at := strings.Index(text, dir+"0")
					if at < 0 {
						break
					}
					text = text[:at+len(dir)] + "FILE" + text[at+len(dir)+10:]
				}
			}
			return text
		}
	}
	return cases
}

// TestHeaderBufferLimitsAreNginxs asks with lines around every limit.
func TestHeaderBufferLimitsAreNginxs(t *testing.T) {
	limits := []int{100, 126, 127, 128, 129, 130, 300, 510, 511, 512, 513, 514, 600}
	const conf = `server { listen LISTEN; client_header_buffer_size 128; large_client_header_buffers 2 512; lingering_close off; location / { return 200 ok; } }`
	line := func(n int) string { // a request line of n bytes, CR LF included
		const around = len("GET / HTTP/1.1\r\n")
		return "GET /" + strings.Repeat("a", n-around) + " HTTP/1.1\r\n"
	}
	field := func(n int) string { return "X: " + strings.Repeat("b", n-len("X: \r\n")) + "\r\n" }
	const host, end = "Host: a\r\n", "Connection: close\r\n\r\n"
	asked := map[string]func(n int) string{
		"request line":                 func(n int) string { return line(n) + host + end },
		"header line":                  func(n int) string { return line(20) + host + field(n) + end },
		"header line, large buffer":    func(n int) string { return line(140) + host + field(n) + end },
		"two header lines":             func(n int) string { return line(20) + host + field(n) + field(n) + end },
		"three header lines":           func(n int) string { return line(20) + host + field(n) + field(n) + field(n) + end },
		"head":                         func(n int) string { return line(20) + host + field(n-20-len(host)-len(end)) + end },
		"request line and header line": func(n int) string { return line(n) + host + field(n) + end },
		"request line without its end": func(n int) string { return line(n)[:n-2] },
		"header line without its end":  func(n int) string { return line(20) + host + field(n)[:n-2] },
	}
	var cases []stage.Case
	for what, ask := range asked {
		cases = append(cases, stage.Case{Name: what, HTTP: conf, Play: func(t *testing.T, s *stage.Server) string {
			var b strings.Builder
			for _, n := range limits {
				for _, bytewise := range []bool{false, true} {
					c := s.Dial(t)
					if bytewise {
						for _, r := range ask(n) {
							c.Send(string(r))
						}
					} else {
						c.Send(ask(n))
					}
					c.CloseWrite()
					fmt.Fprintf(&b, "%d: %s\n", n, c.Answer().Line)
				}
			}
			for _, line := range s.Errors() {
				if strings.HasPrefix(line, "info: client sent") {
					line, _, _ = strings.Cut(line, ", client: ")
					line, _, _ = strings.Cut(line, " \"") // what of the line is shown is what lay in nginx's buffer
					b.WriteString(line + "\n")
				}
			}
			return b.String()
		}})
	}
	stage.PlayAll(t, "testdata/headerlimits.txt", cases)
}

// TestIdleConnectionsEndWhenTheSiteDrains: nothing holds a connection between requests when the configuration goes.
func TestIdleConnectionsEndWhenTheSiteDrains(t *testing.T) {
	stage.Ours(t, "server { listen LISTEN; location / { return 200 $request_length; } }", func(t *testing.T, s *stage.Server) {
		full := "GET / HTTP/1.1\r\nHost: a\r\nX: " // a request that fills the buffer it is read into
		full += strings.Repeat("x", 1024-len(full)-4) + "\r\n\r\n"
		kept := s.Dial(t)
		if a := kept.Ask(plain("/")); a.Line != "HTTP/1.1 200 OK" {
			t.Error(a.Describe())
		}
		exact := s.Dial(t)
		if a := exact.Ask(full); a.Body != "1024" {
			t.Error(a.Describe())
		}
		half := s.Dial(t).Send("GET / HT")
		drained := make(chan struct{})
		s.Site.Drain(func() { close(drained) })
		for name, c := range map[string]*stage.Client{"kept": kept, "exact": exact} {
			if rest, how := c.End(); rest != "" || how != "closed" {
				t.Errorf("%s: %q, %s", name, rest, how)
			}
		}
		if a := half.Ask("TP/1.1\r\nHost: a\r\n\r\n"); a.Line != "HTTP/1.1 200 OK" || a.Get("Connection") != "close" {
			t.Error(a.Describe())
		}
		<-drained
	})
}

// TestHalfClosedClientsSeeTheAnswer: what is left unread must not turn the answer into a reset.
func TestHalfClosedClientsSeeTheAnswer(t *testing.T) {
	stage.Each(t, "server { listen LISTEN; client_max_body_size 1k; location / { return 200 ok; } }", func(t *testing.T, s *stage.Server) {
		for range 20 {
			c := s.Dial(t)
			go func() {
				_, _ = io.WriteString(c, sized("/", 300000)) // it may be cut short
				_ = c.CloseWrite()
			}()
			if a := c.Answer(); a.Status() != "413" || a.Broken {
				t.Fatal(a.Describe())
			}
			if _, how := c.End(); how != "closed" {
				t.Fatal(how)
			}
		}
	})
}

// TestAnswersOfADrainingServerSayClose although the connection was to be kept when their request came.
func TestAnswersOfADrainingServerSayClose(t *testing.T) {
	const http = "limit_req_zone $server_addr zone=one:1m rate=5r/s; server { listen LISTEN; limit_req zone=one burst=5; root DIR; }"
	stage.Ours(t, http, func(t *testing.T, s *stage.Server) {
		c := s.Dial(t).Send(plain("/error.log") + plain("/error.log"))
		if a := c.Answer(); a.Get("Connection") != "keep-alive" {
			t.Error(a.Describe())
		}
		drained := make(chan bool)
		s.Site.Drain(func() { close(drained) })
		if a := c.Answer(); a.Status() != "200" || a.Get("Connection") != "close" {
			t.Error(a.Describe())
		}
		if rest, how := c.End(); rest != "" || how != "closed" {
			t.Error(rest, how)
		}
		<-drained
	})
}

// TestRatesBeyondAllMeasure neither stall an answer nor overflow.
func TestRatesBeyondAllMeasure(t *testing.T) {
	const http = `server { listen LISTEN; root DIR; limit_rate 4611686018427387904;
	location /after/ { limit_rate_after 9223372036854775807; return 200 "whole"; }
	location /set/ { set $limit_rate 9223372036854775807; return 200 "whole"; }
	location /read/ { proxy_limit_rate 9223372036854775807; proxy_pass http://LISTEN/; }
	location / { return 200 "whole"; } }`
	stage.Ours(t, http, func(t *testing.T, s *stage.Server) {
		c := s.Dial(t)
		for _, path := range []string{"/", "/after/", "/set/", "/read/"} {
			if a := c.Ask(plain(path)); a.Body != "whole" {
				t.Error(path, a.Describe())
			}
		}
	})
}
