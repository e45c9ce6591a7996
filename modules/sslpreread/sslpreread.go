// Package sslpreread is nginx's ngx_stream_ssl_preread_module: it reads the server's name and more out of a TLS client's first message,
// which stays where it is.
package sslpreread

import (
	"understudy/config"
	"understudy/stream"
	"understudy/vars"
)

// Settings of ngx_stream_ssl_preread_module.
type Settings struct {
	// On looks at what the client sends first.
	On config.Flag `nginx:"ssl_preread" in:"stream stream-server" default:"off"`
}

var conf = config.Declare[Settings]("ngx_stream_ssl_preread_module")

// Module is ngx_stream_ssl_preread_module.
var Module = &stream.Module{Settings: conf, Compile: func(server *stream.Server) error {
	if conf.Of(server.Block).On.On() {
		server.Preread(preread)
	}
	return nil
}, Variables: []vars.Def{
	variable("ssl_preread_protocol", func(h *hello, dst []byte) []byte { return append(dst, h.version()...) }),
	variable("ssl_preread_server_name", func(h *hello, dst []byte) []byte { return append(dst, h.name...) }),
	variable("ssl_preread_alpn_protocols", func(h *hello, dst []byte) []byte { return append(dst, h.protocols...) }),
}}

var slot = stream.NewSlot[hello]()

// preread looks for a hello in what has come; the name in it may choose another server.
func preread(s *stream.Session, b []byte) (res stream.Result, more bool) {
	var h hello
	switch h.parse(b) {
	case incomplete:
		return stream.Declined, true
	case foreign:
		return stream.Declined, false
	}
	*slot.Of(s) = h
	if len(h.name) > 0 {
		if res := s.ChooseServer(h.name); res != stream.Declined {
			return res, false
		}
	}
	return stream.Allowed, false
}

func variable(name string, get func(h *hello, dst []byte) []byte) vars.Def {
	return stream.Var(name, func(s *stream.Session, dst []byte) ([]byte, bool) {
		h, ok := slot.Have(s)
		if !ok {
			return dst, false
		}
		return get(h, dst), true
	})
}
