package proxy

import (
	"time"

	"understudy/web"
)

// rate is proxy_limit_rate: how fast an answer is read. It counts whole seconds, the one under way included, as the event pipe
// of nginx does.
type rate struct {
	limit int64 // bytes a second; 0 = none
	began int64 // Unix seconds
	read  int64 // bytes of the body
	until int64 // Mono before which nothing more is read
}

// maxRead keeps what a rate comes to over time in range.
const maxRead = 1<<63 - 1

// startRate begins to count for an answer that is passed on in the buffered way.
func (t *target) startRate(x *web.Exchange, e *Exchange) {
	e.rate = rate{}
	if t.conf.LimitRate.IsSet() && e.buffered {
		if limit := t.conf.LimitRate.Of(x); limit > 0 {
			e.rate = rate{limit: limit, began: x.Loop().Now() / 1000, read: int64(len(e.rest))}
		}
	}
}

// allowed is how much of the answer may be read now; if that is nothing, wait says for how long.
func (r *rate) allowed(x *web.Exchange) (n int64, wait time.Duration) {
	loop := x.Loop()
	if left := r.until - loop.Mono(); left > 0 {
		return 0, time.Duration(left) * time.Millisecond
	}
	n = r.limit*min(loop.Now()/1000-r.began+1, maxRead/r.limit) - r.read
	if n <= 0 {
		return 0, time.Duration(-n*1000/r.limit+1) * time.Millisecond
	}
	return n, 0
}

// took counts n bytes, and the time that they take at this rate.
func (r *rate) took(x *web.Exchange, n int) {
	r.read += int64(n)
	r.until = x.Loop().Mono() + int64(n)*1000/r.limit
}

// paced gives the part of buf that may be read into now; a result other than Declined ends the exchange.
func (t *target) paced(x *web.Exchange, e *Exchange, buf []byte) ([]byte, web.Result) {
	for {
		n, wait := e.rate.allowed(x)
		if wait == 0 {
			return buf[:min(int64(len(buf)), n)], web.Declined
		}
		if err := e.flush(x); err != nil {
			return nil, t.clientLost(x, e, err)
		}
		if t.watches(e) && x.ClientGone() {
			status, _ := e.abandoned(x)
			return nil, t.endedBy(x, e, status)
		}
		x.Task.Sleep(min(wait, time.Second))
	}
}
