package proxyprotocol

import (
	"strconv"

	"understudy/vars"
)

// Proxied is a Subject whose connection may have begun with a header.
type Proxied interface {
	vars.Subject
	Proxied() *Header
}

// Variables are those of the PROXY protocol: $proxy_protocol_addr and its like. The Subject is Proxied.
var Variables = []vars.Def{
	proxied("proxy_protocol_addr", func(h *Header, dst []byte) []byte { return append(dst, h.Source...) }),
	proxied("proxy_protocol_server_addr", func(h *Header, dst []byte) []byte { return append(dst, h.Destination...) }),
	proxied("proxy_protocol_port", func(h *Header, dst []byte) []byte { return appendPort(dst, h.SourcePort) }),
	proxied("proxy_protocol_server_port", func(h *Header, dst []byte) []byte { return appendPort(dst, h.DestinationPort) }),
	{Name: "proxy_protocol_tlv_", Prefix: true, GetNamed: func(name string) vars.Getter {
		field := FieldOf(name)
		return func(s vars.Subject, dst []byte) ([]byte, bool) {
			value, found, err := s.(Proxied).Proxied().Append(dst, &field)
			if err != nil && err.Error() != "" {
				vars.Report(s, err.Error())
			}
			return value, found
		}
	}},
}

func proxied(name string, get func(h *Header, dst []byte) []byte) vars.Def {
	return vars.Def{Name: name, Get: func(s vars.Subject, dst []byte) ([]byte, bool) {
		h := s.(Proxied).Proxied()
		if h == nil {
			return dst, false
		}
		return get(h, dst), true
	}}
}

// appendPort appends a port; 0 stands for none.
func appendPort(dst []byte, port uint16) []byte {
	if port == 0 {
		return dst
	}
	return strconv.AppendUint(dst, uint64(port), 10)
}
