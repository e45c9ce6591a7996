package web

import (
	"time"

	"understudy/reactor"
)

// Discard marks the body as not wanted; what comes of it is thrown away behind the answer (ngx_http_discard_request_body).
// What is there already is looked at now: 400 if it is malformed, else Declined.
func (x *Exchange) Discard() Result {
	b := &x.Body
	if b.state == bodyWhole || b.discarded {
		return Declined
	}
	if x.front != nil {
		return x.skipFront()
	}
	if b.failed != nil {
		return Declined
	}
	if x.startBody() != nil {
		return Aborted
	}
	b.discarded = true
	for b.state != bodyWhole && len(b.raw) > 0 {
		if _, err := x.decode(); err != nil {
			x.keepalive = false
			return statusBadRequest
		}
	}
	return Declined
}

// drain reads what is left of the body so that the connection can serve the next request; false if it cannot.
func (x *Exchange) drain() bool {
	b := &x.Body
	if b.state == bodyWhole || b.state == bodyUnread && !x.HasBody() {
		return true
	}
	if b.state == bodyReading && !b.discarded {
		x.lingering = true // answered in the middle of it
		return false
	}
	b.discarded = true
	b.expects = true
	conf := x.Location.Conf
	conn := x.client.conn
	until := x.Loop().Mono() + conf.LingeringTime.D().Milliseconds()
	for {
		if x.startBody() != nil {
			return false
		}
		if len(b.raw) == 0 && b.state != bodyWhole {
			left := time.Duration(until-x.Loop().Mono()) * time.Millisecond
			if left <= 0 {
				x.broken = true
				return false
			}
			conn.SetReadTimeout(min(patience(conf.LingeringTimeout), left))
			if err := x.readBody(); err != nil {
				x.broken, x.timedOut = true, err == reactor.ErrTimeout
				return false
			}
		}
		if b.state == bodyWhole {
			return true
		}
		if _, err := x.decode(); err != nil {
			return false
		}
	}
}
