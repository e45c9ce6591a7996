// Package limitrate is what nginx's ngx_http_write_filter_module does about speed: limit_rate, limit_rate_after, $limit_rate.
package limitrate

import (
	"os"
	"strconv"
	"time"

	"understudy/config"
	"understudy/errlog"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_write_filter_module; nginx has the directives in its core module.
type Settings struct {
	// Rate is bytes per second for one answer, 0 = no limit; After is how many bytes go out before it holds.
	Rate  size `nginx:"limit_rate" in:"http server location if" args:"1"`
	After size `nginx:"limit_rate_after" in:"http server location if" args:"1"`

	MaxChunk config.Ignored `nginx:"sendfile_max_chunk" in:"http server location" args:"1" check:"size" reason:"a connection gives way to others whenever the kernel has taken what it can"`
}

// size is a number of bytes, which may come from variables.
type size struct {
	vars.Value
	fixed int64
}

// Parse implements config.Option.
func (o *size) Parse(c *config.Call) error {
	if err := o.Value.Parse(c); err != nil {
		return err
	}
	if text, static := o.Static(); static {
		n, ok := config.ParseSize(text)
		if !ok {
			return c.Invalid()
		}
		o.fixed = n
	}
	return nil
}

// Inherit implements config.Inheriting.
func (o *size) Inherit(parent config.Option) {
	if !o.IsSet() {
		*o = *parent.(*size)
	}
}

func (o *size) of(x *web.Exchange) int64 {
	if _, static := o.Static(); static || !o.IsSet() {
		return o.fixed
	}
	text := string(o.Bytes(x))
	n, ok := config.ParseSize(text)
	if !ok {
		x.Errorf(errlog.Error, "invalid size \"%s\"", text)
		return 0
	}
	return n
}

var conf = config.Declare[Settings]("ngx_http_write_filter_module")

const variable = "limit_rate"

// Module is ngx_http_write_filter_module.
var Module = &web.Module{Settings: conf, Variables: []vars.Def{{
	Name: variable, Changeable: true,
	Get: func(s vars.Subject, dst []byte) ([]byte, bool) {
		b, ok := slot.Have(s.(*web.Exchange).Main())
		if !ok {
			return append(dst, '0'), true
		}
		return strconv.AppendInt(dst, b.rate, 10), true
	},
	Set: func(s vars.Subject, value []byte) {
		x := s.(*web.Exchange)
		n, ok := config.ParseSize(string(value))
		if !ok {
			x.Errorf(errlog.Error, "invalid $limit_rate \"%s\"", value)
			return
		}
		b := of(x.Main())
		b.rate, b.set = n, true
	},
}}, Compile: compile}

func compile(l *web.Location) error {
	s := conf.Of(l.Block)
	if s.Rate.IsSet() || vars.TableOf(l.Block).Used(variable) {
		l.OuterFilter(&filter{s})
	}
	return nil
}

type filter struct{ s *Settings }

// body slows one answer down.
type body struct {
	rate    int64 // bytes per second
	set     bool  // by a variable
	after   int64
	sent    int64
	started int64 // Unix seconds, when the request came
	until   int64 // monotonic ms: nothing goes out before
}

var slot = web.NewSlot[body]()

// of gives the exchange's state, a new one for a new request.
func of(x *web.Exchange) *body {
	if b, ok := slot.Have(x); ok {
		return b
	}
	b := slot.Of(x)
	*b = body{}
	return b
}

// Head implements web.Filter.
func (f *filter) Head(x *web.Exchange) (web.Body, error) {
	b, ok := slot.Have(x)
	if ok && b.set {
		if b.rate == 0 {
			return nil, nil
		}
	} else {
		rate := f.s.Rate.of(x)
		if rate == 0 {
			return nil, nil
		}
		b = of(x)
		b.rate, b.set = rate, true
	}
	b.after, b.sent, b.until = f.s.After.of(x), 0, 0
	b.started = x.Started / 1000
	return b, nil
}

// room is how much may go out in the second now; if that is nothing, delay is how long to wait, ms.
func (b *body) room(now int64) (n, delay int64) {
	n = b.rate*(now-b.started+1) - (b.sent - b.after)
	if n <= 0 {
		return 0, -n*1000/b.rate + 1
	}
	return n, 0
}

// count notes what has gone out, and gives the pause that it asks for, ms.
func (b *body) count(n int64) (pause int64) {
	before := max(b.sent-b.after, 0)
	b.sent += n
	return (max(b.sent-b.after, 0) - before) * 1000 / b.rate
}

// await waits until something may go out and says how much.
func (b *body) await(x *web.Exchange) int64 {
	loop := x.Loop()
	for {
		if left := b.until - loop.Mono(); left > 0 {
			x.Task.Sleep(time.Duration(left) * time.Millisecond)
			continue
		}
		n, delay := b.room(loop.Now() / 1000)
		if n > 0 {
			return n
		}
		b.until = loop.Mono() + delay
	}
}

// each sends total bytes in pieces; send is given the place and the length of each.
func (b *body) each(x *web.Exchange, next web.Sink, total int64, send func(at, n int64) error) error {
	for at := int64(0); at < total; {
		n := min(b.await(x), total-at)
		if err := send(at, n); err != nil {
			return err
		}
		at += n
		if err := next.Flush(false); err != nil {
			return err
		}
		b.until = x.Loop().Mono() + b.count(n)
	}
	return nil
}

// Write implements web.Body.
func (b *body) Write(x *web.Exchange, next web.Sink, p []byte) error {
	if x.HeaderOnly() {
		return nil
	}
	return b.each(x, next, int64(len(p)), func(at, n int64) error { return next.Write(p[at : at+n]) })
}

// SendFile implements web.FileBody.
func (b *body) SendFile(x *web.Exchange, next web.Sink, f *os.File, off, n int64) error {
	if x.HeaderOnly() {
		return nil
	}
	return b.each(x, next, n, func(at, n int64) error { return next.SendFile(f, off+at, n) })
}

// Flush implements web.Body.
func (b *body) Flush(_ *web.Exchange, next web.Sink, last bool) error { return next.Flush(last) }
