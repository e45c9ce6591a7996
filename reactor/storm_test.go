package reactor_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"understudy/reactor"
)

// TestStorm has many clients go through tunnels on several loops at once, each ending in its own rude way, with the
// reactor closed while some are at it. Nothing may be left, and whoever waits for an answer gets the right one.
func TestStorm(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		o.Loops = 2
		r := start(t, o)
		back := listen(t, r, acceptTask(echo))
		ln := listen(t, r, joinTo(back, reactor.TunnelOptions{Timeout: time.Minute}))
		const clients, rounds = 40, 15
		var wg sync.WaitGroup
		for i := range clients {
			rnd := rand.New(rand.NewPCG(uint64(i), 7))
			wg.Go(func() {
				for range rounds {
					rude(t, rnd, ln)
				}
			})
		}
		wg.Wait()
		for range clients { // and these are still at it when the reactor closes
			c := dial(t, ln)
			go io.Copy(c, bytes.NewReader(make([]byte, 1<<20)))
		}
		r.Close()
	})
}

func rude(t *testing.T, rnd *rand.Rand, ln *reactor.Listener) {
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Error(err)
		return
	}
	defer nc.Close()
	c := nc.(*net.TCPConn)
	c.SetDeadline(time.Now().Add(patience))
	msg := make([]byte, 1+rnd.IntN(1<<uint(rnd.IntN(19))))
	for i := range msg {
		msg[i] = byte(rnd.Uint32())
	}
	switch rnd.IntN(4) {
	case 0: // gone at once
	case 1: // gone with an answer on its way
		c.Write(msg)
	case 2: // reset
		c.Write(msg)
		c.SetLinger(0)
	case 3: // well-behaved
		go c.Write(msg)
		got := make([]byte, len(msg))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, msg) {
			t.Errorf("%d bytes: %v", len(msg), err)
		}
	}
}
