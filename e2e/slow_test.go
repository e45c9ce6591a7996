//go:build e2e

package e2e

// Clients that are slow on purpose.

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/internal/rig"
)

// slowClients is how many there are at once; half of them never come to the end of a head, half not to that of a body.
const slowClients = 10000

// slowBound is what each may cost the server, bytes of resident memory. Measured: 15 KB (nginx 1.22.1: 12 KB); the rest is room for
// what the garbage collector leaves lying.
const slowBound = 32 << 10

const slowConf = `worker_processes 1;
events { worker_connections 19000; }
http {
    access_log off;
    client_header_timeout HEAD;
    client_body_timeout BODY;
    server {
        listen 127.0.0.1:%%PORT%% backlog=4096;
        location / { return 200 "prompt"; }
        location /body { proxy_pass http://127.0.0.1:%%BACKEND%%; }
    }
}
`

// slowServer starts the program with the two timeouts.
func slowServer(t *testing.T, head, body string) (*rig.Server, string) {
	t.Helper()
	ports, err := rig.FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	conf := strings.NewReplacer("%%PORT%%", fmt.Sprint(ports[0]), "%%BACKEND%%", fmt.Sprint(ports[1]), "HEAD", head, "BODY", body).Replace(slowConf)
	return start(t, conf, " worker_rlimit_nofile 20000;"), fmt.Sprintf("127.0.0.1:%d", ports[0])
}

const (
	halfAHead = "GET / HTTP/1.1\r\nHost: a\r\nX: "
	halfABody = "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx"
)

// TestTenThousandSlowClients trickle heads and bodies: the server's memory is bounded and does not grow with what trickles, and others
// are served meanwhile.
func TestTenThousandSlowClients(t *testing.T) {
	server, address := slowServer(t, "300s", "300s")
	before, err := server.RSS()
	if err != nil {
		t.Fatal(err)
	}
	conns := make([]net.Conn, slowClients)
	t.Cleanup(func() {
		for _, c := range conns {
			if c != nil {
				_ = c.Close() // tested already
			}
		}
	})
	eachOf(t, slowClients, 16, func(i int) (err error) {
		if conns[i], err = net.Dial("tcp", address); err != nil {
			return err
		}
		_, err = io.WriteString(conns[i], [2]string{halfAHead, halfABody}[i%2])
		return err
	})
	over := make(chan struct{})
	var group sync.WaitGroup
	var slowest time.Duration
	served := 0
	group.Go(func() { // somebody else, on connections of his own
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
		for {
			select {
			case <-over:
				return
			default:
			}
			began := time.Now()
			if body, err := get(client, "http://"+address+"/"); err != nil || body != "prompt" {
				t.Errorf("%q, %v", body, err)
				return
			}
			slowest = max(slowest, time.Since(began))
			served++
		}
	})
	var sizes []int64
	for range 5 {
		eachOf(t, slowClients, 8, func(i int) error {
			_, err := io.WriteString(conns[i], "y")
			return err
		})
		rss, err := server.RSS()
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, (rss-before)/slowClients)
	}
	close(over)
	group.Wait()
	t.Logf("bytes for each slow client, after each byte they sent: %d; %d others served, the slowest in %v", sizes, served, slowest)
	for _, size := range sizes {
		if size > slowBound {
			t.Errorf("%d bytes for each slow client", size)
		}
	}
	if last := sizes[len(sizes)-1]; last > sizes[1]*5/4 {
		t.Errorf("memory grows with what trickles: %d", sizes)
	}
	if served == 0 || slowest > 5*time.Second {
		t.Errorf("%d others served, the slowest in %v", served, slowest)
	}
}

// TestTimeoutsHoldWhileBytesTrickle: client_header_timeout is for the whole head, client_body_timeout for the time between two reads.
func TestTimeoutsHoldWhileBytesTrickle(t *testing.T) {
	server, address := slowServer(t, "2s", "2s")
	trickle := func(first string, beats int) (status string, lived time.Duration) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		began := time.Now()
		over := make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() {
			_, err := io.WriteString(c, first)
			for n := 0; err == nil && n < beats; n++ {
				select {
				case <-over:
					return
				case <-time.After(500 * time.Millisecond):
					_, err = io.WriteString(c, "y")
				}
			}
		})
		line, err := bufio.NewReader(c).ReadString('\n')
		lived = time.Since(began)
		close(over)
		group.Wait()
		if err != nil && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
			t.Error(err)
		}
		return line, lived
	}
	var group sync.WaitGroup
	group.Go(func() {
		if line, lived := trickle(halfAHead, 1000); line != "" || lived < 1900*time.Millisecond || lived > 10*time.Second {
			t.Errorf("a head that trickles: %q after %v", line, lived)
		}
	})
	group.Go(func() { // eight beats of half a second, and then nothing
		if line, lived := trickle(halfABody, 8); line != "" || lived < 5900*time.Millisecond || lived > 15*time.Second {
			t.Errorf("a body that trickles and stops: %q after %v", line, lived)
		}
	})
	group.Wait()
	if log := server.ErrorLog(); strings.Contains(log, "[alert]") {
		t.Error(log)
	}
}
