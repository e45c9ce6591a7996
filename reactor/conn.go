package reactor

// Connections: what both drivers share. An open connection that waits (idle, or in a tunnel) has neither task nor buffer.

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"time"
)

// Readiness and state bits of a Conn. The first four are what a driver reports.
const (
	canRead  uint32 = 1 << iota // a read will not block, as far as is known
	canWrite                    // a write will not block, as far as is known
	hungUp                      // the peer has sent FIN or RST; data before it may still be unread
	failed                      // the socket has an error
	closed
	sawEOF    // a read has returned end of file
	shutWrite // CloseWrite was called
	unixConn
	starting // a task for IdleHandler.Ready is on its way
)

// Conn is one connection, a net.Conn for the tasks of its loop. Edge-triggered: readiness is remembered here, and a read
// that returns less than asked for means "drained", so that the read that would say so is saved.
type Conn struct {
	loop *Loop
	port *portConn // portable driver; nil under epoll

	slot  int32 // place in loop.conns; the descriptor under epoll
	gen   uint32
	flags uint32
	rtime int32 // ms per blocking read, 0 = no limit
	wtime int32 // ms per blocking write
	rport uint16
	raddr [16]byte
	rdead int64 // deadline for reads, monotonic ms, 0 = none
	wdead int64

	rwait *Task // the task that waits for canRead
	wwait *Task // … for canWrite
	hwait *Task // … for hungUp

	timer  timer // idle timeout, or the tunnel's
	idle   IdleHandler
	tunnel *Tunnel
	serial uint64
	far    *connNames
}

// connNames are addresses that few ask for, found when first asked.
type connNames struct {
	local      netip.AddrPort
	haveLocal  bool
	remotePath string // unix sockets
	localPath  string
	zone       string
}

// IdleHandler takes over a connection given back by Conn.Idle.
type IdleHandler interface {
	Ready(t *Task, c *Conn) // c is readable, or at end of file: runs in a fresh task
	Expired(c *Conn)        // the timeout passed: runs on the loop and must not block
}

// Errors of connections. Others are syscall.Errno, io.EOF and net.ErrClosed.
var (
	// ErrWouldBlock is returned by TryRead and TryWrite.
	ErrWouldBlock = errors.New("reactor: would block")
	// ErrTimeout is a net.Error with Timeout() == true; errors.Is(ErrTimeout, os.ErrDeadlineExceeded) holds.
	ErrTimeout error = timeoutError{}
	// ErrMaxConns is returned by Dial when the loop has Options.MaxConns connections.
	ErrMaxConns = errors.New("reactor: connections are not enough")
	// ErrBusy is returned when two tasks wait for the same event of one connection.
	ErrBusy = errors.New("reactor: another task waits for this")
)

type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }
func (timeoutError) Is(err error) bool {
	return err == os.ErrDeadlineExceeded
}

var _ net.Conn = (*Conn)(nil)

// addConn enters a new connection into its loop's books.
func (l *Loop) addConn(c *Conn) {
	c.loop = l
	c.timer.owner = c
	c.serial = l.r.serial.Add(1)
	l.gen = max(l.gen+1, 1) & 0x7fffffff
	c.gen = l.gen
	for int(c.slot) >= len(l.conns) {
		l.conns = append(l.conns, make([]*Conn, len(l.conns)+64)...)
	}
	l.conns[c.slot] = c
	l.nconns.Add(1)
	usage.conns.Add(1)
}

// event takes in what the driver saw, and wakes who waits for it.
func (c *Conn) event(bits uint32) {
	c.flags |= bits
	if c.tunnel != nil {
		c.tunnel.event()
		return
	}
	if bits&canRead != 0 {
		if c.rwait != nil {
			c.rwait.wake()
		} else if c.idle != nil {
			c.startIdle()
		}
	}
	if bits&canWrite != 0 && c.wwait != nil {
		c.wwait.wake()
	}
	if bits&hungUp != 0 && c.hwait != nil {
		c.hwait.wake()
	}
}

// Loop is the loop the connection belongs to.
func (c *Conn) Loop() *Loop { return c.loop }

// Serial is nginx's connection number (*N in its logs): unique in the reactor, from 1.
func (c *Conn) Serial() uint64 { return c.serial }

// HungUp reports that the peer has closed or reset its side; data it sent before may still be unread.
func (c *Conn) HungUp() bool { return c.flags&(hungUp|failed|closed) != 0 }

