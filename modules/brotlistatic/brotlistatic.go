// Package brotlistatic is Google's ngx_http_brotli_static_module: files that have been compressed with Brotli beforehand.
package brotlistatic

import (
	"understudy/config"
	"understudy/modules/brotli"
	"understudy/modules/gzip"
	"understudy/modules/gzipstatic"
	"understudy/web"
)

// Settings of ngx_http_brotli_static_module.
type Settings struct {
	// On sends FILE.br in place of FILE to clients that accept it; with always to all.
	On config.Enum `nginx:"brotli_static" in:"http server location" enum:"off on always" default:"off"`
}

var conf = config.Declare[Settings]("ngx_http_brotli_static_module")

// Module is ngx_http_brotli_static_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	if s := conf.Of(l.Block); !s.On.Is("off") {
		always := s.On.Is("always")
		l.On(web.PhaseContent, func(x *web.Exchange) web.Result { return serve(x, always) })
	}
	return nil
}}

var brValue = []byte("br")

// serve sends the compressed file, if there is one.
func serve(x *web.Exchange, always bool) web.Result {
	if !gzipstatic.Servable(x) {
		return web.Declined
	}
	if !always {
		x.Out.VaryEncoding = x.Out.VaryEncoding || gzip.Varies(x)
		if !brotli.Accepted(x) {
			return web.Declined
		}
	}
	return gzipstatic.File{Suffix: ".br", Encoding: brValue}.Send(x)
}
