// -t beyond the configuration's text: opens what a start would open, and closes it again.

package cycle

import (
	"errors"
	"io"
	"os"
	"syscall"

	"understudy/errlog"
	"understudy/reactor"
)

// Check opens what nginx opens in a test: pid file (created if missing, its content left alone),
// directories, logs and listening sockets. An address that is in use is no failure. What is wrong
// goes to the log.
func (l *Loaded) Check() error {
	p, g := l.p, l.g
	p.log.Store(p.Log)
	name := g.settings.PidFile
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		p.Log.Errorf(errlog.Emerg, 0, cause(err), `open() "%s" failed`, name)
		return errLogged
	}
	f.Close()
	if err := makePaths(g.site, g.settings.User, p.Log); err != nil {
		return err
	}
	if err := g.files.Open(); err != nil {
		p.Log.Printf(errlog.Emerg, 0, "%s", err)
		return errLogged
	}
	defer g.files.Close()
	g.files.SetConsole(p.Console)
	r, err := reactor.New(reactor.Options{Loops: 1, Driver: g.settings.Driver})
	if err != nil {
		g.log.Printf(errlog.Emerg, 0, "%s", err)
		return errLogged
	}
	defer r.Close()
	for _, want := range g.site.Listens() {
		o := want.Options
		o.ReusePort = false
		ln, err := r.Listen(want.Network, want.Address, o, refuse{})
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			logListen(g.log, want, err)
			return errLogged
		}
		ln.Close() // removes the path of a unix socket, as nginx does in a test
	}
	warnLimit(g.settings, g.log)
	return nil
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) }

// refuse turns away what connects while addresses are being tried.
type refuse struct{}

func (refuse) Accept(c *reactor.Conn) { c.Abort() }
