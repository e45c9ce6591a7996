// Package gzip is ngx_http_gzip_filter_module: answers are compressed on their way to clients that accept it.
package gzip

import (
	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// Settings of the module; the last five stand in ngx_http_core_module in nginx.
type Settings struct {
	On        config.Flag    `nginx:"gzip" in:"http server location if" default:"off"`
	Level     config.Int     `nginx:"gzip_comp_level" in:"http server location" min:"1" max:"9" default:"1"`
	MinLength config.Size    `nginx:"gzip_min_length" in:"http server location" default:"20"`
	Types     web.MIMETypes  `nginx:"gzip_types" in:"http server location" args:"1+" default:"text/html"`
	Buffers   config.Ignored `nginx:"gzip_buffers" in:"http server location" args:"2" check:"buffers" reason:"compressed pieces go out as they are made"`
	Window    powerOfTwo     `nginx:"gzip_window" in:"http server location" args:"1" check:"size" reason:"the compressor sizes its window itself"`
	Hash      powerOfTwo     `nginx:"gzip_hash" in:"http server location" args:"1" check:"size" reason:"the compressor sizes its tables itself"`
	NoBuffer  config.Ignored `nginx:"gzip_no_buffer" in:"http server location" args:"1" check:"flag" reason:"compressed pieces go out as they are made"`
	Postpone  config.Ignored `nginx:"postpone_gzipping" in:"http server location" args:"1" check:"size" reason:"compression starts with the first piece"`

	Vary        config.Flag `nginx:"gzip_vary" in:"http server location" default:"off"`
	HTTPVersion config.Enum `nginx:"gzip_http_version" in:"http server location" enum:"1.0 1.1" default:"1.1"`
	Proxied     config.Mask `nginx:"gzip_proxied" in:"http server location" enum:"off expired no-cache no-store private no_last_modified no_etag auth any" default:"off"`
	Disable     disable     `nginx:"gzip_disable" in:"http server location" args:"1+"`
}

var conf = config.Declare[Settings]("ngx_http_gzip_filter_module")

// Module is ngx_http_gzip_filter_module.
var Module = &web.Module{Settings: conf, Variables: []vars.Def{
	web.Var("gzip_ratio", ratio),
}, Compile: func(l *web.Location) error {
	if s := conf.Of(l.Block); s.On.On() {
		l.OuterFilter(&filter{s})
	}
	return nil
}}

// disable is `gzip_disable msie6 | REGEX …`.
type disable struct {
	set     bool
	msie6   bool
	regexes []*vars.Regex
}

func (o *disable) Parse(c *config.Call) error {
	o.set = true
	for _, arg := range c.Args {
		switch arg {
		case "msie6":
			o.msie6 = true
			continue
		case "degradation":
			return c.Errorf("invalid parameter \"%s\"", arg)
		}
		re, err := vars.TableOf(c.Block).Regex(arg, true)
		if err != nil {
			return c.Errorf("%s", err)
		}
		o.regexes = append(o.regexes, re)
	}
	return nil
}

func (o *disable) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*disable)
	}
}

// powerOfTwo is a size that has no effect here, and has to be one of those that zlib can do with.
type powerOfTwo struct{ config.Ignored }

// Parse implements config.Option.
func (o *powerOfTwo) Parse(c *config.Call) error {
	if err := o.Ignored.Parse(c); err != nil {
		return err
	}
	most, sizes := int64(32<<10), "512, 1k, 2k, 4k, 8k, 16k, or 32k"
	if c.Name == "gzip_hash" {
		most, sizes = 128<<10, "512, 1k, 2k, 4k, 8k, 16k, 32k, 64k, or 128k"
	}
	if n, _ := config.ParseSize(c.Args[0]); n < 512 || n > most || n&(n-1) != 0 {
		return c.Errorf(`"%s" directive must be %s`, c.Name, sizes)
	}
	return nil
}
