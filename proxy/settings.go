// Package proxy asks upstreams and passes their answers on: what proxy_pass, fastcgi_pass, scgi_pass, uwsgi_pass and memcached_pass
// have in common, and ngx_http_proxy_module itself with its WebSocket tunnel. The other protocols are modules of their own, which
// give a Protocol to Install.
//
// The handler is one sequential function for each exchange: read the request's body, walk the group's peers until one
// answers, pass its head through the response filters, relay its body. A body that does not fit into one write is sent by a
// second task, so that an answer can flow while the request still does. After a 101 both connections become a tunnel that
// holds neither a task nor a buffer.
package proxy

import (
	"understudy/config"
	"understudy/upstream"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_proxy_module.
type Settings struct {
	Conf `prefix:"proxy"`

	Pass             passOption   `nginx:"proxy_pass" in:"location if limit_except" args:"1"`
	SetHeader        setHeader    `nginx:"proxy_set_header" in:"http server location" args:"2"`
	HTTPVersion      config.Enum  `nginx:"proxy_http_version" in:"http server location" enum:"1.0 1.1" default:"1.1"`
	Method           vars.Value   `nginx:"proxy_method" in:"http server location" args:"1"`
	SetBody          vars.Value   `nginx:"proxy_set_body" in:"http server location" args:"1"`
	Redirect         redirects    `nginx:"proxy_redirect" in:"http server location" args:"1-2"`
	PassTrailers     config.Flag  `nginx:"proxy_pass_trailers" in:"http server location" default:"off"`
	CookieDomain     cookieDomain `nginx:"proxy_cookie_domain" in:"http server location" args:"1-2"`
	CookiePath       cookiePath   `nginx:"proxy_cookie_path" in:"http server location" args:"1-2"`
	CookieFlags      cookieFlags  `nginx:"proxy_cookie_flags" in:"http server location" args:"1-4"`
	NextUpstream     config.Mask  `nginx:"proxy_next_upstream" in:"http server location" enum:"error timeout invalid_header non_idempotent http_500 http_502 http_503 http_504 http_403 http_404 http_429 updating off" default:"error timeout"`
	CacheUseStale    config.Mask  `nginx:"proxy_cache_use_stale" in:"http server location" enum:"error timeout invalid_header non_idempotent updating http_500 http_502 http_503 http_504 http_403 http_404 http_429 off" default:"off"`
	CacheConvertHead config.Flag  `nginx:"proxy_cache_convert_head" in:"http server location" default:"on"`

	SendLowat      config.Ignored `nginx:"proxy_send_lowat" in:"http server location" args:"1" check:"size" warn:"yes" reason:"has an effect on FreeBSD only, in nginx too"`
	HashMaxSize    config.Int     `nginx:"proxy_headers_hash_max_size" in:"http server location" args:"1" default:"512"`
	HashBucketSize config.Int     `nginx:"proxy_headers_hash_bucket_size" in:"http server location" args:"1" default:"64"`

	headers      *headerPlan // compiled SetHeader
	cacheHeaders *headerPlan // what a request gets whose answer may be kept
}

var conf = config.Declare[Settings]("ngx_http_proxy_module")

// Module is ngx_http_proxy_module.
var Module = &web.Module{Settings: conf, Variables: variables, Compile: compile, Start: Start(settingsOf), Drop: Drop(settingsOf)}

func settingsOf(b *config.Block) *Conf { return &conf.Of(b).Conf }

func compile(l *web.Location) error {
	s := conf.Of(l.Block)
	NeedDirs(l, &s.Conf)
	if s.Pass.set && ownPass(l.Block) {
		p := &overHTTP{target: target{conf: &s.Conf, location: l}, settings: s, pass: &s.Pass}
		p.protocol, p.http = p, p
		p.measure()
		p.install(l, s.Pass.place)
	}
	return nil
}

// ownPass tells a location that has proxy_pass itself from one that only shares the settings of the location around it; if
// and limit_except blocks take it over, nested locations do not.
func ownPass(b *config.Block) bool {
	s := conf.Of(b)
	return s.Pass.place.In(b) || b.Kind != config.Location && s.Pass.set
}

// Merge compiles what the directives of one level come to.
func (s *Settings) Merge(parent *Settings, b *config.Block) error {
	if parent != nil && !s.SetHeader.own && s.HTTPVersion.Index() == parent.HTTPVersion.Index() && parent.headers != nil {
		s.headers = parent.headers
	} else {
		s.headers = compileHeaders(&s.SetHeader, s.HTTPVersion.Is("1.1"))
	}
	if err := s.Settle(b, "proxy", alwaysHidden, Failures{Next: &s.NextUpstream, UseStale: &s.CacheUseStale}); err != nil {
		return err
	}
	if err := s.fitHeaders(parent, b); err != nil {
		return err
	}
	s.cacheHeaders = nil
	if !s.Cache.on {
		return nil
	}
	var err error
	s.cacheHeaders, err = cacheHeaders(&s.SetHeader, s.HTTPVersion.Is("1.1"), b)
	return err
}

// Group is the group that a fixed proxy_pass names; nil when it depends on variables.
func (s *Settings) Group() *upstream.Group { return s.Pass.group }
