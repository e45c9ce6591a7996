package proxy

import (
	"understudy/config"
	"understudy/upstream"
	"understudy/vars"
	"understudy/web"
)

// PeerConf are the directives about the connection to a peer, which every kind of upstream has under its own prefix
// (proxy_bind, fastcgi_bind, memcached_bind).
type PeerConf struct {
	Bind                upstream.Bind `nginx:"_bind" in:"http server location" args:"1-2"`
	SocketKeepalive     config.Flag   `nginx:"_socket_keepalive" in:"http server location" default:"off"`
	ConnectTimeout      config.Time   `nginx:"_connect_timeout" in:"http server location" default:"60s"`
	SendTimeout         config.Time   `nginx:"_send_timeout" in:"http server location" default:"60s"`
	ReadTimeout         config.Time   `nginx:"_read_timeout" in:"http server location" default:"60s"`
	BufferSize          config.Size   `nginx:"_buffer_size" in:"http server location" default:"4k"`
	NextUpstreamTries   config.Int    `nginx:"_next_upstream_tries" in:"http server location" default:"0"`
	NextUpstreamTimeout config.Time   `nginx:"_next_upstream_timeout" in:"http server location" default:"0"`
}

// Conf is what an upstream's answers are asked for and passed on by, whatever the protocol (ngx_http_upstream_conf_t). The settings
// of a module embed it with the prefix of their directives, and call Settle when they are merged.
type Conf struct {
	PeerConf

	PassRequestHeaders config.Flag    `nginx:"_pass_request_headers" in:"http server location" default:"on"`
	PassRequestBody    config.Flag    `nginx:"_pass_request_body" in:"http server location" default:"on"`
	RequestBuffering   config.Flag    `nginx:"_request_buffering" in:"http server location" default:"on"`
	PassHeader         config.Strings `nginx:"_pass_header" in:"http server location" args:"1"`
	HideHeader         config.Strings `nginx:"_hide_header" in:"http server location" args:"1"`
	IgnoreHeaders      config.Mask    `nginx:"_ignore_headers" in:"http server location" enum:"X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset Expires Cache-Control Set-Cookie Vary"`
	InterceptErrors    config.Flag    `nginx:"_intercept_errors" in:"http server location" default:"off"`
	IgnoreClientAbort  config.Flag    `nginx:"_ignore_client_abort" in:"http server location" default:"off"`
	SocketRcvbuf       config.Size    `nginx:"_socket_rcvbuf" in:"http server location"`
	SocketSndbuf       config.Size    `nginx:"_socket_sndbuf" in:"http server location"`
	LimitRate          vars.SizeValue `nginx:"_limit_rate" in:"http server location"`

	Buffering         config.Flag    `nginx:"_buffering" in:"http server location" default:"on"`
	Buffers           config.Buffers `nginx:"_buffers" in:"http server location" default:"8 4k"`
	BusyBuffersSize   config.Size    `nginx:"_busy_buffers_size" in:"http server location" reason:"an answer is relayed through one large buffer"`
	TempPath          web.TempPath   `nginx:"_temp_path" in:"http server location" args:"1-4" default:"_temp"`
	MaxTempFileSize   config.Size    `nginx:"_max_temp_file_size" in:"http server location" default:"1024m"`
	TempFileWriteSize config.Size    `nginx:"_temp_file_write_size" in:"http server location"`

	CacheSettings

	failures Failures
	prefix   string // of the directives: "proxy"
	spool    web.Spooling
	keeping  web.Spooling // the same for answers that are kept in a cache
	hidden   *nameSet     // answer headers that stay here
	only404  bool         // an answer 404 becomes this server's own, with an error page or not
}

// Failures are what the protocols name differently: the failures after which another peer is asked (proxy_next_upstream), and
// those in place of which an old answer is given (proxy_cache_use_stale). Has knows them by the names that proxy_next_upstream uses.
type Failures struct {
	Next     *config.Mask
	UseStale *config.Mask
	Names    map[string]string // of a protocol that has names of its own
}