// Readable is the remembered readiness: true means that TryRead is worth trying.
func (c *Conn) Readable() bool { return c.flags&(canRead|closed) != 0 }

// Writable is the remembered readiness: true means that TryWrite is worth trying.
func (c *Conn) Writable() bool { return c.flags&(canWrite|closed) != 0 }

// Closed reports that Close was called.
func (c *Conn) Closed() bool { return c.flags&closed != 0 }

// Idle gives the connection back to the loop: no task, no buffer. When it becomes readable (or ended), h.Ready runs in a
// fresh task; after timeout (<= 0: never), h.Expired is called instead. Either happens once. Close cancels.
func (c *Conn) Idle(h IdleHandler, timeout time.Duration) {
	if c.flags&closed != 0 {
		return
	}
	c.idle = h
	if c.flags&(canRead|hungUp) != 0 {
		c.startIdle()
		return
	}
	if timeout > 0 {
		c.loop.wheel.remove(&c.timer)
		c.loop.wheel.add(&c.timer, c.loop.mono+millis(timeout))
	}
}

// Busy takes an idle connection out of the loop's hands (a keepalive pool does); false if a task for Ready is on its way.
func (c *Conn) Busy() bool {
	if c.idle == nil || c.flags&starting != 0 {
		return false
	}
	c.loop.wheel.remove(&c.timer)
	c.idle = nil
	return true
}

func (c *Conn) startIdle() {
	c.loop.wheel.remove(&c.timer)
	if c.flags&starting == 0 {
		c.flags |= starting
		c.loop.Go((*idleRun)(c))
	}
}

// idleRun is the job of a connection that became readable.
type idleRun Conn

func (r *idleRun) Run(t *Task) {
	c := (*Conn)(r)
	c.flags &^= starting
	h := c.idle
	if h == nil || c.flags&(canRead|hungUp) == 0 {
		return
	}
	c.idle = nil
	h.Ready(t, c)
}

// expire is the connection's timer: idle timeout or the tunnel's.
func (c *Conn) expire() {
	if c.tunnel != nil {
		c.tunnel.expire()
		return
	}
	if h := c.idle; h != nil {
		c.idle = nil
		defer c.closeOnPanic()
		h.Expired(c)
	}
}

// closeOnPanic is deferred around callbacks that are to take care of c.
func (c *Conn) closeOnPanic() {
	if v := recover(); v != nil {
		c.loop.report(v, debug.Stack())
		_ = c.Close()
	}
}

// Close closes the connection; waiting tasks get net.ErrClosed. Closing again returns net.ErrClosed.
func (c *Conn) Close() error {
	if c.flags&closed != 0 {
		return net.ErrClosed
	}
	if c.tunnel != nil {
		c.tunnel.Close()
		return nil
	}
	c.detach()
	c.sysClose(false)
	return nil
}

// Abort closes the connection with a RST (SO_LINGER 0) where the protocol has one.
func (c *Conn) Abort() {
	if c.flags&closed != 0 {
		return
	}
	if c.tunnel != nil {
		c.tunnel.Close()
		return
	}
	c.detach()
	c.sysClose(true)
}

// shut is Close as the loop ends: nothing lingers.
func (c *Conn) shut() {
	if c.tunnel != nil {
		c.tunnel.Close()
		return
	}
	c.detach()
	c.sysClose(false)
}

// detach takes a connection out of the books and wakes who waits for it.
func (c *Conn) detach() {
	l := c.loop
	c.flags |= closed
	c.idle = nil
	l.wheel.remove(&c.timer)
	l.conns[c.slot] = nil
	l.nconns.Add(-1)
	usage.conns.Add(-1)
	for _, t := range [...]*Task{c.rwait, c.wwait, c.hwait} {
		if t != nil {
			t.wake()
		}
	}
	l.roomAgain()
}

// closedErr is the error of operations on a closed connection.
func (c *Conn) closedErr() error {
	if c.loop.shut && c.loop.cur != nil {
		c.loop.cur.spun()
	}
	return net.ErrClosed
}

// TCPInfo is what the kernel measures of a connection (TCP_INFO, tcp(7)).
type TCPInfo struct {
	RTT, RTTVar uint32 // microseconds
	SndCwnd     uint32 // segments
	RcvSpace    uint32 // bytes
}
