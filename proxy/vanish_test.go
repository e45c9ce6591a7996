package proxy_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestClientsThatVanishAreTreatedAsByNginx: what becomes of the upstream's connection, and of the logs.
func TestClientsThatVanishAreTreatedAsByNginx(t *testing.T) {
	saw := make(chan string, 1)
	stalls := func(p *peer) { // waits for the server to give up
		p.Request()
		saw <- "asked"
		saw <- "upstream: " + p.Gone()
	}
	waits := make(chan bool, 1)
	answers := func(p *peer) { // answers when the client has gone
		p.Request()
		saw <- "asked"
		<-waits
		p.Send(stage.OK("fine"))
		saw <- "upstream: " + p.Gone()
	}
	floods := func(p *peer) {
		p.Request()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
		piece := strings.Repeat("x", 1<<16)
		for range 100000000 >> 16 {
			if _, err := p.Write([]byte(piece)); err != nil {
				break
			}
		}
		saw <- "upstream: stopped"
	}
	play := func(how func(c *stage.Client)) func(t *testing.T, s *stage.Server) string {
		return func(t *testing.T, s *stage.Server) string {
			c := s.Dial(t).Send(get)
			if got := <-saw; got != "asked" {
				t.Fatal(got)
			}
			how(c)
			out := <-saw + "\n"
			return out + vanished(s)
		}
	}
	closes := func(c *stage.Client) { c.Close() }
	const log = "log_format v '$status $upstream_status'; server { listen LISTEN; server_name front; access_log DIR/access.log v; location / { proxy_pass http://B1; "
	midway := func(how func(c *stage.Client)) func(t *testing.T, s *stage.Server) string {
		return func(t *testing.T, s *stage.Server) string {
			c := s.Dial(t).Send(get)
			if a := c.Head(); a.Status() != "200" {
				t.Fatal(a.Describe())
			}
			c.Take(1000)
			how(c)
			out := <-saw + "\n"
			text := vanished(s)
			for _, call := range []string{"writev()", "send()", "sendfile()", "recv()"} { // which of them meets the end first is a matter of luck
				text = strings.ReplaceAll(text, call, "a call")
			}
			return out + strings.NewReplacer("104: Connection reset by peer", "gone", "32: Broken pipe", "gone").Replace(text)
		}
	}
	stage.PlayAll(t, "testdata/vanished.txt", []stage.Case{
		{Name: "closes before the answer", HTTP: log + "} }", Backends: scripts(stalls), Play: play(closes)},
		{Name: "resets before the answer", HTTP: log + "} }", Backends: scripts(stalls), Play: play((*stage.Client).Reset)},
		{Name: "half-closes before the answer", HTTP: log + "} }", Backends: scripts(stalls), Play: play(func(c *stage.Client) { c.CloseWrite() })},
		{Name: "closes, proxy_ignore_client_abort", HTTP: log + "proxy_ignore_client_abort on; } }", Backends: scripts(answers),
			Play: play(func(c *stage.Client) { c.Close(); waits <- true })},
		{Name: "does not read on", HTTP: log + "send_timeout 200ms; proxy_max_temp_file_size 0; } }", Backends: scripts(floods), Play: midway(func(*stage.Client) {})},
	})
}

// vanished gives what the logs say of one request, a line each. Of a client that has gone with its answer in hand nginx says
// that too, or not, as it turns out.
func vanished(s *stage.Server) string {
	errors := s.AwaitErrorsBut(1, "info: client closed connection")
	return strings.Join(errors, "\n") + "\naccess: " + strings.Join(s.AwaitAccess(1), "; ") + "\n"
}

// TestAClientThatLeavesWhileItsUpstreamIsDialled ends its exchange there and then.
func TestAClientThatLeavesWhileItsUpstreamIsDialled(t *testing.T) {
	http := `log_format v '$status $upstream_status $upstream_connect_time';
server { listen LISTEN; server_name front; access_log DIR/access.log v; proxy_connect_timeout 60s; location /here { return 200 here; } location / { proxy_pass http://` + stage.Full(t) + `; } }`
	for name, leave := range map[string]func(*stage.Client){"closes": func(c *stage.Client) { c.Close() }, "resets": (*stage.Client).Reset} {
		t.Run(name, func(t *testing.T) {
			stage.Each(t, http, func(t *testing.T, s *stage.Server) {
				c := s.Dial(t).Send(get)
				if a := s.Dial(t).Ask("GET /here HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"); a.Body != "here" { // the other is being dialled by now
					t.Fatal(a.Describe())
				}
				leave(c)
				if lines := s.AwaitAccess(2); lines[1] != "499 - -" {
					t.Errorf("%q", lines)
				}
				why := ""
				if name == "resets" {
					why = " (104: Connection reset by peer)"
				}
				want := "info: epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too" + why + " while connecting to upstream, client: 127.0.0.1, server: front, request: "
				if text := strings.Join(s.Errors(), "\n"); !strings.Contains(text, want) {
					t.Error(text)
				}
			})
		})
	}
}
