// Package emptygif is nginx's ngx_http_empty_gif_module: a transparent pixel.
package emptygif

import (
	"understudy/config"
	"understudy/http1"
	"understudy/web"
)

// Settings of ngx_http_empty_gif_module.
type Settings struct {
	// On answers everything in the location with the pixel.
	On emptyGIF `nginx:"empty_gif" in:"location" args:"0"`
}

var conf = config.Declare[Settings]("ngx_http_empty_gif_module")

// Module is ngx_http_empty_gif_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	if on := &conf.Of(l.Block).On; on.In(l.Block) {
		l.Answer(answer, on.Place)
	}
	return nil
}}

// emptyGIF is `empty_gif`: a directive without arguments, for the location it stands in and not for those inside.
type emptyGIF struct{ config.Place }

// Parse implements config.Option.
func (o *emptyGIF) Parse(c *config.Call) error {
	o.Place = c.Place()
	return nil
}

// modified is what nginx says of the pixel, Unix seconds.
const modified = 23349600

var pixel = []byte("GIF89a\x01\x00\x01\x00\x80\x01\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x01\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02L\x01\x00;")

func answer(x *web.Exchange) web.Result {
	if x.Method&(http1.MethodGet|http1.MethodHead) == 0 {
		return 405
	}
	x.Out.LastModified = modified
	return x.Reply(200, []byte("image/gif"), pixel)
}
