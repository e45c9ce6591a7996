// The directives of stream's upstream{}: nginx's ngx_stream_upstream_module with its balancers and zone.

package upstream

import "understudy/config"

// StreamConf is the slot of stream's module in every block.
var StreamConf = config.Declare[StreamSettings]("ngx_stream_upstream_module")

// StreamSettings of stream{} (Blocks) and of one upstream{} in it (everything else). The options are those of http's module.
type StreamSettings struct {
	// Blocks are the groups of a stream{}: upstream NAME { … }, and the implicit ones.
	Blocks Blocks `nginx:"upstream" in:"stream" args:"1" block:"yes"`

	// Servers are the peers: server ADDRESS:PORT [weight=] [max_conns=] [max_fails=] [fail_timeout=] [backup] [down];
	Servers Servers `nginx:"server" in:"stream-upstream" args:"1+"`
	// Zone names a shared memory zone. State is shared by all loops with or without it.
	Zone Zone `nginx:"zone" in:"stream-upstream" args:"1-2"`

	LeastConn LeastConn `nginx:"least_conn" in:"stream-upstream" args:"0"`
	Hash      Hash      `nginx:"hash" in:"stream-upstream" args:"1-2"`
	Random    Random    `nginx:"random" in:"stream-upstream" args:"0-2"`
}

// Merge gives all groups of a stream{} their peers, in file order.
func (s *StreamSettings) Merge(_ *StreamSettings, b *config.Block) error {
	if b.Kind != config.Stream {
		return nil
	}
	config.Attach(b, literalKey, &literals{groups: map[literalName]*Group{}})
	return s.Blocks.finish()
}
