// Package gunzip is nginx's ngx_http_gunzip_module: compressed answers are unpacked for clients that do not accept gzip.
package gunzip

import (
	"understudy/ascii"
	"understudy/config"
	"understudy/http1"
	"understudy/modules/gzip"
	"understudy/web"
)

// Settings of ngx_http_gunzip_module.
type Settings struct {
	On      config.Flag    `nginx:"gunzip" in:"http server location" default:"off"`
	Buffers config.Ignored `nginx:"gunzip_buffers" in:"http server location" args:"2" check:"buffers" reason:"unpacked pieces go out as they are made"`
}

var conf = config.Declare[Settings]("ngx_http_gunzip_filter_module")

// Module is ngx_http_gunzip_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	if conf.Of(l.Block).On.On() {
		l.Filter(filter{})
	}
	return nil
}}

type filter struct{}

// Head implements web.Filter.
func (filter) Head(x *web.Exchange) (web.Body, error) {
	o := &x.Out
	if v, _ := o.Header(http1.HdrContentEncoding); !ascii.EqualFold(v, "gzip") {
		return nil, nil
	}
	o.VaryEncoding = o.VaryEncoding || gzip.Varies(x)
	if gzip.Accepted(x) {
		return nil, nil
	}
	o.Remove(http1.HdrContentEncoding)
	o.ClearLength()
	o.ClearRanges()
	o.WeakETag()
	return newBody(x), nil
}
