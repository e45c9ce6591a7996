//go:build !linux

package reactor

// Systems with the portable driver only.

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
)

const bestDriver = "portable"

func newPoller(name string) (poller, error) {
	if name != "portable" {
		return nil, ErrDriver
	}
	return newPortable(), nil
}

func (c *Conn) sysRead(p []byte) (int, syscall.Errno)      { return c.port.read(p) }
func (c *Conn) sysPeek(p []byte) (int, syscall.Errno)      { return c.port.peek(p) }
func (c *Conn) sysWrite(p []byte) (int, syscall.Errno)     { return c.port.write(p, nil) }
func (c *Conn) sysWriteMore(p []byte) (int, syscall.Errno) { return c.port.write(p, nil) }
func (c *Conn) sysWritev(a, b []byte) (int, syscall.Errno) { return c.port.write(a, b) }
func (c *Conn) sysCloseWrite() error                       { return c.port.closeWrite() }
func (c *Conn) sysClose(reset bool)                        { c.port.close(reset) }
func (c *Conn) sysLocal() netip.AddrPort                   { return addrOf(c.port.nc.LocalAddr()) }

// Fd is the descriptor, -1 with the portable driver.
func (c *Conn) Fd() int { return -1 }

// TCPInfo asks the kernel, which has nothing to say here.
func (c *Conn) TCPInfo() (TCPInfo, bool) { return TCPInfo{}, false }

// SendFile writes n bytes of f from offset off and returns how many were sent; fewer without an error mean that the file
// has ended. After chunk bytes other connections have their turn (sendfile_max_chunk); 0 = no limit.
func (c *Conn) SendFile(f Source, off, n, chunk int64) (int64, error) {
	return c.copyFile(f, off, n, chunk)
}

// SetNoDelay turns Nagle's algorithm off (true) or on. No effect on unix sockets.
func (c *Conn) SetNoDelay(on bool) error { return c.port.setNoDelay(on) }

// SetKeepAlive turns TCP keepalive probes on or off. No effect on unix sockets.
func (c *Conn) SetKeepAlive(on bool) error { return c.port.setKeepAlive(on) }

// Dial connects from task t of this loop. Errors: ErrTimeout, ErrMaxConns, or *os.SyscallError around the errno.
func (l *Loop) Dial(t *Task, a Addr, o DialOptions) (*Conn, error) {
	if t == nil || l.cur != t {
		return nil, ErrNotInTask
	}
	if l.shut {
		t.spun()
		return nil, net.ErrClosed
	}
	if l.makeRoom(); l.Full() {
		return nil, ErrMaxConns
	}
	return l.dialPortable(t, a, o)
}

// acceptors is what a listener keeps per loop under epoll; the portable driver accepts on a goroutine instead.
type (
	acceptor  struct{}
	acceptors struct{}
)

func (l *Loop) roomAgain() { l.tellRoom() }

func (ln *Listener) open(ap netip.AddrPort) error { return ln.openPortable(ap) }

func (ln *Listener) sysClose() { _ = ln.nl.Close() }

// File returns a duplicate of the listening descriptor to hand to another process.
func (ln *Listener) File() (*os.File, error) {
	ln.mu.RLock()
	defer ln.mu.RUnlock()
	if ln.closed {
		return nil, net.ErrClosed
	}
	return ln.filePortable()
}

// Retune would give an open socket other parameters; here it keeps those it has.
func (ln *Listener) Retune(ListenOptions) error { return errors.ErrUnsupported }

// transparent lets a socket be bound to an address of another host; there is no such thing here.
func transparent(int, bool) error { return syscall.ENOPROTOOPT }
