package reactor

import (
	"errors"
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

	// Dialing ends with ErrGivenUp when this says so.
	Watching
}

// Watching tells when nobody waits for what a task does any more: once the peer of Watch hangs up (nil = nobody's), or when the
// task is resumed (Task.Resume) and GivenUp, if there is one, says so.
type Watching struct {
	Watch   *Conn
	GivenUp func() bool
}

// ErrGivenUp is returned when nobody waits for a connection, or for the like, any more; see Watching.
var ErrGivenUp = errors.New("reactor: dialing was given up")

// given asks whether there is nobody left.
func (w *Watching) given() bool {
	return w.Watch != nil && w.Watch.HungUp() || w.GivenUp != nil && w.GivenUp()
}

// connected waits until a connection under way is made or has failed.
func (o *DialOptions) connected(t *Task, c *Conn) error {
	if o.given() { // before there was anybody to be told
		return ErrGivenUp
	}
	events := [...]Event{{c, Writable}, {o.Watch, HungUp}}
	list := events[:]
	if o.Watch == nil {
		list = events[:1]
	}
	until := t.loop.mono + millis(o.Timeout)
	for left := o.Timeout; ; {
		switch t.wait(left, o.GivenUp != nil, list) {
		case 0:
			return nil
		case 1:
			return ErrGivenUp
		case -1:
			return ErrTimeout
		}
		if o.GivenUp() {
			return ErrGivenUp
		}
		if left > 0 { // it was something else that resumed the task
			left = time.Duration(max(until-t.loop.mono, 1)) * time.Millisecond
		}
	}
}

func (o *DialOptions) local() netip.AddrPort { return netip.AddrPortFrom(o.LocalAddr, o.LocalPort) }
