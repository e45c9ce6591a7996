package splitclients

import "understudy/config"

// StreamSettings of ngx_stream_split_clients_module.
type StreamSettings struct {
	// Split makes a variable: `split_clients TEXT $NAME { PERCENT% VALUE; … * VALUE; }`.
	Split Option `nginx:"split_clients" in:"stream" args:"2" block:"yes"`
}

// StreamConf declares the directives of stream's module.
var StreamConf = config.Declare[StreamSettings]("ngx_stream_split_clients_module")
