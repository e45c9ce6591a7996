// Package memcached is nginx's ngx_http_memcached_module: answers out of a memcached server, over its text protocol.
package memcached

import (
	"understudy/config"
	"understudy/proxy"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_memcached_module.
type Settings struct {
	proxy.PeerConf `prefix:"memcached"`

	Pass         pass        `nginx:"memcached_pass" in:"location if" args:"1"`
	NextUpstream config.Mask `nginx:"memcached_next_upstream" in:"http server location" enum:"error timeout invalid_response not_found off" default:"error timeout"`
	GzipFlag     config.Int  `nginx:"memcached_gzip_flag" in:"http server location" default:"0"`

	conf proxy.Conf
}

var conf = config.Declare[Settings]("ngx_http_memcached_module")

// Module is ngx_http_memcached_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	if s := conf.Of(l.Block); s.Pass.In(l.Block) {
		proxy.Install(l, &s.Pass.Pass, &s.conf, &protocol{s, vars.TableOf(l.Block).Ref("memcached_key")})
	}
	return nil
}}

// ownNames are the module's names of failures.
var ownNames = map[string]string{"invalid_header": "invalid_response", "http_404": "not_found"}

// Merge makes what package proxy goes by.
func (s *Settings) Merge(_ *Settings, _ *config.Block) error {
	s.conf.SettleUnbuffered(s.PeerConf, "memcached", proxy.Failures{Next: &s.NextUpstream, Names: ownNames})
	return nil
}

// pass is `memcached_pass ADDRESS`. It needs $memcached_key, so that a configuration which does not set it is wrong.
type pass struct{ proxy.Pass }

func (o *pass) Parse(c *config.Call) error {
	if o.IsSet() {
		return c.Duplicate()
	}
	vars.TableOf(c.Block).Ref("memcached_key")
	return o.Fixed(c)
}

func (o *pass) Inherit(parent config.Option) { o.Pass.Inherit(&parent.(*pass).Pass) }
