// Listeners: opened with nginx's retries, kept over a reload by address, handed on to a new binary.

package cycle

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"understudy/errlog"
	"understudy/reactor"
)

// nginx tries to bind five times, half a second apart.
const (
	bindTries = 5
	bindPause = 500 * time.Millisecond
)

// listener is an open socket of a generation; one that is kept belongs to both generations for a moment.
type listener struct {
	Listen
	ln        *reactor.Listener
	inherited bool
	held      *os.File // the socket, while a WINCH has stopped accepting
}

// key names a socket: two that have the same cannot be open at once.
func (l *Listen) key() string { return l.Network + " " + l.Address }

// openListeners opens what g's site wants and old does not have. On failure those opened are closed.
func (p *Program) openListeners(g, old *generation) error {
	have := map[string]*listener{}
	if old != nil {
		for _, l := range old.listens {
			have[l.key()] = l
		}
	}
	g.listens = make([]*listener, 0, len(g.site.Listens()))
	var missing []Listen
	for _, want := range g.site.Listens() {
		l := have[want.key()]
		switch {
		case l == nil:
			missing = append(missing, want)
		case g.loops == old.loops && l.ln != nil && l.Options.ReusePort == want.Options.ReusePort:
			g.listens = append(g.listens, &listener{Listen: want, ln: l.ln, inherited: l.inherited})
			retune(l, want, g.log)
		default: // other loops: the same socket, watched anew
			moved, err := p.move(g, l, want)
			if err != nil {
				g.log.Errorf(errlog.Emerg, 0, err, "bind() to %s failed", want.Text)
				p.closeNew(g, old)
				return errLogged
			}
			g.listens = append(g.listens, moved)
		}
	}
	for try := 1; len(missing) > 0; try++ {
		var again []Listen
		for _, want := range missing {
			l, err := p.open(g, want)
			switch {
			case err == nil:
				g.listens = append(g.listens, l)
			case errors.Is(err, syscall.EADDRINUSE):
				logListen(g.log, want, err)
				again = append(again, want)
			default:
				logListen(g.log, want, err)
				p.closeNew(g, old)
				return errLogged
			}
		}
		if missing = again; len(missing) == 0 {
			break
		}
		g.log.Printf(errlog.Notice, 0, "try again to bind() after 500ms")
		time.Sleep(bindPause)
		if try == bindTries {
			g.log.Printf(errlog.Emerg, 0, "still could not bind()")
			p.closeNew(g, old)
			return errLogged
		}
	}
	return nil
}

// retune gives a socket that is kept the parameters that its `listen` has now.
func retune(l *listener, want Listen, log *errlog.Log) {
	switch err := l.ln.Retune(want.Options); {
	case errors.Is(err, errors.ErrUnsupported):
		if l.Options.Backlog != want.Options.Backlog {
			setBacklog(l.ln, want.Options.Backlog, log, want.Text)
		}
	case err != nil:
		log.Errorf(errlog.Alert, 0, err, "%s() %s failed, ignored", failedCall(err), want.Text)
	}
}

// open binds and listens, or takes a socket that the old binary left.
func (p *Program) open(g *generation, want Listen) (*listener, error) {
	l := &listener{Listen: want}
	o := want.Options
	if f := p.inherit.take(want); f != nil {
		defer f.Close()
		o.File, l.inherited = f, true
	}
	var err error
	l.ln, err = g.loops.reactor.Listen(want.Network, want.Address, o, g.site.AcceptHandler(want))
	if err == nil && want.Network == "unix" {
		l.ln.SetUnlinkOnClose(false) // removing the path is the cycle's business
		if !l.inherited {
			if err := os.Chmod(want.Address, 0o666); err != nil {
				g.log.Errorf(errlog.Emerg, 0, err, `chmod() "%s" failed`, want.Address)
			}
		}
	}
	return l, err
}

// move watches the socket of l with the loops of g.
func (p *Program) move(g *generation, l *listener, want Listen) (*listener, error) {
	f, err := l.file()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o := want.Options
	o.File = f
	ln, err := g.loops.reactor.Listen(want.Network, want.Address, o, g.site.AcceptHandler(want))
	if err != nil {
		return nil, err
	}
	if want.Network == "unix" {
		ln.SetUnlinkOnClose(false)
	}
	return &listener{Listen: want, ln: ln, inherited: l.inherited}, nil
}

// file duplicates the socket.
func (l *listener) file() (*os.File, error) {
	if l.held != nil {
		return dupFile(l.held)
	}
	return l.ln.File()
}

// closeNew closes the listeners of g that old does not have.
func (p *Program) closeNew(g, old *generation) {
	for _, l := range g.listens {
		if old == nil || !old.has(l) {
			p.close(l, old == nil || !old.listensOn(l.key()))
		}
	}
	g.listens = nil
}

func (g *generation) has(l *listener) bool {
	for _, o := range g.listens {
		if o.ln == l.ln {
			return true
		}
	}
	return false
}

func (g *generation) listensOn(key string) bool {
	for _, l := range g.listens {
		if l.key() == key {
			return true
		}
	}
	return false
}

// closeGone closes the listeners of old that g has not taken over, and says so for unix sockets, as nginx does.
func (p *Program) closeGone(old, g *generation) {
	for _, l := range old.listens {
		if g.has(l) {
			continue
		}
		gone := !g.listensOn(l.key())
		if gone && l.Network == "unix" && p.mayUnlink(l) {
			g.log.Printf(errlog.Warn, 0, "deleting socket %s", l.Address)
		}
		p.close(l, gone)
	}
}

// closeAll closes the listeners of a generation that stops serving.
func (p *Program) closeAll(g *generation) {
	for _, l := range g.listens {
		p.close(l, true)
	}
	g.listens = nil
}

// close ends one listener; unlink also removes the path of a unix socket if it is ours to remove.
func (p *Program) close(l *listener, unlink bool) {
	if l.held != nil {
		l.held.Close()
		l.held = nil
	}
	if l.ln != nil {
		l.ln.Close()
	}
	if unlink && l.Network == "unix" && p.mayUnlink(l) {
		p.rights.do(func() {
			if err := os.Remove(l.Address); err != nil {
				p.log.Load().Errorf(errlog.Emerg, 0, err, "unlink() %s failed", l.Address)
			}
		})
	}
}

// mayUnlink: a socket shared with the new or the old binary stays.
func (p *Program) mayUnlink(l *listener) bool {
	return !p.upgrade.running() && (!l.inherited || parentID() != p.parent)
}

// failedCall names the system call that an error of package reactor is of.
func failedCall(err error) string {
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		return sys.Syscall
	}
	return "bind"
}

// logListen reports a socket that could not be opened, with the call that failed.
func logListen(log *errlog.Log, l Listen, err error) {
	call := failedCall(err)
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	switch call {
	case "bind":
		log.Errorf(errlog.Emerg, 0, err, "bind() to %s failed", l.Text)
	case "listen":
		log.Errorf(errlog.Emerg, 0, err, "listen() to %s, backlog %d failed", l.Text, l.Options.Backlog)
	default:
		log.Errorf(errlog.Emerg, 0, err, "%s() %s failed", call, l.Text)
	}
}
