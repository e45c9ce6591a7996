package web

import (
	"time"

	"understudy/errlog"
	"understudy/reactor"
)

// Pause holds the exchange back for a time. Declined means that it can go on, StatusClientClosed that the client has left meanwhile
// (logged).
func (x *Exchange) Pause(d time.Duration) Result {
	if x.Task.Wait(d, reactor.Event{Conn: x.client.conn, Kind: reactor.HungUp}) == 0 {
		x.Errorf(errlog.Info, "client prematurely closed connection")
		return StatusClientClosed
	}
	return Declined
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
