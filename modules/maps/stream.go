package maps

import "understudy/config"

// StreamSettings of ngx_stream_map_module.
type StreamSettings struct {
	// Map makes a variable: `map SOURCE $NAME { KEY VALUE; … }`.
	Map Option `nginx:"map" in:"stream" args:"2" block:"yes"`
	// HashMaxSize and HashBucketSize bound nginx's tables.
	HashMaxSize    config.Int `nginx:"map_hash_max_size" in:"stream" args:"1" default:"2048"`
	HashBucketSize config.Int `nginx:"map_hash_bucket_size" in:"stream" args:"1" default:"64"`
}

// StreamConf declares the directives of stream's module.
var StreamConf = config.Declare[StreamSettings]("ngx_stream_map_module")

// hashTable is nginx's table of a map, with the sizes in force where the map stands; they cannot be set any more behind it.
func hashTable(b *config.Block) config.HashTable {
	s := Conf.Local(b)
	most, bucket := &s.HashMaxSize, &s.HashBucketSize
	if b.Kind == config.Stream {
		s := StreamConf.Local(b)
		most, bucket = &s.HashMaxSize, &s.HashBucketSize
	}
	for _, o := range [...]struct {
		size  *config.Int
		usual int
	}{{most, 2048}, {bucket, 64}} {
		if !o.size.IsSet() {
			o.size.Set(o.usual)
		}
	}
	return config.HashTable{Name: "map_hash", Max: most.N(), BucketSize: bucket.N()}
}
