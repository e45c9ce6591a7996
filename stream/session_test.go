package stream_test

import (
	"io"
	"net"
	"regexp"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// echo sends back what comes, until the other side has had enough.
func echo(p *stage.Peer) { _, _ = io.Copy(p, p.In) }

// ports are those that the system chose.
var ports = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// lines are those of the error log, with names in place of addresses.
func lines(s *stage.Server, names map[string]string) string {
	text := strings.Join(s.Errors(), "\n")
	for addr, name := range names {
		text = strings.ReplaceAll(text, addr, name)
	}
	return ports.ReplaceAllString(text, "ANY") + "\n"
}

// has fails the test unless the error log has these lines, in this order, among others.
func has(t *testing.T, s *stage.Server, names map[string]string, want string) {
	t.Helper()
	got := lines(s, names)
	rest := got
	for line := range strings.Lines(want) {
		i := strings.Index(rest, line)
		if i < 0 {
			t.Fatalf("the log\n%slacks, in this order,\n%s", got, line)
		}
		rest = rest[i+len(line):]
	}
}

// The backends that a configuration names.
func with(conf string, peers map[string]string) string {
	for name, addr := range peers {
		conf = strings.ReplaceAll(conf, name, addr)
	}
	return conf
}

func TestSessionIsLoggedAsByNginx(t *testing.T) {
	back := stage.NewBackend(t, echo)
	stage.EachStream(t, with(`
server { listen LISTEN; proxy_pass PEER; access_log DIR/access.log upstream; access_log DIR/access.log plain; }
`, map[string]string{"PEER": back.Addr}), func(t *testing.T, s *stage.Server) {
		before := len(s.Errors())
		c := s.Dial(t).Send("hello")
		if got, _ := c.Take(5); got != "hello" {
			t.Fatalf("%q", got)
		}
		c.Close()
		access := s.AwaitAccess(2)
		s.AwaitErrors(before + 3)
		if access[len(access)-1] != "200 5 5" || access[len(access)-2] != "200 "+back.Addr+" 5 5" {
			t.Errorf("access log %q", access)
		}
		has(t, s, map[string]string{s.Addr: "HERE", back.Addr: "PEER"}, `info: client ANY connected to HERE
info: proxy ANY connected to PEER
info: client disconnected, bytes from/to client:5/5, bytes from/to upstream:5/5
`)
	})
}

func TestUpstreamThatEndsFirstIsSaidToHaveDone(t *testing.T) {
	back := stage.NewBackend(t, func(p *stage.Peer) { p.Send("bye") })
	stage.EachStream(t, with(`server { listen LISTEN; proxy_pass PEER; }`, map[string]string{"PEER": back.Addr}), func(t *testing.T, s *stage.Server) {
		before := len(s.Errors())
		if rest, _ := s.Dial(t).End(); rest != "bye" {
			t.Errorf("%q", rest)
		}
		s.AwaitErrors(before + 3)
		has(t, s, nil, "info: upstream disconnected, bytes from/to client:0/3, bytes from/to upstream:3/0\n")
	})
}

func TestNextPeerIsAskedWhenOneRefuses(t *testing.T) {
	dead, back := stage.Refusing(t), stage.NewBackend(t, func(p *stage.Peer) { p.Send("alive") })
	stage.EachStream(t, with(`
upstream u { server DEAD; server PEER backup; }
server { listen LISTEN; proxy_pass u; access_log DIR/access.log upstream; }
`, map[string]string{"PEER": back.Addr, "DEAD": dead}), func(t *testing.T, s *stage.Server) {
		mark := len(s.Access())
		c := s.Dial(t)
		if rest, _ := c.End(); rest != "alive" {
			t.Errorf("%q", rest)
		}
		if got := s.AwaitAccess(mark + 1)[0]; got != "200 "+dead+", "+back.Addr+" 0, 0 0, 5" {
			t.Errorf("access log %q", got)
		}
		has(t, s, map[string]string{s.Addr: "HERE", back.Addr: "PEER", dead: "DEAD"},
			`error: connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: HERE, upstream: "DEAD", bytes from/to client:0/0, bytes from/to upstream:0/0
warn: upstream server temporarily disabled while connecting to upstream, client: 127.0.0.1, server: HERE, upstream: "DEAD", bytes from/to client:0/0, bytes from/to upstream:0/0
info: proxy ANY connected to PEER
`)
	})
}

func TestSessionWithoutPeersEnds(t *testing.T) {
	dead := stage.Refusing(t)
	for name, c := range map[string]struct{ conf, access, log string }{
		"refused": {`proxy_pass DEAD;`, "502 0 0", `error: connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: HERE, upstream: "DEAD", bytes from/to client:0/0, bytes from/to upstream:0/0
`},
		"all down": {`proxy_pass down;`, "502 0 0", `error: no live upstreams while connecting to upstream, client: 127.0.0.1, server: HERE, upstream: "down", bytes from/to client:0/0, bytes from/to upstream:0/0
`},
		"no next": {`proxy_pass two; proxy_next_upstream off;`, "502 0 0", `error: connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: HERE, upstream: "DEAD", bytes from/to client:0/0, bytes from/to upstream:0/0
`},
		"no port": {`set $to 127.0.0.1; proxy_pass $to;`, "500 0 0", `error: no port in upstream "127.0.0.1", client: 127.0.0.1, server: HERE, bytes from/to client:0/0, bytes from/to upstream:0/0
`},
		"no resolver": {`set $to nowhere.invalid:1; proxy_pass $to;`, "500 0 0", `error: no resolver defined to resolve nowhere.invalid, client: 127.0.0.1, server: HERE, bytes from/to client:0/0, bytes from/to upstream:0/0
`},
		"unix": {`proxy_pass unix:DIR/none.sock;`, "502 0 0", `crit: connect() to unix:DIR/none.sock failed (2: No such file or directory) while connecting to upstream, client: 127.0.0.1, server: HERE, upstream: "unix:DIR/none.sock", bytes from/to client:0/0, bytes from/to upstream:0/0
`},
		"denied": {`allow 10.0.0.0/8; deny all; return no;`, "403 0 0", `error: access forbidden by rule while initializing session, client: 127.0.0.1, server: HERE
`},
	} {
		t.Run(name, func(t *testing.T) {
			stage.EachStream(t, with(`
upstream down { server DEAD down; server DEAD down; }
upstream two { server DEAD; server DEAD; }
access_log DIR/access.log plain;
server { listen LISTEN; `+c.conf+` }
`, map[string]string{"DEAD": dead}), func(t *testing.T, s *stage.Server) {
				if rest, _ := s.Dial(t).End(); rest != "" {
					t.Errorf("%q", rest)
				}
				access := s.AwaitAccess(1)
				if got := access[len(access)-1]; got != c.access {
					t.Errorf("access log %q", got)
				}
				has(t, s, map[string]string{s.Addr: "HERE", dead: "DEAD"}, c.log)
			})
		})
	}
}

func TestSilentSessionTimesOut(t *testing.T) {
	back := stage.NewBackend(t, echo)
	stage.EachStream(t, with(`server { listen LISTEN; proxy_pass PEER; proxy_timeout 300ms; }`, map[string]string{"PEER": back.Addr}), func(t *testing.T, s *stage.Server) {
		c := s.Dial(t).Send("x")
		if rest, _ := c.End(); rest != "x" {
			t.Errorf("%q", rest)
		}
		s.AwaitErrors(3)
		has(t, s, map[string]string{s.Addr: "HERE", back.Addr: "PEER"}, `info: connection timed out (110: Connection timed out) while proxying connection, client: 127.0.0.1, server: HERE, upstream: "PEER", bytes from/to client:1/1, bytes from/to upstream:1/1
`)
	})
}

func TestConnectingTimesOut(t *testing.T) {
	full := stage.Full(t)
	stage.EachStream(t, with(`server { listen LISTEN; proxy_pass FULL; proxy_connect_timeout 100ms; }`, map[string]string{"FULL": full}), func(t *testing.T, s *stage.Server) {
		s.Dial(t).End()
		s.AwaitErrors(2)
		has(t, s, map[string]string{s.Addr: "HERE", full: "FULL"}, `error: upstream timed out (110: Connection timed out) while connecting to upstream, client: 127.0.0.1, server: HERE, upstream: "FULL", bytes from/to client:0/0, bytes from/to upstream:0/0
`)
	})
}

func TestHalfCloseIsPassedOnWhereAskedFor(t *testing.T) {
	back := stage.NewBackend(t, func(p *stage.Peer) {
		all, _ := io.ReadAll(p.In)
		p.Send(strings.ToUpper(string(all)))
	})
	stage.EachStream(t, with(`server { listen LISTEN; proxy_pass PEER; proxy_half_close on; }`, map[string]string{"PEER": back.Addr}), func(t *testing.T, s *stage.Server) {
		c := s.Dial(t).Send("question")
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if rest, _ := c.End(); rest != "QUESTION" {
			t.Errorf("%q", rest)
		}
		s.AwaitErrors(3)
		has(t, s, nil, "info: upstream disconnected, bytes from/to client:8/8, bytes from/to upstream:8/8\n")
	})
}

func TestClientOfAProxyIsKnownByItsHeader(t *testing.T) {
	for name, c := range map[string]struct{ send, want, status, log string }{
		"version 1": {"PROXY TCP4 192.0.2.1 198.51.100.2 1234 80\r\nrest", "192.0.2.1 1234 127.0.0.1 192.0.2.1:1234>198.51.100.2:80", "200", ""},
		"unknown":   {"PROXY UNKNOWN\r\n", "127.0.0.1 CLIENT 127.0.0.1 :>:", "200", ""},
		"broken":    {"GET / HTTP/1.0", "", "400", `error: broken header: "GET / HTTP/1.0" while reading PROXY protocol, client: 127.0.0.1, server: HERE` + "\n"},
		"version 2": {"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x02\x04\xd2\x00\x50", "192.0.2.1 1234 127.0.0.1 192.0.2.1:1234>198.51.100.2:80", "200", ""},
		"too short": {"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\xff\xc0", "", "400", `error: header is too large while reading PROXY protocol, client: 127.0.0.1, server: HERE` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			stage.EachStream(t, `
set_real_ip_from 127.0.0.0/8;
access_log DIR/access.log plain;
server {
	listen LISTEN proxy_protocol;
	return "$remote_addr $remote_port $realip_remote_addr $proxy_protocol_addr:$proxy_protocol_port>$proxy_protocol_server_addr:$proxy_protocol_server_port";
}`, func(t *testing.T, s *stage.Server) {
				mark := len(s.Access())
				conn := s.Dial(t).Send(c.send)
				_, port, _ := net.SplitHostPort(conn.LocalAddr().String())
				rest, _ := conn.End()
				if rest != strings.Replace(c.want, "CLIENT", port, 1) {
					t.Errorf("%q", rest)
				}
				access := s.AwaitAccess(mark + 1)
				if got := access[len(access)-1]; !strings.HasPrefix(got, c.status+" ") {
					t.Errorf("access log %q", got)
				}
				has(t, s, map[string]string{s.Addr: "HERE"}, c.log)
			})
		})
	}
}

