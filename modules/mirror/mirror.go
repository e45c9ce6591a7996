// Package mirror is nginx's ngx_http_mirror_module: a copy of each request is made for other locations, whose answers nobody sees.
package mirror

import (
	"understudy/config"
	"understudy/web"
)

// Settings of ngx_http_mirror_module.
type Settings struct {
	// To are the URIs that get a copy; "off" makes none.
	To uris `nginx:"mirror" in:"http server location" args:"1"`
	// Body copies the body too, which is read for that before the request goes on.
	Body config.Flag `nginx:"mirror_request_body" in:"http server location" default:"on"`
}

var conf = config.Declare[Settings]("ngx_http_mirror_module")

// Module is ngx_http_mirror_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	s := conf.Of(l.Block)
	if len(s.To.list) > 0 {
		h := &handler{to: s.To.list, body: s.Body.On()}
		l.On(web.PhasePrecontent, h.copy)
	}
	return nil
}}

// uris are the `mirror` of one level, inherited whole or not at all.
type uris struct {
	set  bool
	list [][]byte
}

// Parse implements config.Option.
func (o *uris) Parse(c *config.Call) error {
	off := c.Args[0] == "off"
	if o.set && (off || o.list == nil) {
		return c.Duplicate()
	}
	o.set = true
	if !off {
		o.list = append(o.list, []byte(c.Args[0]))
	}
	return nil
}

// Inherit implements config.Inheriting.
func (o *uris) Inherit(parent config.Option) {
	if !o.set {
		o.list = parent.(*uris).list
	}
}

type handler struct {
	to   [][]byte
	body bool
}

// copy reads the body, if that is copied, and sends the copies on their way; the request does not wait for them
// (ngx_http_mirror_handler).
func (h *handler) copy(x *web.Exchange) web.Result {
	if !x.IsMain() {
		return web.Declined
	}
	if h.body {
		if res := x.ReadBody(); res != web.Declined {
			return res
		}
	}
	for _, uri := range h.to {
		if !x.Beside(uri, x.Args, web.SubOptions{StatusOnly: true, KeepMethod: true, NoBody: !h.body}) {
			return 500
		}
	}
	return web.Declined
}
