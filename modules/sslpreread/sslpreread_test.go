package sslpreread_test

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// helloOf is what a TLS client sends first.
func helloOf(t *testing.T, c *tls.Config) string {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tls.Client(near, c).Handshake() // which the far end ends
	}()
	head := make([]byte, 5)
	if _, err := io.ReadFull(far, head); err != nil {
		t.Fatal(err)
	}
	rest := make([]byte, int(head[3])<<8+int(head[4]))
	if _, err := io.ReadFull(far, rest); err != nil {
		t.Fatal(err)
	}
	far.Close()
	<-done
	near.Close()
	return string(head) + string(rest)
}

func TestServerNameIsReadAndLeftThere(t *testing.T) {
	back := stage.NewBackend(t, func(p *stage.Peer) { _, _ = io.Copy(p, p.In) })
	hello := helloOf(t, &tls.Config{ServerName: "www.example.org", NextProtos: []string{"h2", "http/1.1"}})
	stage.EachStream(t, strings.ReplaceAll(`
map $ssl_preread_server_name $to { www.example.org PEER; }
log_format hello '$ssl_preread_server_name $ssl_preread_protocol $ssl_preread_alpn_protocols';
server { listen LISTEN; ssl_preread on; proxy_pass $to; access_log DIR/access.log hello; }
`, "PEER", back.Addr), func(t *testing.T, s *stage.Server) {
		c := s.Dial(t)
		for _, piece := range []string{hello[:3], hello[3:100], hello[100:], "more"} {
			c.Send(piece)
		}
		if got, _ := c.Take(len(hello) + 4); got != hello+"more" {
			t.Errorf("%q came back", got)
		}
		c.Close()
		if got := s.AwaitAccess(1)[0]; got != "www.example.org TLSv1.3 h2,http/1.1" {
			t.Errorf("access log %q", got)
		}
	})
}

func TestWhatIsNoHelloIsLetPass(t *testing.T) {
	old := helloOf(t, &tls.Config{ServerName: "a", MaxVersion: tls.VersionTLS12})
	for name, c := range map[string]struct{ send, want string }{
		"plain":      {"GET / HTTP/1.0\r\n", "[][][]"},
		"version":    {"\x16\x02\x01\x00\x05hello", "[][][]"},
		"SSLv2":      {"\x80\x2e\x01\x03\x01rest", "[][TLSv1][]"},
		"cut short":  {"\x16\x03\x01\x00\x08\x01\x00\x00\x04\x03\x03zz", "[][][]"},
		"TLS 1.2":    {old, "[a][TLSv1.3][]"}, // the extension is there, whatever it lists
		"no message": {"\x16\x03\x01\x00\x05\x02\x00\x00\x00z", "[][][]"},
	} {
		t.Run(name, func(t *testing.T) {
			stage.EachStream(t, `
server { listen LISTEN; ssl_preread on; return "[$ssl_preread_server_name][$ssl_preread_protocol][$ssl_preread_alpn_protocols]"; }
`, func(t *testing.T, s *stage.Server) {
				if got, _ := s.Dial(t).Send(c.send).Take(len(c.want)); got != c.want {
					t.Errorf("%q", got)
				}
			})
		})
	}
}

func TestPrereadingHasItsBounds(t *testing.T) {
	hello := helloOf(t, &tls.Config{ServerName: "a"})
	for name, c := range map[string]struct{ send, status, log string }{
		"buffer full": {hello[:100], "400 0 0", `error: preread buffer full while prereading client data, client: 127.0.0.1, server: HERE`},
		"too slow":    {hello[:50], "200 0 0", ""},
		"silent":      {"", "200 0 0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			stage.EachStream(t, `
server { listen LISTEN; ssl_preread on; preread_buffer_size 100; preread_timeout 300ms; return no; access_log DIR/access.log plain; }
`, func(t *testing.T, s *stage.Server) {
				if rest, _ := s.Dial(t).Send(c.send).End(); rest != "" {
					t.Errorf("%q", rest)
				}
				if got := s.AwaitAccess(1)[0]; got != c.status {
					t.Errorf("access log %q", got)
				}
				if log := strings.ReplaceAll(strings.Join(s.Errors(), "\n"), s.Addr, "HERE"); !strings.Contains(log, c.log) {
					t.Errorf("error log\n%s", log)
				}
			})
		})
	}
}

// nginx 1.22.1 has no server_name in stream.
func TestNameChoosesTheServer(t *testing.T) {
	stage.OursStream(t, `
ssl_preread on;
server { listen LISTEN; return "default"; }
server { listen LISTEN; server_name www.example.org *.example.com; return "$server_name"; }
server { listen LISTEN; server_name ~^(\w+)\.test$; return "regex $1"; }
`, func(t *testing.T, s *stage.Server) {
		for name, want := range map[string]string{"WWW.example.org": "www.example.org", "a.example.com": "www.example.org", "x.test": "regex x", "other": "default"} {
			want += "!"
			got, _ := s.Dial(t).Send(helloOf(t, &tls.Config{ServerName: name})).Take(len(want) - 1)
			if got+"!" != want {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}