func (f *Failures) passes(kind string) bool {
	if own := f.Names[kind]; own != "" {
		kind = own
	}
	return f.Next.Has(kind) && !f.Next.Has("off")
}

// staleOn tells whether an answer that is too old may take the place of a failure of this kind.
func (c *Conf) staleOn(kind string) bool {
	return c.failures.UseStale != nil && !c.failures.UseStale.Has("off") && c.failures.UseStale.Has(kind)
}

// Settle works out what the directives of one level come to; prefix is that of their names, hidden are the answer headers that
// stay here unless …_pass_header names them.
func (c *Conf) Settle(b *config.Block, prefix string, hidden []string, f Failures) error {
	c.prefix, c.failures = prefix, f
	c.hidden = hiddenHeaders(hidden, c.HideHeader.All(), c.PassHeader.All())
	if err := c.mergeCache(b); err != nil {
		return err
	}
	if err := c.checkBuffers(b); err != nil {
		return err
	}
	c.setSpooling()
	return nil
}

// SettleUnbuffered makes the settings of a protocol whose answers are not buffered and bring no header fields, only the file or the
// fact that there is none: what remains of the directives are those about peers (ngx_http_memcached_create_loc_conf).
func (c *Conf) SettleUnbuffered(peers PeerConf, prefix string, f Failures) {
	*c = Conf{PeerConf: peers, prefix: prefix, failures: f, hidden: &nameSet{}, only404: true}
	c.RequestBuffering.Set(true)
	c.InterceptErrors.Set(true)
	c.ForceRanges.Set(true)
}

// checkBuffers holds the sizes of buffers against each other as nginx does.
func (c *Conf) checkBuffers(b *config.Block) error {
	p := c.prefix
	if c.Buffers.N < 2 {
		return b.Errorf("there must be at least 2 \"%s_buffers\"", p)
	}
	size := max(c.BufferSize.Bytes(), c.Buffers.Size)
	least := "the maximum of the value of \"" + p + "_buffer_size\" and one of the \"" + p + "_buffers\""
	busy := 2 * size
	if c.BusyBuffersSize.IsSet() {
		busy = c.BusyBuffersSize.Bytes()
	}
	switch {
	case busy < size:
		return b.Errorf("\"%s_busy_buffers_size\" must be equal to or greater than %s", p, least)
	case busy > int64(c.Buffers.N-1)*c.Buffers.Size:
		return b.Errorf("\"%s_busy_buffers_size\" must be less than the size of all \"%s_buffers\" minus one buffer", p, p)
	case c.TempFileWriteSize.IsSet() && c.TempFileWriteSize.Bytes() < size:
		return b.Errorf("\"%s_temp_file_write_size\" must be equal to or greater than %s", p, least)
	case c.MaxTempFileSize.IsSet() && c.MaxTempFileSize.Bytes() != 0 && c.MaxTempFileSize.Bytes() < size:
		return b.Errorf("\"%s_max_temp_file_size\" must be equal to zero to disable temporary files usage or must be equal to or greater than %s", p, least)
	}
	return nil
}

// setSpooling works out how much is kept for a client that is slower than its upstream: the buffers, then a file.
func (c *Conf) setSpooling() {
	size := max(c.BufferSize.Bytes(), c.Buffers.Size)
	piece := 2 * size
	if c.TempFileWriteSize.IsSet() {
		piece = c.TempFileWriteSize.Bytes()
	}
	c.spool = web.Spooling{
		Memory: int(min(c.BufferSize.Bytes()+int64(c.Buffers.N)*c.Buffers.Size, 1<<30)), File: &c.TempPath,
		FileLimit: c.MaxTempFileSize.Bytes(), Piece: int(min(piece, 1<<30)),
	}
	c.keeping = c.spool
	c.keeping.FileLimit, c.keeping.Silent = -1, true
}
