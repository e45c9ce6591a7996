package maps

import "understudy/config"

// StreamSettings of ngx_stream_map_module.
type StreamSettings struct {
	// Map makes a variable: `map SOURCE $NAME { KEY VALUE; … }`.
	Map Option `nginx:"map" in:"stream" args:"2" block:"yes"`
	// HashMaxSize and HashBucketSize size nginx's tables.
	HashMaxSize    config.Ignored `nginx:"map_hash_max_size" in:"stream" args:"1" check:"number" reason:"tables grow as they need"`
	HashBucketSize config.Ignored `nginx:"map_hash_bucket_size" in:"stream" args:"1" check:"number" reason:"tables grow as they need"`
}

// StreamConf declares the directives of stream's module.
var StreamConf = config.Declare[StreamSettings]("ngx_stream_map_module")
