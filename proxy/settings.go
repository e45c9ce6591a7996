// Package proxy is ngx_http_proxy_module: proxy_pass and its family, and the WebSocket tunnel.
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
	Pass               passOption     `nginx:"proxy_pass" in:"location if limit_except" args:"1"`
	SetHeader          setHeader      `nginx:"proxy_set_header" in:"http server location" args:"2"`
	HTTPVersion        config.Enum    `nginx:"proxy_http_version" in:"http server location" enum:"1.0 1.1" default:"1.1"`
	Method             vars.Value     `nginx:"proxy_method" in:"http server location" args:"1"`
	PassRequestHeaders config.Flag    `nginx:"proxy_pass_request_headers" in:"http server location" default:"on"`
	PassRequestBody    config.Flag    `nginx:"proxy_pass_request_body" in:"http server location" default:"on"`
	SetBody            vars.Value     `nginx:"proxy_set_body" in:"http server location" args:"1"`
	RequestBuffering   config.Flag    `nginx:"proxy_request_buffering" in:"http server location" default:"on"`
	Redirect           redirects      `nginx:"proxy_redirect" in:"http server location" args:"1-2"`
	PassHeader         config.Strings `nginx:"proxy_pass_header" in:"http server location" args:"1"`
	HideHeader         config.Strings `nginx:"proxy_hide_header" in:"http server location" args:"1"`
	IgnoreHeaders      config.Mask    `nginx:"proxy_ignore_headers" in:"http server location" enum:"X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset Expires Cache-Control Set-Cookie Vary"`
	InterceptErrors    config.Flag    `nginx:"proxy_intercept_errors" in:"http server location" default:"off"`
	IgnoreClientAbort  config.Flag    `nginx:"proxy_ignore_client_abort" in:"http server location" default:"off"`
	PassTrailers       config.Flag    `nginx:"proxy_pass_trailers" in:"http server location" default:"off"`
	CookieDomain       cookieDomain   `nginx:"proxy_cookie_domain" in:"http server location" args:"1-2"`
	CookiePath         cookiePath     `nginx:"proxy_cookie_path" in:"http server location" args:"1-2"`
	CookieFlags        cookieFlags    `nginx:"proxy_cookie_flags" in:"http server location" args:"1-4"`
	Bind               upstream.Bind  `nginx:"proxy_bind" in:"http server location" args:"1-2"`
	SocketRcvbuf       config.Size    `nginx:"proxy_socket_rcvbuf" in:"http server location"`
	SocketSndbuf       config.Size    `nginx:"proxy_socket_sndbuf" in:"http server location"`
	LimitRate          vars.SizeValue `nginx:"proxy_limit_rate" in:"http server location"`
	SocketKeepalive    config.Flag    `nginx:"proxy_socket_keepalive" in:"http server location" default:"off"`

	ConnectTimeout config.Time `nginx:"proxy_connect_timeout" in:"http server location" default:"60s"`
	SendTimeout    config.Time `nginx:"proxy_send_timeout" in:"http server location" default:"60s"`
	ReadTimeout    config.Time `nginx:"proxy_read_timeout" in:"http server location" default:"60s"`

	NextUpstream        config.Mask `nginx:"proxy_next_upstream" in:"http server location" enum:"error timeout invalid_header non_idempotent http_500 http_502 http_503 http_504 http_403 http_404 http_429 updating off" default:"error timeout"`
	NextUpstreamTries   config.Int  `nginx:"proxy_next_upstream_tries" in:"http server location" default:"0"`
	NextUpstreamTimeout config.Time `nginx:"proxy_next_upstream_timeout" in:"http server location" default:"0"`

	Buffering         config.Flag    `nginx:"proxy_buffering" in:"http server location" default:"on"`
	BufferSize        config.Size    `nginx:"proxy_buffer_size" in:"http server location" default:"4k"`
	Buffers           config.Buffers `nginx:"proxy_buffers" in:"http server location" default:"8 4k"`
	BusyBuffersSize   config.Size    `nginx:"proxy_busy_buffers_size" in:"http server location" reason:"an answer is relayed through one large buffer"`
	TempPath          web.TempPath   `nginx:"proxy_temp_path" in:"http server location" args:"1-4" default:"proxy_temp"`
	MaxTempFileSize   config.Size    `nginx:"proxy_max_temp_file_size" in:"http server location" default:"1024m"`
	TempFileWriteSize config.Size    `nginx:"proxy_temp_file_write_size" in:"http server location"`
	HashMaxSize       config.Ignored `nginx:"proxy_headers_hash_max_size" in:"http server location" args:"1" check:"number" reason:"the table of headers sizes itself"`
	HashBucketSize    config.Ignored `nginx:"proxy_headers_hash_bucket_size" in:"http server location" args:"1" check:"number" reason:"the table of headers sizes itself"`

	CacheSettings

	headers *headerPlan // compiled SetHeader
	spool   web.Spooling
	keeping web.Spooling // the same for answers that are kept in a cache
	hidden  *nameSet     // answer headers that stay here
}

