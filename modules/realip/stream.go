package realip

import (
	"net/netip"
	"strconv"

	"understudy/cidr"
	"understudy/config"
	"understudy/stream"
	"understudy/vars"
)

// StreamSettings of ngx_stream_realip_module.
type StreamSettings struct {
	// From are the proxies that are believed, when they speak the PROXY protocol: addresses, networks, names of hosts, `unix:`.
	From proxies `nginx:"set_real_ip_from" in:"stream stream-server" args:"1"`
}

var streamConf = config.Declare[StreamSettings]("ngx_stream_realip_module")

// Stream is ngx_stream_realip_module.
var Stream = &stream.Module{Settings: streamConf, Compile: func(server *stream.Server) error {
	from := &streamConf.Of(server.Block).From
	if !from.set {
		return nil
	}
	server.On(stream.PhasePostAccept, func(s *stream.Session) stream.Result {
		h := s.Proxied()
		if h == nil || !from.list.Match(s.PeerAddr().Addr()) {
			return stream.Declined
		}
		if addr, ok := cidr.Parse(h.Source); ok {
			s.SetClientAddr(netip.AddrPortFrom(addr, h.SourcePort))
		}
		return stream.Declined
	})
	return nil
}, Variables: []vars.Def{
	stream.Var("realip_remote_addr", func(s *stream.Session, dst []byte) ([]byte, bool) {
		if a := s.PeerAddr(); a.IsValid() {
			return a.Addr().AppendTo(dst), true
		}
		return append(dst, "unix:"...), true
	}),
	stream.Var("realip_remote_port", func(s *stream.Session, dst []byte) ([]byte, bool) {
		if a := s.PeerAddr(); a.IsValid() {
			return strconv.AppendUint(dst, uint64(a.Port()), 10), true
		}
		return dst, true
	}),
}}
