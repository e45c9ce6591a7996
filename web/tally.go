package web

import "sync/atomic"

// Tally is how many connections and requests there are, and were, in this process (stub_status).
type Tally struct {
	Accepted, Requests int64 // since the start
	Active             int64 // connections
	Reading            int64 // of these: a request's head is on its way
	Writing            int64 // a request is being answered
	Waiting            int64 // between requests, or before the first
}

// Counters of one loop; only it writes them, so that counting costs no traffic between processors.
type counters struct {
	accepted, requests, active atomic.Int64
	states                     [numStates]atomic.Int64
	_                          [64]byte
}

// Loops count apart, by their index; beyond so many they share.
var tallies [64]counters

// connState is what a connection is doing.
type connState uint8

const (
	stateNone connState = iota
	stateReading
	stateWriting
	stateWaiting
	numStates
)

// become counts the connection under another state.
func (c *client) become(to connState) {
	if c.state != to {
		t := c.worker.tally
		t.states[c.state].Add(-1)
		t.states[to].Add(1)
		c.state = to
	}
}

// CountConnections adds up what all loops have counted.
func CountConnections() Tally {
	var sum Tally
	for i := range tallies {
		t := &tallies[i]
		sum.Accepted += t.accepted.Load()
		sum.Requests += t.requests.Load()
		sum.Active += t.active.Load()
		sum.Reading += t.states[stateReading].Load()
		sum.Writing += t.states[stateWriting].Load()
		sum.Waiting += t.states[stateWaiting].Load()
	}
	return sum
}
