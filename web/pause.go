package web

import (
	"time"

	"understudy/errlog"
	"understudy/reactor"
)

// Pause holds the exchange back for a time. Declined means that it can go on, StatusClientClosed that the client has left meanwhile
// (logged).
func (x *Exchange) Pause(d time.Duration) Result {
	if x.leaves(d) {
		x.Errorf(errlog.Info, "client prematurely closed connection")
		return StatusClientClosed
	}
	return Declined
}

// leaves waits for d, or until the client has left.
func (x *Exchange) leaves(d time.Duration) bool {
	if x.front == nil {
		return x.Task.Wait(d, reactor.Event{Conn: x.client.conn, Kind: reactor.HungUp}) == 0
	}
	loop := x.Loop()
	x.front.Watch(x.Task)
	defer x.front.Watch(nil)
	until := loop.Mono() + d.Milliseconds()
	for !x.front.Gone() {
		left := until - loop.Mono()
		if left <= 0 {
			return false
		}
		x.Task.ParkTimeout(time.Duration(left) * time.Millisecond) // another task may have resumed this one
	}
	return true
}

// refuse answers 401 after auth_delay, so that it does not pay to guess (ngx_http_core_auth_delay).
func (x *Exchange) refuse(status Result) Result {
	delay := x.Location.Conf.AuthDelay.D()
	if status != statusUnauthorized || delay == 0 {
		return status
	}
	x.Errorf(errlog.Info, "delaying unauthorized request")
	if res := x.Pause(delay); res != Declined {
		return res
	}
	return status
}
