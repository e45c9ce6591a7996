// Package modules lists the modules that the program is made of.
package modules

import (
	"understudy/config"
	"understudy/errlog"
	"understudy/http2"
	"understudy/modules/access"
	"understudy/modules/accesslog"
	"understudy/modules/addition"
	"understudy/modules/authbasic"
	"understudy/modules/authrequest"
	"understudy/modules/autoindex"
	"understudy/modules/brotli"
	"understudy/modules/brotlistatic"
	"understudy/modules/browser"
	"understudy/modules/charset"
	"understudy/modules/core"
	"understudy/modules/emptygif"
	"understudy/modules/fastcgi"
	"understudy/modules/geo"
	"understudy/modules/gunzip"
	"understudy/modules/gzip"
	"understudy/modules/gzipstatic"
	"understudy/modules/headers"
	"understudy/modules/headersmore"
	"understudy/modules/index"
	"understudy/modules/limitconn"
	"understudy/modules/limitreq"
	"understudy/modules/maps"
	"understudy/modules/memcached"
	"understudy/modules/mirror"
	"understudy/modules/notmodified"
	"understudy/modules/randomindex"
	"understudy/modules/ranges"
	"understudy/modules/realip"
	"understudy/modules/referer"
	"understudy/modules/rewrite"
	"understudy/modules/scgi"
	"understudy/modules/securelink"
	"understudy/modules/splitclients"
	"understudy/modules/ssi"
	"understudy/modules/sslpreread"
	"understudy/modules/static"
	"understudy/modules/streampass"
	"understudy/modules/streamproxy"
	"understudy/modules/streamreturn"
	"understudy/modules/streamset"
	"understudy/modules/stubstatus"
	"understudy/modules/sub"
	"understudy/modules/tryfiles"
	"understudy/modules/userid"
	"understudy/modules/uwsgi"
	"understudy/proxy"
	"understudy/stream"
	"understudy/upstream"
	"understudy/web"
)

// All gives the modules in order of execution: first what others build on, then the handlers phase by phase, in the order in
// which nginx runs them within a phase, then the response filters, the first to see a head first; then stream's handlers, phase by phase. nginx's own list of modules
// is the other way round within a phase and among the filters, as the one registered last runs first there.
func All() []config.AnyModule {
	return []config.AnyModule{
		core.Conf,
		core.Events,
		errlog.Conf,
		web.Core,
		http2.Module,
		upstream.Conf,
		maps.Conf,
		geo.Conf,
		splitclients.Conf,
		stream.Core,
		upstream.StreamConf,
		maps.StreamConf,
		geo.StreamConf,
		splitclients.StreamConf,

		referer.Module,
		securelink.Module,
		browser.Module,
		stubstatus.Module,
		rewrite.Module,
		realip.Module,
		limitreq.Module,
		limitconn.Module,
		access.Module,
		authbasic.Module,
		authrequest.Module,
		proxy.Module,
		fastcgi.Module,
		uwsgi.Module,
		scgi.Module,
		memcached.Module,
		emptygif.Module,
		tryfiles.Module,
		mirror.Module,
		randomindex.Module,
		index.Module,
		autoindex.Module,
		brotlistatic.Module,
		gzipstatic.Module,
		static.Module,
		accesslog.Module,

		notmodified.Module,
		headersmore.Module,
		headers.Module,
		userid.Module,
		gunzip.Module,
		addition.Module,
		sub.Module,
		charset.Module,
		ssi.Module,
		brotli.Module,
		gzip.Module,
		ranges.Module,
		headers.Trailers,

		realip.Stream,
		streamset.Module,
		limitconn.Stream,
		access.Stream,
		sslpreread.Module,
		streamproxy.Module,
		streamreturn.Module,
		streampass.Module,
		accesslog.Stream,
	}
}
