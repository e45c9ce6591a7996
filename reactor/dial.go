package reactor

import (
	"net/netip"
	"time"
)

// DialOptions are a connection's options before it is made.
type DialOptions struct {
	Timeout   time.Duration // 0 = the system's
	LocalAddr netip.Addr    // bind to it first (nginx: proxy_bind); the zero Addr = no
	LocalPort uint16        // with LocalAddr; 0 = the system's choice
	// Transparent lets LocalAddr be an address of another host (nginx: proxy_bind … transparent); Linux, with the right to.
	Transparent bool
	KeepAlive   bool // TCP keepalive probes (nginx: proxy_socket_keepalive)
	RcvBuf      int  // bytes, 0 = the system's
	SndBuf      int
}

func (o *DialOptions) local() netip.AddrPort { return netip.AddrPortFrom(o.LocalAddr, o.LocalPort) }
