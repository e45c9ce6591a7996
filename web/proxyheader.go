package web

import (
	"strconv"

	"understudy/errlog"
	"understudy/proxyprotocol"
	"understudy/vars"
)

// proxyHeader takes the PROXY protocol's header off what a new connection began with (`listen … proxy_protocol`). As in nginx it
// has to come in one piece; false ends the connection.
func (x *Exchange) proxyHeader() bool {
	c := x.client
	h, n, err := proxyprotocol.Parse(x.head[:x.have])
	if err != nil {
		if text := err.Error(); text != "" {
			c.addr.fallback.root.Log.Write(errlog.Error, c.conn.Serial(), c.waiting(text))
		}
		return false
	}
	c.proxy, c.proxied = false, h
	x.have = copy(x.head, x.head[n:x.have])
	return true
}

// Proxied is what the PROXY protocol told of the client's connection; nil without.
func (x *Exchange) Proxied() *proxyprotocol.Header { return x.client.proxied }

// proxyVariables are those of the PROXY protocol.
var proxyVariables = []vars.Def{
	proxied("proxy_protocol_addr", func(h *proxyprotocol.Header, dst []byte) []byte { return append(dst, h.Source...) }),
	proxied("proxy_protocol_server_addr", func(h *proxyprotocol.Header, dst []byte) []byte { return append(dst, h.Destination...) }),
	proxied("proxy_protocol_port", func(h *proxyprotocol.Header, dst []byte) []byte { return appendPort(dst, h.SourcePort) }),
	proxied("proxy_protocol_server_port", func(h *proxyprotocol.Header, dst []byte) []byte { return appendPort(dst, h.DestinationPort) }),
	PrefixVar("proxy_protocol_tlv_", func(name string) func(x *Exchange, dst []byte) ([]byte, bool) {
		field := proxyprotocol.FieldOf(name)
		return func(x *Exchange, dst []byte) ([]byte, bool) {
			value, found, err := x.client.proxied.Append(dst, &field)
			if err != nil && err.Error() != "" {
				x.Errorf(errlog.Error, "%s", err)
			}
			return value, found
		}
	}),
}

func proxied(name string, get func(h *proxyprotocol.Header, dst []byte) []byte) vars.Def {
	return Var(name, func(x *Exchange, dst []byte) ([]byte, bool) {
		h := x.client.proxied
		if h == nil {
			return dst, false
		}
		return get(h, dst), true
	})
}

// appendPort appends a port; 0 stands for none.
func appendPort(dst []byte, port uint16) []byte {
	if port == 0 {
		return dst
	}
	return strconv.AppendUint(dst, uint64(port), 10)
}