var conf = config.Declare[Settings]("ngx_http_proxy_module")

// Module is ngx_http_proxy_module.
var Module = &web.Module{Settings: conf, Variables: variables, Compile: compile, Start: startCache, Drop: dropCache}

func compile(l *web.Location) error {
	s := conf.Of(l.Block)
	l.Site.NeedDir(s.TempPath.Dir())
	for _, z := range s.CachePath.Zones() {
		l.Site.NeedDir(z.Path)
	}
	if s.Pass.set && ownPass(l.Block) {
		t := &target{conf: s, pass: &s.Pass, location: l}
		if err := t.compile(); err != nil {
			return err
		}
		l.Content = t.handle
		if n := len(l.Name); n > 0 && l.Name[n-1] == '/' && l.Regex == nil {
			l.AutoSlash = true
		}
	}
	return nil
}

// ownPass tells a location that has proxy_pass itself from one that only shares the settings of the location around it; if
// and limit_except blocks take it over, nested locations do not.
func ownPass(b *config.Block) bool {
	s := conf.Of(b)
	return s.Pass.block == b || b.Kind != config.Location && s.Pass.block != nil
}

// Merge compiles what the directives of one level come to.
func (s *Settings) Merge(parent *Settings, b *config.Block) error {
	if parent != nil && !s.SetHeader.own && s.HTTPVersion.Index() == parent.HTTPVersion.Index() && parent.headers != nil {
		s.headers = parent.headers
	} else {
		s.headers = compileHeaders(&s.SetHeader, s.HTTPVersion.Is("1.1"))
	}
	s.hidden = hiddenHeaders(s.HideHeader.All(), s.PassHeader.All())
	if err := s.mergeCache(b); err != nil {
		return err
	}
	if err := s.checkBuffers(b); err != nil {
		return err
	}
	s.setSpooling()
	return nil
}

// checkBuffers holds the sizes of buffers against each other as nginx does.
func (s *Settings) checkBuffers(b *config.Block) error {
	if s.Buffers.N < 2 {
		return b.Errorf("there must be at least 2 \"proxy_buffers\"")
	}
	size := max(s.BufferSize.Bytes(), s.Buffers.Size)
	const least = "the maximum of the value of \"proxy_buffer_size\" and one of the \"proxy_buffers\""
	busy := 2 * size
	if s.BusyBuffersSize.IsSet() {
		busy = s.BusyBuffersSize.Bytes()
	}
	switch {
	case busy < size:
		return b.Errorf("\"proxy_busy_buffers_size\" must be equal to or greater than %s", least)
	case busy > int64(s.Buffers.N-1)*s.Buffers.Size:
		return b.Errorf("\"proxy_busy_buffers_size\" must be less than the size of all \"proxy_buffers\" minus one buffer")
	case s.TempFileWriteSize.IsSet() && s.TempFileWriteSize.Bytes() < size:
		return b.Errorf("\"proxy_temp_file_write_size\" must be equal to or greater than %s", least)
	case s.MaxTempFileSize.IsSet() && s.MaxTempFileSize.Bytes() != 0 && s.MaxTempFileSize.Bytes() < size:
		return b.Errorf("\"proxy_max_temp_file_size\" must be equal to zero to disable temporary files usage or must be equal to or greater than %s", least)
	}
	return nil
}

// setSpooling works out how much is kept for a client that is slower than its upstream: the buffers, then a file.
func (s *Settings) setSpooling() {
	size := max(s.BufferSize.Bytes(), s.Buffers.Size)
	piece := 2 * size
	if s.TempFileWriteSize.IsSet() {
		piece = s.TempFileWriteSize.Bytes()
	}
	s.spool = web.Spooling{
		Memory: int(min(s.BufferSize.Bytes()+int64(s.Buffers.N)*s.Buffers.Size, 1<<30)), File: &s.TempPath,
		FileLimit: s.MaxTempFileSize.Bytes(), Piece: int(min(piece, 1<<30)),
	}
	s.keeping = s.spool
	s.keeping.FileLimit, s.keeping.Silent = -1, true
}

// Group is the group that a fixed proxy_pass names; nil when it depends on variables.
func (s *Settings) Group() *upstream.Group { return s.Pass.group }
