package web

import "net/netip"

// ClientAddr is the client's address and port: the connection's, unless SetClientAddr has replaced it for this request. It is not
// valid for clients on a unix socket.
func (x *Exchange) ClientAddr() netip.AddrPort {
	if a := x.main.clientAddr; a.IsValid() {
		return a
	}
	if x.client.conn.IsUnix() {
		return netip.AddrPort{}
	}
	return x.client.remote()
}

// SetClientAddr has the request, with all that belongs to it, go on as one from another client (set_real_ip_from). Port 0 stands
// for none.
func (x *Exchange) SetClientAddr(a netip.AddrPort) { x.main.clientAddr = a }

// ClientReplaced tells whether SetClientAddr was called for this request.
func (x *Exchange) ClientReplaced() bool { return x.main.clientAddr.IsValid() }

// AppendClientAddr appends the client's address as nginx prints it: "unix:" for a unix socket.
func (x *Exchange) AppendClientAddr(b []byte) []byte {
	if a := x.main.clientAddr; a.IsValid() {
		return a.Addr().AppendTo(b)
	}
	return x.client.appendRemote(b)
}

// AppendPeerAddr appends the address of the connection, whoever the client is.
func (x *Exchange) AppendPeerAddr(b []byte) []byte { return x.client.appendRemote(b) }
