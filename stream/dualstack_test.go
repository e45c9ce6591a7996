package stream_test

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"understudy/internal/rig"
	"understudy/internal/stage"
)

// TestClientOfIPv4OnASocketOfIPv6: its address is in IPv6 clothes, and is what rules about IPv4 say it is.
func TestClientOfIPv4OnASocketOfIPv6(t *testing.T) {
	ports, err := rig.FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	back := stage.NewBackend(t, func(p *stage.Peer) {
		head := make([]byte, len("PROXY TCP6 ::ffff:127.0.0.1 "))
		if _, err := io.ReadFull(p, head); err == nil {
			p.Send(string(head))
		}
	})
	stage.EachStream(t, fmt.Sprintf(`
server { listen LISTEN; return ""; }
server { listen [::]:%d ipv6only=off; allow 127.0.0.0/8; deny all; return "$remote_addr $server_addr [$binary_remote_addr]"; }
server { listen [::]:%d ipv6only=off; proxy_pass %s; proxy_protocol on; }`, ports[0], ports[1], back.Addr), func(t *testing.T, _ *stage.Server) {
		for i, want := range []string{
			"::ffff:127.0.0.1 ::ffff:127.0.0.1 [\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x7f\x00\x00\x01]",
			"PROXY TCP6 ::ffff:127.0.0.1 ",
		} {
			c, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", ports[i]))
			if err != nil {
				t.Fatal(err)
			}
			_ = c.SetDeadline(time.Now().Add(stage.Patience))
			if got, err := io.ReadAll(c); string(got) != want {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
			c.Close()
		}
	})
}
