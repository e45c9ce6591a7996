// Package streamproxy is nginx's ngx_stream_proxy_module: proxy_pass and its family for TCP.
package streamproxy

import (
	"understudy/config"
	"understudy/stream"
	"understudy/upstream"
	"understudy/vars"
)

// Settings of ngx_stream_proxy_module.
type Settings struct {
	// Pass is where sessions go: an address, an upstream{} or a text with variables that names one of these.
	Pass passOption `nginx:"proxy_pass" in:"stream-server" args:"1"`

	Bind            upstream.Bind `nginx:"proxy_bind" in:"stream stream-server" args:"1-2"`
	SocketKeepalive config.Flag   `nginx:"proxy_socket_keepalive" in:"stream stream-server" default:"off"`
	SocketRcvbuf    config.Size   `nginx:"proxy_socket_rcvbuf" in:"stream stream-server" default:"0"`
	SocketSndbuf    config.Size   `nginx:"proxy_socket_sndbuf" in:"stream stream-server" default:"0"`

	ConnectTimeout config.Time `nginx:"proxy_connect_timeout" in:"stream stream-server" default:"60s"`
	Timeout        config.Time `nginx:"proxy_timeout" in:"stream stream-server" default:"10m"`
	BufferSize     config.Size `nginx:"proxy_buffer_size" in:"stream stream-server" default:"16k" reason:"bytes go through a buffer of the loop; a session has one of its own only while one side is slower than the other"`
	UpstreamBuf    config.Size `nginx:"proxy_upstream_buffer" in:"stream stream-server" instead:"proxy_buffer_size" reason:"bytes go through a buffer of the loop"`
	DownstreamBuf  config.Size `nginx:"proxy_downstream_buffer" in:"stream stream-server" instead:"proxy_buffer_size" reason:"bytes go through a buffer of the loop"`

	UploadRate   vars.SizeValue `nginx:"proxy_upload_rate" in:"stream stream-server"`
	DownloadRate vars.SizeValue `nginx:"proxy_download_rate" in:"stream stream-server"`

	NextUpstream        config.Flag `nginx:"proxy_next_upstream" in:"stream stream-server" default:"on"`
	NextUpstreamTries   config.Int  `nginx:"proxy_next_upstream_tries" in:"stream stream-server" default:"0"`
	NextUpstreamTimeout config.Time `nginx:"proxy_next_upstream_timeout" in:"stream stream-server" default:"0"`

	// ProxyProtocol is the version of the header that begins a connection to a peer.
	ProxyProtocol config.Enum `nginx:"proxy_protocol" in:"stream stream-server" enum:"off on v2" default:"off"`
	HalfClose     config.Flag `nginx:"proxy_half_close" in:"stream stream-server" default:"off"`
}

var conf = config.Declare[Settings]("ngx_stream_proxy_module")

// Module is ngx_stream_proxy_module.
var Module = &stream.Module{Settings: conf, Variables: variables, Compile: func(server *stream.Server) error {
	if t := (&target{conf.Of(server.Block)}); t.conf.Pass.IsSet() {
		server.Content = t.handle
	}
	return nil
}}

// passOption is `proxy_pass`.
type passOption struct {
	group *upstream.Group
	value *vars.Value // with variables in it
}

// IsSet tells whether the server has it.
func (o *passOption) IsSet() bool { return o.group != nil || o.value != nil }

// Parse implements config.Option.
func (o *passOption) Parse(c *config.Call) error {
	if o.IsSet() {
		return c.Duplicate()
	}
	v, err := vars.Compile(c, c.Args[0])
	if err != nil {
		return err
	}
	text, static := v.Static()
	if !static {
		o.value = v
		return nil
	}
	o.group, err = upstream.Implicit(c, text, text, 0)
	return err
}
