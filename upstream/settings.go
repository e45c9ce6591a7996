// The directives of upstream{}: nginx's ngx_http_upstream_module with its balancers, zone and keepalive.

package upstream

import "understudy/config"

// Conf is the module's slot in every block.
var Conf = config.Declare[Settings]("ngx_http_upstream_module")

// Settings of http{} (Blocks) and of one upstream{} (everything else).
type Settings struct {
	// Blocks are the groups of an http{}: upstream NAME { … }, and the implicit ones.
	Blocks Blocks `nginx:"upstream" in:"http" args:"1" block:"yes"`

	// Servers are the peers: server ADDRESS [weight=] [max_conns=] [max_fails=] [fail_timeout=] [backup] [down] [drain] [route=];
	Servers Servers `nginx:"server" in:"upstream" args:"1+"`
	// Zone names a shared memory zone. State is shared by all loops with or without it.
	Zone Zone `nginx:"zone" in:"upstream" args:"1-2"`

	LeastConn LeastConn `nginx:"least_conn" in:"upstream" args:"0"`
	IPHash    IPHash    `nginx:"ip_hash" in:"upstream" args:"0"`
	Hash      Hash      `nginx:"hash" in:"upstream" args:"1-2"`
	Random    Random    `nginx:"random" in:"upstream" args:"0-2"`

	// Keepalive is the number of idle connections that each loop keeps: keepalive N [local]; 32 local unless set, 0 turns it off.
	Keepalive Keepalive `nginx:"keepalive" in:"upstream" args:"1-2"`
	// KeepaliveRequests closes a connection after so many requests.
	KeepaliveRequests config.Int `nginx:"keepalive_requests" in:"upstream" default:"1000"`
	// KeepaliveTime closes a connection at the end of a request when it is older.
	KeepaliveTime config.Time `nginx:"keepalive_time" in:"upstream" default:"1h"`
	// KeepaliveTimeout closes a connection that was idle so long.
	KeepaliveTimeout config.Time `nginx:"keepalive_timeout" in:"upstream" default:"60s"`
}

// Merge finishes an upstream{} (its keepalive settings are known now) and http{} (all groups get their peers,
// in file order, as in nginx before the merges of the modules that proxy).
func (s *Settings) Merge(_ *Settings, b *config.Block) error {
	switch b.Kind {
	case config.Upstream:
		g := config.Value(b, groupKey)
		g.keep = keepalive{
			max: s.Keepalive.n, local: s.Keepalive.local,
			requests: int(s.KeepaliveRequests.N()),
			time:     s.KeepaliveTime.D().Milliseconds(),
			timeout:  s.KeepaliveTimeout.D(),
		}
		if !s.Keepalive.set {
			g.keep.max, g.keep.local = 32, true
		}
	case config.HTTP:
		config.Attach(b, literalKey, &literals{groups: map[literalName]*Group{}})
		return s.Blocks.finish()
	}
	return nil
}

// method is a balancing method and what its servers may say.
type method struct {
	balancer balancer
	backup   bool // `backup` is allowed
}

const (
	withBackup = true
	noBackup   = false
)

// setMethod carries out a balancing directive; the last one counts, for the servers behind it too.
func setMethod(c *config.Call, b balancer, backup bool) {
	g := config.Value(c.Block, groupKey)
	if g.method.balancer != nil {
		c.Warnf("load balancing method redefined")
	}
	g.method = method{b, backup}
}
