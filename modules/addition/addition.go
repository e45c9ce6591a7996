// Package addition is nginx's ngx_http_addition_filter_module: answers of other locations before and after the body.
package addition

import (
	"understudy/config"
	"understudy/web"
)

// Settings of ngx_http_addition_filter_module.
type Settings struct {
	// Before and After are the URIs of what is added; empty adds nothing.
	Before config.String `nginx:"add_before_body" in:"http server location"`
	After  config.String `nginx:"add_after_body" in:"http server location"`
	// Types are the MIME types of answers that something is added to.
	Types web.MIMETypes `nginx:"addition_types" in:"http server location" args:"1+" default:"text/html"`
}

var conf = config.Declare[Settings]("ngx_http_addition_filter_module")

// Module is ngx_http_addition_filter_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	s := conf.Of(l.Block)
	f := &filter{before: []byte(s.Before.S()), after: []byte(s.After.S()), types: &s.Types}
	if len(f.before) > 0 || len(f.after) > 0 {
		l.Filter(f)
	}
	return nil
}}

type filter struct {
	before, after []byte
	types         *web.MIMETypes
}

// body is the part of the filter in one answer; it stays with the pooled exchange.
type body struct {
	*filter
	begun bool
}

var bodies = web.NewSlot[body]()

// Head implements web.Filter: additions are for clients' own requests that are answered with 200.
func (f *filter) Head(x *web.Exchange) (web.Body, error) {
	o := &x.Out
	if o.Status != 200 || !x.IsMain() || !f.types.Match(o.ContentType) {
		return nil, nil
	}
	o.ClearLength()
	o.ClearRanges()
	o.WeakETag()
	b := bodies.Of(x)
	*b = body{filter: f}
	return b, nil
}

// Write implements web.Body.
func (b *body) Write(x *web.Exchange, next web.Sink, p []byte) error {
	if err := b.begin(x); err != nil {
		return err
	}
	return next.Write(p)
}

// Flush implements web.Body.
func (b *body) Flush(x *web.Exchange, next web.Sink, last bool) error {
	if last {
		if err := b.begin(x); err != nil {
			return err
		}
	}
	if !last || len(b.after) == 0 || x.HeaderOnly() {
		return next.Flush(last)
	}
	if err := next.EndOwn(); err != nil {
		return err
	}
	if err := add(x, b.after); err != nil {
		return err
	}
	return next.EndOuter()
}

// begin adds what comes before the body.
func (b *body) begin(x *web.Exchange) error {
	if b.begun || x.HeaderOnly() {
		return nil
	}
	b.begun = true
	if len(b.before) == 0 {
		return nil
	}
	return add(x, b.before)
}

func add(x *web.Exchange, uri []byte) error {
	sub := x.Subrequest(uri, nil, web.SubOptions{})
	if sub == nil {
		return web.ErrBroken
	}
	sub.Release()
	if x.Broken() {
		return web.ErrBroken
	}
	return nil
}
