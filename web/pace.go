package web

import (
	"errors"
	"strconv"
	"time"

	"understudy/config"
	"understudy/errlog"
	"understudy/vars"
)

// pace is the rate at which an answer is sent (limit_rate), as ngx_http_write_filter keeps to it.
type pace struct {
	rate  int64 // bytes a second; 0 = as fast as it goes
	after int64 // bytes that go out before
	set   bool  // by a variable or an upstream: limit_rate does not count
	sent  int64 // bytes that counted so far
	until int64 // Mono before which nothing is sent
}

// maxPace is what a rate and limit_rate_after are cut down to, so that sums of them stay in range.
const maxPace = 1 << 61

// rateOption is a size that may have variables in it.
type rateOption struct {
	value *vars.Value
	fixed int64
}

func (o *rateOption) Parse(c *config.Call) (err error) {
	if o.value != nil {
		return c.Duplicate()
	}
	if o.value, err = vars.Compile(c, c.Args[0]); err != nil {
		return err
	}
	if text, static := o.value.Static(); static {
		var ok bool
		if o.fixed, ok = config.ParseSize(text); !ok {
			return c.Errorf("\"%s\" directive invalid value", c.Name)
		}
	}
	return nil
}

// Inherit implements config.Inheriting.
func (o *rateOption) Inherit(parent config.Option) {
	if o.value == nil {
		*o = *parent.(*rateOption)
	}
}

// of gives the size for an exchange.
func (o *rateOption) of(x *Exchange) int64 {
	if o.value == nil {
		return 0
	}
	if _, static := o.value.Static(); static {
		return o.fixed
	}
	text := o.value.Bytes(x)
	n, ok := config.ParseSize(string(text))
	if !ok {
		x.Errorf(errlog.Error, "invalid size \"%s\"", text)
		return 0
	}
	return n
}

// setPace puts limit_rate in force for an answer whose head is about to be sent.
func (x *Exchange) setPace() {
	conf := x.Location.Conf
	if !x.pace.set {
		x.pace.rate = min(conf.LimitRate.of(x), maxPace)
	}
	if x.pace.rate > 0 {
		x.pace.after = min(conf.LimitRateAfter.of(x), maxPace)
	}
}

// LimitRate has the answer sent at so many bytes a second whatever limit_rate says (X-Accel-Limit-Rate); 0 = no limit.
func (x *Exchange) LimitRate(n int64) { x.pace.rate, x.pace.set = min(n, maxPace), true }

// send writes to the client's connection, at the answer's pace if it has one.
func (x *Exchange) send(p []byte) error {
	if x.spooling != nil {
		return x.pass(p, nil)
	}
	if x.pace.rate == 0 {
		n, err := x.client.conn.Write(p)
		x.wrote(n)
		return err
	}
	for len(p) > 0 {
		may, err := x.share(len(p))
		if err != nil {
			return err
		}
		n, err := x.client.conn.Write(p[:may])
		x.wrote(n)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// sendFront is send for an exchange that came through a front; heads do not count there.
func (x *Exchange) sendFront(p []byte) error {
	for x.pace.rate > 0 && len(p) > 0 {
		n, err := x.share(len(p))
		if err != nil {
			return err
		}
		if err := x.front.Write(x, p[:n]); err != nil {
			return err
		}
		if p = p[n:]; len(p) == 0 {
			return nil
		}
		if err := x.front.Flush(x, false, nil); err != nil {
			return err
		}
	}
	return x.front.Write(x, p)
}

// share waits until something may be sent and says how much of n bytes. A client that leaves meanwhile is an error.
func (x *Exchange) share(n int) (int, error) {
	for {
		may, wait := x.grant(n)
		if wait == 0 {
			return may, nil
		}
		if x.Pause(wait) != Declined {
			return 0, errLeft
		}
	}
}

var errLeft = errors.New("the client has left")

// grant says how much of n bytes may be sent now, or how long to wait before anything may.
func (x *Exchange) grant(n int) (int, time.Duration) {
	p, loop := &x.pace, x.Loop()
	for {
		if wait := p.until - loop.Mono(); wait > 0 {
			return 0, time.Duration(wait) * time.Millisecond
		}
		seconds := min(loop.Now()/1000-x.Started/1000+1, maxPace/p.rate)
		may := p.rate*seconds - (p.sent - p.after)
		if may <= 0 {
			p.until = loop.Mono() - may*1000/p.rate + 1
			continue
		}
		may = min(may, int64(n))
		before := max(p.sent-p.after, 0)
		p.sent += may
		p.until = loop.Mono() + (max(p.sent-p.after, 0)-before)*1000/p.rate
		return int(may), 0
	}
}

// limitRateVariable is $limit_rate, which can be set.
var limitRateVariable = vars.Def{Name: "limit_rate", Changeable: true, Get: func(s vars.Subject, dst []byte) ([]byte, bool) {
	return strconv.AppendInt(dst, s.(*Exchange).pace.rate, 10), true
}, Set: func(s vars.Subject, value []byte) {
	x := s.(*Exchange)
	n, ok := config.ParseSize(string(value))
	if !ok {
		x.Errorf(errlog.Error, "invalid $limit_rate \"%s\"", value)
		return
	}
	x.LimitRate(n)
}}
