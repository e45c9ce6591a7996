package http2

import (
	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_v2_module.
type Settings struct {
	On          config.Flag `nginx:"http2" in:"http server" default:"off"`
	MaxStreams  config.Int  `nginx:"http2_max_concurrent_streams" in:"http server" default:"128"`
	PrereadSize prereadSize `nginx:"http2_body_preread_size" in:"http server" default:"64k"`
	ChunkSize   chunkSize   `nginx:"http2_chunk_size" in:"http server location" default:"8k"`

	RecvBufferSize recvBufferSize `nginx:"http2_recv_buffer_size" in:"http" args:"1" default:"256k" reason:"a loop's connections share its buffers"`
	PoolSize       web.PoolSize   `nginx:"http2_pool_size" in:"http server" args:"1" default:"4k" reason:"connections hold no pool"`
	StreamsIndex   indexSize      `nginx:"http2_streams_index_size" in:"http server" args:"1" default:"32" reason:"the index of streams has a size of its own"`

	MaxRequests   obsolete `nginx:"http2_max_requests" in:"http server" args:"1" reason:"obsolete in nginx too"`
	MaxFieldSize  obsolete `nginx:"http2_max_field_size" in:"http server" args:"1" reason:"obsolete in nginx too"`
	MaxHeaderSize obsolete `nginx:"http2_max_header_size" in:"http server" args:"1" reason:"obsolete in nginx too"`
	RecvTimeout   obsolete `nginx:"http2_recv_timeout" in:"http server" args:"1" reason:"obsolete in nginx too"`
	IdleTimeout   obsolete `nginx:"http2_idle_timeout" in:"http server" args:"1" reason:"obsolete in nginx too"`
	MaxPushes     obsolete `nginx:"http2_max_concurrent_pushes" in:"http server" args:"1" reason:"obsolete in nginx too"`
	Push          obsolete `nginx:"http2_push" in:"http server location" args:"1" reason:"obsolete in nginx too"`
	PushPreload   obsolete `nginx:"http2_push_preload" in:"http server location" args:"1" reason:"obsolete in nginx too"`
}

var conf = config.Declare[Settings]("ngx_http_v2_module")

// Module is ngx_http_v2_module.
var Module = &web.Module{
	Settings: conf,
	Variables: []vars.Def{web.Var("http2", func(x *web.Exchange, dst []byte) ([]byte, bool) {
		if x.IsStream() {
			return append(dst, "h2c"...), true
		}
		return dst, true
	})},
	Start: start,
}

// start has the ports that speak HTTP/2 look for its preface.
func start(s *web.Site) error {
	for _, p := range s.Ports {
		p.Speak(preface, func(s *web.Server) bool { return conf.Of(s.Block).On.On() }, open)
	}
	return nil
}

// prereadSize is how much of a body a stream may send before it is asked for.
type prereadSize struct{ config.Size }

func (o *prereadSize) Parse(c *config.Call) error {
	if err := o.Size.Parse(c); err != nil {
		return err
	}
	if o.Bytes() > maxWindow {
		return c.Errorf("the maximum body preread buffer size is %d", maxWindow)
	}
	return nil
}

// chunkSize is the largest DATA frame.
type chunkSize struct{ config.Size }

func (o *chunkSize) Parse(c *config.Call) error {
	if err := o.Size.Parse(c); err != nil {
		return err
	}
	if o.Bytes() == 0 {
		return c.Errorf("the http2 chunk size cannot be zero")
	}
	if o.Bytes() > maxFrame {
		o.Set(maxFrame)
	}
	return nil
}

// Sizes that are checked as nginx checks them, and have no effect.
type (
	recvBufferSize struct{ config.Size }
	indexSize      struct{ config.Int }
)

func (o *recvBufferSize) Parse(c *config.Call) error {
	if err := o.Size.Parse(c); err != nil {
		return err
	}
	if o.Bytes() <= 16 {
		return c.Errorf("\"%s\" directive value is too small", c.Name)
	}
	return nil
}

func (o *indexSize) Parse(c *config.Call) error {
	if err := o.Int.Parse(c); err != nil {
		return err
	}
	if n := o.N(); n == 0 || n&(n-1) != 0 {
		return c.Errorf("\"%s\" directive must be a power of two", c.Name)
	}
	return nil
}

// obsolete is a directive that nginx only warns of.
type obsolete struct{}

// successors are the directives that took an obsolete one's place.
var successors = map[string]string{
	"http2_max_requests": "keepalive_requests", "http2_max_field_size": "large_client_header_buffers",
	"http2_max_header_size": "large_client_header_buffers", "http2_recv_timeout": "client_header_timeout",
	"http2_idle_timeout": "keepalive_timeout",
}

func (o *obsolete) Parse(c *config.Call) error {
	if instead := successors[c.Name]; instead != "" {
		c.Warnf("the \"%s\" directive is obsolete, use the \"%s\" directive instead", c.Name, instead)
	} else {
		c.Warnf("the \"%s\" directive is obsolete, ignored", c.Name)
	}
	return nil
}
