package main

// The rows about WebSocket tunnels: memory of idle ones, processor time of echoes.

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"understudy/internal/rig"
	"understudy/internal/websocket"
)

const (
	echoTunnels  = 64
	echoSize     = 64 // bytes of payload
	idleRounds   = 3  // a fresh start each; memory varies little
	tunnelLimit  = 10 * time.Second
	settlePeriod = 500 * time.Millisecond
)

// measureIdleTunnels opens tunnels, sends one message through each, and lets them be. Resident memory is taken before
// the first tunnel, when the program has answered one request, and after the last, when it no longer changes.
func measureIdleTunnels(s settings, b *backends, sides []side) ([]figures, error) {
	perTunnel := figures{row: "tunnel-idle", what: fmt.Sprintf("KB each, %d open", s.tunnels), format: "%.2f", goal: "B ≤ 2 KB"}
	total := figures{row: "tunnel-idle", what: "MB in all", format: "%.1f"}
	for range min(s.rounds, idleRounds) {
		for i, side := range sides {
			before, after, err := idleTunnels(side, b, s.tunnels)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", side.label, err)
			}
			pick(&perTunnel, i, float64(after-before)/1024/float64(s.tunnels))
			pick(&total, i, float64(after)/(1<<20))
		}
	}
	return []figures{perTunnel, total}, nil
}

func idleTunnels(side side, b *backends, n int) (before, after int64, err error) {
	server, port, err := startProxy(side, b)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if _, err := runWrk(load{path: "/small", connections: 1}, port, 1); err != nil {
		return 0, 0, err
	}
	if before, err = settledRSS(server); err != nil {
		return 0, 0, err
	}
	conns, err := openTunnels(port, n)
	defer closeAll(conns)
	if err != nil {
		return 0, 0, fmt.Errorf("%w\n%s", err, tail(server.ErrorLog()))
	}
	if err := echoAll(conns); err != nil {
		return 0, 0, err
	}
	if after, err = settledRSS(server); err != nil {
		return 0, 0, err
	}
	// Idle must not mean dead.
	return before, after, echoAll(conns)
}

// settledRSS waits until three readings in a row differ by less than 64 KiB, ten seconds at most.
func settledRSS(server *rig.Server) (int64, error) {
	last, same := int64(-1<<40), 0
	for range 20 {
		rss, err := server.RSS()
		if err != nil {
			return 0, err
		}
		if max(rss-last, last-rss) < 64<<10 {
			same++
		} else {
			same = 0
		}
		if last = rss; same == 2 {
			break
		}
		time.Sleep(settlePeriod)
	}
	return last, nil
}

// openTunnels opens n tunnels, at most 32 at a time. What it opened is returned with an error, too.
func openTunnels(port, n int) ([]*websocket.Conn, error) {
	conns := make([]*websocket.Conn, n)
	err := eachOf(n, 32, func(i int) (err error) {
		conns[i], err = websocket.Dial(fmt.Sprintf("127.0.0.1:%d", port), "/ws", nil, tunnelLimit)
		return err
	})
	return conns, err
}

func echoAll(conns []*websocket.Conn) error {
	return eachOf(len(conns), 32, func(i int) error {
		if err := conns[i].Echo("hello, tunnel", tunnelLimit); err != nil {
			return fmt.Errorf("tunnel %d: %w", i, err)
		}
		return nil
	})
}

func closeAll(conns []*websocket.Conn) {
	for _, c := range conns {
		if c != nil {
			_ = c.Close() // measured already
		}
	}
}

// eachOf calls f for 0 to n-1 from several goroutines and gives the first error; after it no new calls start.
func eachOf(n, width int, f func(int) error) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var group sync.WaitGroup
	for range width {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				if err := f(i); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// echoRow is a row of round trips through tunnels of servers that start starts.
func echoRow(name string, start func(side, *backends) (*rig.Server, int, error)) row {
	return row{name: name, goal: "≤ 1.05", measure: func(s settings, b *backends, sides []side) ([]figures, error) {
		return measureEcho(name, start, s, b, sides)
	}}
}

// measureEcho keeps one message under way on each of some tunnels and counts the round trips.
func measureEcho(name string, start func(side, *backends) (*rig.Server, int, error), s settings, b *backends, sides []side) ([]figures, error) {
	cpu := figures{row: name, what: "CPU µs/round trip", format: "%.2f", goal: "≤ 1.05"}
	var servers []*rig.Server
	var tunnels [][]*websocket.Conn
	defer func() {
		for _, conns := range tunnels {
			closeAll(conns)
		}
		for _, server := range servers {
			_ = server.Stop() // measured already
		}
	}()
	for _, side := range sides {
		server, port, err := start(side, b)
		if err != nil {
			return nil, err
		}
		servers = append(servers, server)
		conns, err := openTunnels(port, echoTunnels)
		tunnels = append(tunnels, conns)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", side.label, err)
		}
		if _, err := echoFor(conns, time.Second/2); err != nil {
			return nil, fmt.Errorf("%s: %w", side.label, err)
		}
	}
	for range s.rounds {
		for i, server := range servers {
			before, err := server.CPU()
			if err != nil {
				return nil, err
			}
			trips, err := echoFor(tunnels[i], time.Duration(s.seconds)*time.Second)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", sides[i].label, err)
			}
			after, err := server.CPU()
			if err != nil {
				return nil, err
			}
			pick(&cpu, i, float64((after-before).Microseconds())/float64(trips))
		}
	}
	return []figures{cpu}, nil
}

// echoFor sends messages back and forth on all tunnels for a time and counts round trips.
func echoFor(conns []*websocket.Conn, d time.Duration) (int64, error) {
	var trips atomic.Int64
	end := time.Now().Add(d)
	text := string(make([]byte, echoSize))
	err := eachOf(len(conns), len(conns), func(i int) error {
		for time.Now().Before(end) {
			if err := conns[i].Echo(text, tunnelLimit); err != nil {
				return fmt.Errorf("tunnel %d: %w", i, err)
			}
			trips.Add(1)
		}
		return nil
	})
	if err == nil && trips.Load() == 0 {
		err = errors.New("no message came back")
	}
	return trips.Load(), err
}
