package web

import (
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
	until int64 // Mono before which nothing is sent
}

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
		x.pace.rate = conf.LimitRate.of(x)
	}
	if x.pace.rate > 0 {
		x.pace.after = conf.LimitRateAfter.of(x)
	}
}

// LimitRate has the answer sent at so many bytes a second whatever limit_rate says (X-Accel-Limit-Rate); 0 = no limit.
func (x *Exchange) LimitRate(n int64) { x.pace.rate, x.pace.set = n, true }

// send writes to the client's connection, at the answer's pace if it has one.
func (x *Exchange) send(p []byte) error {
	if x.pace.rate == 0 {
		n, err := x.client.conn.Write(p)
		x.wrote(n)
		return err
	}
	pc, loop := &x.pace, x.Loop()
	for len(p) > 0 {
		if wait := pc.until - loop.Mono(); wait > 0 {
			x.Task.Sleep(time.Duration(wait) * time.Millisecond)
		}
		may := pc.rate*(loop.Now()/1000-x.Started/1000+1) - (x.sent - pc.after)
		if may <= 0 {
			pc.until = loop.Mono() - may*1000/pc.rate + 1
			continue
		}
		n, err := x.client.conn.Write(p[:min(may, int64(len(p)))])
		before := max(x.sent-pc.after, 0)
		x.wrote(n)
		if err != nil {
			return err
		}
		p = p[n:]
		pc.until = loop.Mono() + (max(x.sent-pc.after, 0)-before)*1000/pc.rate
	}
	return nil
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
