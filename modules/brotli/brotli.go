// Package brotli is Google's ngx_http_brotli_filter_module: answers are compressed with Brotli on their way to clients that accept
// it, which wins over gzip.
package brotli

import (
	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_brotli_filter_module.
type Settings struct {
	On        config.Flag    `nginx:"brotli" in:"http server location if" default:"off"`
	Level     config.Int     `nginx:"brotli_comp_level" in:"http server location" min:"0" max:"11" default:"6"`
	Window    window         `nginx:"brotli_window" in:"http server location" args:"1" default:"512k"`
	MinLength config.Size    `nginx:"brotli_min_length" in:"http server location" default:"20"`
	Types     web.MIMETypes  `nginx:"brotli_types" in:"http server location" args:"1+" default:"text/html"`
	Buffers   config.Ignored `nginx:"brotli_buffers" in:"http server location" args:"2" check:"buffers" reason:"without effect in the module's own later versions, too"`
}

var conf = config.Declare[Settings]("ngx_http_brotli_filter_module")

// Module is ngx_http_brotli_filter_module. It must come before gzip among the filters.
var Module = &web.Module{Settings: conf, Variables: []vars.Def{
	web.Var("brotli_ratio", ratio),
}, Compile: func(l *web.Location) error {
	if s := conf.Of(l.Block); s.On.On() {
		l.OuterFilter(&filter{s})
	}
	return nil
}}

// The windows that the format knows, as powers of two.
const minBits, maxBits = 10, 24

// window is `brotli_window SIZE`.
type window struct {
	config.Size
	bits int
}

// Parse implements config.Option.
func (o *window) Parse(c *config.Call) error {
	if err := o.Size.Parse(c); err != nil {
		return err
	}
	for o.bits = minBits; o.bits <= maxBits; o.bits++ {
		if o.Bytes() == 1<<o.bits {
			return nil
		}
	}
	return c.Errorf(`"%s" directive must be 1k, 2k, 4k, 8k, 16k, 32k, 64k, 128k, 256k, 512k, 1m, 2m, 4m, 8m or 16m`, c.Name)
}

// Inherit implements config.Inheriting.
func (o *window) Inherit(parent config.Option) {
	if !o.IsSet() {
		*o = *parent.(*window)
	}
}
