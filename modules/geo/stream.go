package geo

import "understudy/config"

// StreamSettings of ngx_stream_geo_module.
type StreamSettings struct {
	// Geo makes a variable: `geo [$ADDRESS] $NAME { NETWORK VALUE; … }`; there are no proxies in it.
	Geo Option `nginx:"geo" in:"stream" args:"1-2" block:"yes"`
}

// StreamConf declares the directives of stream's module.
var StreamConf = config.Declare[StreamSettings]("ngx_stream_geo_module")
