package stream_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"

	"understudy/internal/stage"
)

// What nginx 1.22.1 does not know yet, or cannot be looked into.

func TestHeaderOfVersion2HasAChecksum(t *testing.T) {
	got := make(chan []byte, 2)
	back := stage.NewBackend(t, func(p *stage.Peer) {
		head := make([]byte, 35)
		_, _ = io.ReadFull(p.In, head)
		got <- head
	})
	stage.OursStream(t, with(`
server { listen LISTEN proxy_protocol; set_real_ip_from 127.0.0.1; proxy_pass PEER; proxy_protocol v2; }
`, map[string]string{"PEER": back.Addr}), func(t *testing.T, s *stage.Server) {
		s.Dial(t).Send("PROXY TCP4 192.0.2.1 198.51.100.2 1234 80\r\n").End()
		head := <-got
		if want := "0d0a0d0a000d0a515549540a2111" + "0013" + "c0000201" + "7f000001" + "04d2"; !strings.HasPrefix(hex.EncodeToString(head), want) {
			t.Errorf("%x, want %s…", head, want)
		}
		if !bytes.Equal(head[28:31], []byte{3, 0, 4}) || bytes.Equal(head[31:], make([]byte, 4)) {
			t.Errorf("no checksum in %x", head)
		}
	})
}

func TestPassedConnectionIsAcceptedElsewhere(t *testing.T) {
	stage.OursStream(t, `
server { listen LISTEN; pass unix:DIR/next.sock; }
server { listen unix:DIR/next.sock; return "here $remote_addr"; }
`, func(t *testing.T, s *stage.Server) {
		if rest, _ := s.Dial(t).End(); rest != "here 127.0.0.1" {
			t.Errorf("%q", rest)
		}
	})
}

func TestConnectionIsNotPassedOnForEver(t *testing.T) {
	stage.OursStream(t, `server { listen LISTEN; pass LISTEN; access_log DIR/access.log plain; }`, func(t *testing.T, s *stage.Server) {
		if rest, _ := s.Dial(t).End(); rest != "" {
			t.Errorf("%q", rest)
		}
		if got := s.AwaitAccess(1); len(got) != 1 || got[0] != "500 0 0" {
			t.Errorf("access log %q", got)
		}
		has(t, s, map[string]string{s.Addr: "HERE"}, "error: stream pass cycle while passing connection to port, client: 127.0.0.1, server: HERE\n")
	})
}

func TestRateHoldsASessionBack(t *testing.T) {
	const size = 300_000
	back := stage.NewBackend(t, func(p *stage.Peer) { p.Send(strings.Repeat("x", size)) })
	stage.OursStream(t, with(`
map $remote_addr $rate { default 400000; }
server { listen LISTEN; proxy_pass PEER; proxy_download_rate $rate; }`, map[string]string{"PEER": back.Addr}), func(t *testing.T, s *stage.Server) {
		from := time.Now()
		if rest, _ := s.Dial(t).End(); len(rest) != size {
			t.Errorf("%d bytes", len(rest))
		}
		// Behind every read comes a pause: all but the last one have taken their time.
		if took, least := time.Since(from), (size-72<<10)*time.Second/400_000; took < least {
			t.Errorf("took %v, should be %v or more", took, least)
		}
	})
}

// At the end of worker_shutdown_timeout tunnels end, and so do sessions that are still on their way to a peer.
func TestAbortEndsSessions(t *testing.T) {
	back, full := stage.NewBackend(t, echo), stage.Full(t)
	for name, c := range map[string]struct{ conf, log string }{
		"tunnel":     {"proxy_pass PEER;", `info: shutdown timeout while proxying connection, client: 127.0.0.1, server: HERE, upstream: "PEER", bytes from/to client:1/1, bytes from/to upstream:1/1` + "\n"},
		"connecting": {"proxy_pass FULL;", `info: shutdown timeout while connecting to upstream, client: 127.0.0.1, server: HERE, upstream: "FULL", bytes from/to client:0/0, bytes from/to upstream:0/0` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			stage.OursStream(t, with(`server { listen LISTEN; `+c.conf+` }`, map[string]string{"PEER": back.Addr, "FULL": full}), func(t *testing.T, s *stage.Server) {
				client := s.Dial(t).Send("x")
				if name == "tunnel" {
					client.Take(1)
				} else {
					s.AwaitErrors(1)
				}
				done := make(chan struct{})
				s.Stream.Drain(func() { close(done) })
				select {
				case <-done:
					t.Fatal("drained with a session open")
				default:
				}
				s.Stream.Abort()
				<-done
				client.End()
				has(t, s, map[string]string{s.Addr: "HERE", back.Addr: "PEER", full: "FULL"}, c.log)
			})
		})
	}
}
