// What a serving process does on signals.

package cycle

import (
	"os"
	"runtime/debug"

	"understudy/errlog"
)

// event is what a signal asks for.
type event uint8

const (
	stopNow event = iota + 1
	stopGracefully
	reload
	reopen
	changeBinary
	stopAccepting
)

// serve handles events until the process is to end, and gives the exit code.
func (p *Program) serve() int {
	quitting := false
	debug.FreeOSMemory() // loading left behind a multiple of what it made; the same after a reload
	for {
		select {
		case s := <-p.signals.c:
			switch p.received(s) {
			case stopNow:
				p.exit()
				return 0
			case stopGracefully:
				if !quitting {
					quitting, p.paused = true, false
					p.closeAll(p.current)
					p.retire(p.current)
				}
			case reload:
				if !quitting {
					p.reload()
					debug.FreeOSMemory()
				}
			case reopen:
				p.reopen()
			case changeBinary:
				p.changeBinary()
			case stopAccepting:
				if !quitting {
					p.pause()
				}
			}
		case <-p.drained.some:
			for _, e := range p.drained.take() {
				p.bury(e)
			}
			debug.FreeOSMemory()
		case child := <-p.upgrade.exited:
			p.binaryExited(child)
		}
		if quitting && len(p.older) == 0 {
			p.exit()
			return 0
		}
	}
}

// exit ends everything at once. The pid file goes last but the logs.
func (p *Program) exit() {
	g := p.current
	log := g.log
	p.closeAll(g)
	seen := map[*loops]bool{}
	for _, o := range append([]*generation{g}, p.older...) {
		if !seen[o.loops] {
			seen[o.loops] = true
			o.loops.reactor.Close()
		}
	}
	for _, o := range p.older {
		log.Printf(errlog.Notice, 0, "worker process %d exited with code 0", o.number)
		if o != g {
			o.site.Drop()
			o.files.Close()
		}
	}
	g.site.Drop()
	if !g.draining {
		log.Printf(errlog.Notice, 0, "worker process %d exited with code 0", g.number)
	}
	name := g.settings.PidFile
	if p.upgrade.running() {
		name += OldSuffix
	}
	p.rights.do(func() { removePid(name, log) })
	log.Printf(errlog.Notice, 0, "exit")
	g.files.Close()
}

// reload replaces the configuration; when the new one cannot be used, the old one goes on serving. While there is a new binary, the
// configuration is that one's business: the signal only says that this one shall serve again.
func (p *Program) reload() {
	if p.upgrade.running() {
		p.resume()
		return
	}
	old := p.current
	old.log.Printf(errlog.Notice, 0, "reconfiguring")
	var g *generation
	var err error
	p.rights.do(func() { g, err = p.renew(old) })
	if err != nil {
		return
	}
	redirectStderr(g, g.log)
	p.rights.do(func() { setLimits(g.settings, g.log) })
	if err := p.rights.change(old.settings.serves(), g.settings.serves(), g.log); err != nil {
		g.log.Printf(errlog.Alert, 0, "the user stays \"%s\"", old.settings.serves().Name)
	}
	p.paused = false
	p.serveWith(g)
	p.closeGone(old, g)
	switch {
	case !old.draining:
		p.retire(old)
	case !p.drainingNow(old): // it has drained while it was the current one
		p.release(old)
	}
}

// renew reads the configuration again and makes it ready.
func (p *Program) renew(old *generation) (*generation, error) {
	g, err := p.load(old.log)
	if err != nil {
		return nil, err
	}
	moved := g.settings.PidFile != old.settings.PidFile
	if moved {
		if err := createPid(g.settings.PidFile, old.log); err != nil {
			return nil, err
		}
	}
	if err := p.prepare(g, old.log, old); err != nil {
		return nil, err
	}
	if moved {
		removePid(old.settings.PidFile, old.log)
	}
	return g, nil
}

// reopen opens every log file anew, those of draining generations too.
func (p *Program) reopen() {
	p.current.log.Printf(errlog.Notice, 0, "reopening logs")
	p.rights.do(func() {
		for _, g := range append([]*generation{p.current}, p.older...) {
			if g == p.current && g.draining && len(p.older) > 0 {
				continue // it is in p.older as well
			}
			g.files.Reopen(func(err error) { p.current.log.Printf(errlog.Emerg, 0, "%s", err) })
			for _, name := range g.files.Names() {
				if err := giveTo(name, g.settings.serves()); err != nil {
					p.current.log.Errorf(errlog.Emerg, 0, err, `chown("%s", %d) failed`, name, g.settings.User.UID)
				}
			}
		}
	})
	redirectStderr(p.current, p.current.log)
}

// pause stops accepting and drains (WINCH), with the sockets kept for resume.
func (p *Program) pause() {
	if !p.current.settings.Daemon && !p.inherit.used || p.paused {
		return
	}
	p.paused = true
	g := p.current
	for _, l := range g.listens {
		held, err := l.ln.File()
		if err != nil {
			g.log.Errorf(errlog.Alert, 0, err, "dup() of listening socket %s failed", l.Text)
			continue
		}
		l.held = held
		l.ln.Close()
		l.ln = nil
	}
	p.retire(g)
}

// resume serves again what was served before pause, if that has been. The configuration is not read, whatever has become of it.
func (p *Program) resume() {
	if !p.paused {
		return
	}
	p.paused = false
	g := p.current
	p.recall(g)
	for _, l := range g.listens {
		if l.held == nil {
			continue
		}
		again, err := p.move(g, l, l.Listen)
		if err != nil {
			g.log.Errorf(errlog.Emerg, 0, err, "bind() to %s failed", l.Text)
			continue
		}
		l.held.Close()
		*l = *again
	}
	p.serveWith(g)
}

func (p *Program) drainingNow(g *generation) bool {
	for _, o := range p.older {
		if o == g {
			return true
		}
	}
	return false
}

// redirectStderr lets what the runtime prints end in the error log, unless a log is stderr itself.
func redirectStderr(g *generation, log *errlog.Log) {
	if g.files.UsesStderr() {
		return
	}
	f := g.log.File()
	if f == nil {
		return
	}
	if file := f.Current(); file != nil {
		if err := dupToStderr(file); err != nil {
			log.Errorf(errlog.Alert, 0, err, "dup2(STDERR_FILENO) failed")
		}
	}
}

// enterDirectory carries out working_directory.
func enterDirectory(s Settings, log *errlog.Log) {
	if s.Directory == "" {
		return
	}
	if err := os.Chdir(s.Directory); err != nil {
		log.Errorf(errlog.Alert, 0, cause(err), `chdir("%s") failed`, s.Directory)
	}
}
