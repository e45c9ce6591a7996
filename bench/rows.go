package main

// The rows of the table.

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"understudy/internal/rig"
)

// row is one comparison. measure runs both sides; it fails as a whole if either side fails.
type row struct {
	name, goal string
	measure    func(settings, *backends, []side) ([]figures, error)
}

func rows() []row {
	small := func(name, path string, connections int) row {
		return load{name: name, path: path, connections: connections, goal: "≤ 1.00", latency: true}.row()
	}
	file := func(name, path, goal string) row {
		return load{name: name, path: path, connections: 16, goal: goal, start: startFiles}.row()
	}
	return []row{
		small("small-64", "/small", 64),
		small("small-512", "/wide/small", 512),
		// More clients than the upstream keeps connections for: most requests need a new one.
		small("churn-512", "/small", 512),
		load{name: "body-64k", path: "/64k", connections: 64, goal: "≤ 1.10"}.row(),
		load{name: "body-1m", path: "/1m", connections: 64, goal: "≤ 1.10"}.row(),
		load{name: "connections", path: "/small", connections: 64, close: true, rate: true, goal: ""}.row(),
		load{name: "paced-2ms", path: "/small", pause: 2 * time.Millisecond, goal: "≤ 1.10"}.row(),
		load{name: "paced-20ms", path: "/small", pause: 20 * time.Millisecond, goal: "≤ 1.10"}.row(),
		load{name: "paced-20ms-static", path: "/1k", pause: 20 * time.Millisecond, goal: "≤ 1.10", start: startFiles}.row(),
		file("static-1k", "/1k", "≤ 1.00"),
		file("static-64k", "/64k", "≤ 1.10"),
		file("static-10m", "/10m", "≤ 1.10"),
		file("static-1k-plain", "/plain/1k", "≤ 1.00"),
		file("static-64k-plain", "/plain/64k", "≤ 1.10"),
		file("static-10m-plain", "/plain/10m", "≤ 1.10"),
		file("static-1k-cached", "/cached/1k", "≤ 1.00"),
		gzipRow(1),
		gzipRow(6),
		{name: "servers-2000", goal: "≤ 1.00", measure: measureServers},
		{name: "locations-20", goal: "≤ 1.10", measure: measureManyAndOne},
		load{name: "regex-1000", path: "/files999/archive/old.zip", connections: 16, goal: "≤ 3.00", start: startRegexes}.row(),
		load{name: "regex-1000-none", path: "/shop/articles/17/picture.webp", connections: 16, goal: "≤ 3.00", start: startRegexes}.row(),
		load{name: "map-regex-1000", path: "/agent", connections: 16, goal: "≤ 3.00", start: startRegexes, headers: []string{browser}}.row(),
		load{name: "map-100000", path: "/old/path/number-77777.html", connections: 16, goal: "≤ 1.00", start: startMap}.row(),
		{name: "tunnel-idle", goal: "≤ 2 KB", measure: measureIdleTunnels},
		echoRow("tunnel-echo", startProxy),
		echoRow("stream-echo", startStream),
	}
}

func rowNames() []string {
	var names []string
	for _, r := range rows() {
		names = append(names, r.name)
	}
	return names
}

func chooseRows(only string) ([]row, error) {
	if only == "" {
		return rows(), nil
	}
	var chosen []row
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(rows(), func(r row) bool { return r.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("no row is named %q; there are %s", name, strings.Join(rowNames(), " "))
		}
		chosen = append(chosen, rows()[i])
	}
	return chosen, nil
}

// load is a row of one kind of requests.
type load struct {
	name, path, goal string
	connections      int
	close            bool          // a new connection for every request
	rate, latency    bool          // also print requests per second, latency
	pause            time.Duration // not wrk: one request at a time, a pause after each
	headers          []string
	// start starts one side; nil = startProxy.
	start func(side, *backends) (*rig.Server, int, error)
}

func (l load) row() row { return row{l.name, l.goal, l.measure} }

func (l load) measure(s settings, b *backends, sides []side) ([]figures, error) {
	cpu := figures{row: l.name, what: "CPU µs/request", format: "%.2f", goal: l.goal}
	rate := figures{row: l.name, what: "requests/s", format: "%.0f"}
	p99 := figures{row: l.name, what: "p99 ms", format: "%.2f", goal: "≤ 1.00"}
	start, run, spent := l.start, runWrk, (*rig.Server).CPU
	if start == nil {
		start = startProxy
	}
	if l.pause > 0 {
		run, spent = runPaced, (*rig.Server).Ran
	}
	var ports []int
	var servers []*rig.Server
	defer func() {
		for _, server := range servers {
			_ = server.Stop() // its figures are taken; a program that will not stop is killed
		}
	}()
	for _, side := range sides {
		server, port, err := start(side, b)
		if err != nil {
			return nil, err
		}
		servers, ports = append(servers, server), append(ports, port)
		if _, err := run(l, port, 1); err != nil { // warm: pools filled, code paged in
			return nil, fmt.Errorf("%s: %w", side.label, err)
		}
	}
	for range s.rounds {
		for i, server := range servers {
			before, err := spent(server)
			if err != nil {
				return nil, err
			}
			result, err := run(l, ports[i], s.seconds)
			if err != nil {
				return nil, fmt.Errorf("%s: %w\n%s", sides[i].label, err, tail(server.ErrorLog()))
			}
			after, err := spent(server)
			if err != nil {
				return nil, err
			}
			pick(&cpu, i, float64((after-before).Microseconds())/float64(result.requests))
			pick(&rate, i, result.perSecond)
			pick(&p99, i, float64(result.p99)/float64(time.Millisecond))
		}
	}
	lines := []figures{cpu}
	if l.rate {
		lines = append(lines, rate)
	}
	if l.latency {
		lines = append(lines, p99)
	}
	return lines, nil
}

// pick appends a value to side 0's or side 1's figures.
func pick(f *figures, side int, value float64) {
	if side == 0 {
		f.a = append(f.a, value)
	} else {
		f.b = append(f.b, value)
	}
}

// tail is the end of a log, for an error message.
func tail(log string) string {
	return log[max(0, len(log)-1000):]
}