func TestHeaderGoesAheadOfWhatTheClientSends(t *testing.T) {
	back := stage.NewBackend(t, func(p *stage.Peer) {
		line, _ := p.In.ReadString('\n')
		p.Send(line)
		echo(p)
	})
	stage.EachStream(t, with(`server { listen LISTEN; proxy_pass PEER; proxy_protocol on; }`, map[string]string{"PEER": back.Addr}), func(t *testing.T, s *stage.Server) {
		c := s.Dial(t).Send("hello")
		from, to := c.LocalAddr().(*net.TCPAddr), c.RemoteAddr().(*net.TCPAddr)
		want := "PROXY TCP4 127.0.0.1 127.0.0.1 " + port(from) + " " + port(to) + "\r\nhello"
		if got, _ := c.Take(len(want)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func port(a *net.TCPAddr) string {
	_, p, _ := net.SplitHostPort(a.String())
	return p
}

func TestLimitCountsSessionsUntilTheyEnd(t *testing.T) {
	back := stage.NewBackend(t, echo)
	stage.EachStream(t, with(`
limit_conn_zone $binary_remote_addr zone=z:1m;
log_format status '$limit_conn_status $status';
server { listen LISTEN; limit_conn z 1; proxy_pass PEER; access_log DIR/access.log status; }
`, map[string]string{"PEER": back.Addr}), func(t *testing.T, s *stage.Server) {
		hold := func() *stage.Client {
			for {
				c := s.Dial(t).Send("x")
				if got, ok := c.Take(1); ok && got == "x" {
					return c
				}
			}
		}
		first := hold()
		if rest, _ := s.Dial(t).Send("x").End(); rest != "" {
			t.Errorf("a second session got %q", rest)
		}
		has(t, s, map[string]string{s.Addr: "HERE"}, `error: limiting connections by zone "z" while initializing session, client: 127.0.0.1, server: HERE
`)
		if access := strings.Join(s.Access(), "\n"); !strings.Contains(access, "REJECTED 503") {
			t.Errorf("access log %q", access)
		}
		first.Close()
		hold().Close() // which ends only when there is room again
	})
}

func TestVariablesOfASession(t *testing.T) {
	stage.EachStream(t, `
map $remote_addr $mapped { 127.0.0.1 local; default far; }
geo $where { 127.0.0.0/8 home; default away; }
split_clients $remote_addr $half { 100% all; }
server {
	listen LISTEN;
	set $a $mapped-$where;
	return "$a $half $server_addr:$server_port $protocol $status $bytes_sent $bytes_received $upstream_addr.";
}`, func(t *testing.T, s *stage.Server) {
		rest, _ := s.Dial(t).End()
		if want := "local-home all " + s.Addr + " TCP 000 0 0 ."; rest != want {
			t.Errorf("%q, want %q", rest, want)
		}
	})
}
