package reactor

// Listening sockets, what both drivers share.

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ListenOptions are the parameters of nginx's listen directive that concern the socket.
type ListenOptions struct {
	Backlog     int   // 0 = defaultBacklog
	IPv6Only    *bool // nil = on, as in nginx
	ReusePort   bool  // a descriptor of its own for every loop
	RcvBuf      int   // bytes, 0 = the system's
	SndBuf      int
	KeepAlive   *KeepAlive // so_keepalive; nil = the system's
	DeferAccept int        // TCP_DEFER_ACCEPT, seconds, 0 = off (Linux)
	FastOpen    int        // TCP_FASTOPEN queue, 0 = off (Linux)
	Multipath   bool       // Multipath TCP, where the system has it
	Bind        bool       // kept for the caller; every Listen binds
	File        *os.File   // an inherited listening socket to use instead of binding; duplicated, stays the caller's
}

// KeepAlive are the so_keepalive parameters; zero durations are the system's.
type KeepAlive struct {
	On       bool
	Idle     time.Duration // whole seconds
	Interval time.Duration
	Count    int
}

// AcceptHandler is given every accepted connection, on its loop; it must not block. Usually it calls Conn.Idle.
type AcceptHandler interface{ Accept(c *Conn) }

// Listener is a listening socket that all loops watch.
type Listener struct {
	r       *Reactor
	network string // "tcp" or "unix"
	path    string // unix: the socket's path
	addr    net.Addr
	local   netip.AddrPort
	handler atomic.Pointer[AcceptHandler]
	opts    ListenOptions

	mu       sync.RWMutex // held for reading around accept, so that Close cannot pull the descriptor away
	closed   bool
	keepPath bool
	accs     []*acceptor
	nl       net.Listener // portable driver
}

// defaultBacklog is nginx's.
const defaultBacklog = 511

// Listen binds and listens at once, also before Start. network is "tcp4", "tcp6", "tcp" or "unix"; address is host:port
// with a literal IP, "" or "*" for any address, or the path. Errors wrap *os.SyscallError (Syscall "socket", "bind",
// "listen", "setsockopt") and its syscall.Errno.
func (r *Reactor) Listen(network, address string, o ListenOptions, h AcceptHandler) (*Listener, error) {
	if o.Backlog == 0 {
		o.Backlog = defaultBacklog
	}
	ln := &Listener{r: r, network: "tcp", opts: o}
	ln.SetHandler(h)
	var ap netip.AddrPort
	if network == "unix" {
		ln.network, ln.path = "unix", address
	} else {
		var err error
		if ap, err = listenAddr(network, address); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, net.ErrClosed
	}
	if err := ln.open(ap); err != nil {
		return nil, err
	}
	r.listeners[ln] = struct{}{}
	return ln, nil
}

var errAddress = errors.New("reactor: invalid listen address")

func listenAddr(network, address string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	host = strings.Trim(host, "[]")
	if host == "" || host == "*" {
		host = "0.0.0.0"
		if network == "tcp6" {
			host = "::"
		}
	}
	ap, err := netip.ParseAddrPort(net.JoinHostPort(host, port))
	if err != nil || network == "tcp4" && !ap.Addr().Is4() || network == "tcp6" && !ap.Addr().Is6() {
		return netip.AddrPort{}, errAddress
	}
	return ap, nil
}

// SetHandler puts another handler in place for the connections accepted from now on. Any goroutine.
func (ln *Listener) SetHandler(h AcceptHandler) { ln.handler.Store(&h) }

// Addr is the bound address; with port 0 the one the system chose.
func (ln *Listener) Addr() net.Addr { return ln.addr }

// AddrPort is Addr for TCP.
func (ln *Listener) AddrPort() netip.AddrPort { return ln.local }

// SetUnlinkOnClose says whether Close removes the path of a unix socket; it does unless told otherwise.
func (ln *Listener) SetUnlinkOnClose(on bool) {
	ln.mu.Lock()
	ln.keepPath = !on
	ln.mu.Unlock()
}

// Close stops accepting and closes the socket before it returns. Connections already accepted stay. Any goroutine.
func (ln *Listener) Close() error {
	ln.mu.Lock()
	if ln.closed {
		ln.mu.Unlock()
		return net.ErrClosed
	}
	ln.closed = true
	ln.sysClose()
	if ln.network == "unix" && !ln.keepPath && !strings.HasPrefix(ln.path, "@") {
		_ = os.Remove(ln.path)
	}
	ln.mu.Unlock()
	ln.r.mu.Lock()
	delete(ln.r.listeners, ln)
	ln.r.mu.Unlock()
	return nil
}

// accepted finishes a new connection and hands it over.
func (ln *Listener) accepted(c *Conn) {
	if ln.network == "unix" {
		c.flags |= unixConn
		c.names().localPath = ln.path
	}
	defer c.closeOnPanic()
	(*ln.handler.Load()).Accept(c)
}

// acceptPause is how long a loop stops accepting when descriptors run out (nginx: accept_mutex_delay).
const acceptPause = 500 * time.Millisecond

// outOfFiles reports errors that only waiting helps against.
func outOfFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

// acceptError reports a failed accept.
func (l *Loop) acceptError(ln *Listener, err error) {
	if f := l.r.opts.AcceptError; f != nil {
		f(ln, err)
	}
}

// makeRoom asks for connections to be closed if few more may be made (nginx: ngx_drain_connections).
func (l *Loop) makeRoom() {
	m, f := l.r.opts.MaxConns, l.r.opts.Crowded
	if m > 0 && f != nil && m-int(l.nconns.Load()) <= m/16 {
		f(l)
	}
}

// Full reports that the loop has all the connections it may have (Options.MaxConns).
func (l *Loop) Full() bool {
	m := l.r.opts.MaxConns
	return m > 0 && int(l.nconns.Load()) >= m
}
