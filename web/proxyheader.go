package web

import (
	"understudy/errlog"
	"understudy/proxyprotocol"
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
