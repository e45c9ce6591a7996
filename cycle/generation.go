// One generation: a configuration with the site, logs and listeners that belong to it.

package cycle

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"understudy/config"
	"understudy/errlog"
	"understudy/parser"
	"understudy/reactor"
)

// generation plays the part of one set of nginx's workers.
type generation struct {
	number   int // what the log calls it
	conf     *config.Config
	settings Settings
	site     Site
	log      *errlog.Log
	files    *errlog.Files
	loops    *loops
	listens  []*listener
	timer    *time.Timer // worker_shutdown_timeout
	draining bool
	drains   int // how often it has been told to drain
}

// loops is a reactor and the generations that run on it.
type loops struct {
	reactor *reactor.Reactor
	workers int
	conns   int
	driver  string
	users   int
}

// Loaded is a configuration that has been read, well or not. Nothing on the machine has been touched.
type Loaded struct {
	p        *Program
	g        *generation
	err      error
	reported int // how many warnings
}

// Read loads the configuration and builds its sites. What is wrong waits for Report.
func (p *Program) Read() *Loaded {
	l := &Loaded{p: p, g: &generation{}}
	g := l.g
	if g.conf, l.err = p.Load(); l.err != nil {
		return l
	}
	g.log, g.files = errlog.Of(g.conf.Main), errlog.FilesOf(g.conf.Main)
	if g.settings, l.err = p.Settings(g.conf); l.err == nil {
		g.site, l.err = p.Build(g.conf)
	}
	if l.err == nil {
		l.err = g.enough()
	}
	return l
}

// enough holds worker_connections against the sockets (ngx_event_init_conf: one for each of them and one for the channel to the master).
func (g *generation) enough() error {
	if n, sockets := g.settings.Connections, len(g.site.Listens()); n < sockets+1 {
		return &parser.Error{Level: parser.Emerg, Text: fmt.Sprintf("%d worker_connections are not enough for %d listening sockets", n, sockets)}
	}
	return nil
}

// Err gives what is wrong with the configuration, nil if it can be used.
func (l *Loaded) Err() error { return l.err }

// Config gives what was read; after an error the files read so far.
func (l *Loaded) Config() *config.Config { return l.g.conf }

// Settings gives what the configuration says about the process.
func (l *Loaded) Settings() Settings { return l.g.settings }

// Listens gives the addresses that are to be listened on, nil after an error.
func (l *Loaded) Listens() []Listen {
	if l.err != nil {
		return nil
	}
	return l.g.site.Listens()
}

// LogFiles gives the names of the files that are to be logged to, nil after an error.
func (l *Loaded) LogFiles() []string {
	if l.err != nil {
		return nil
	}
	return l.g.files.Names()
}

// ReportEarly writes to log what was to be said while files were still being read; Report leaves it out then.
func (l *Loaded) ReportEarly(log *errlog.Log) {
	if l.g.conf != nil {
		early := l.g.conf.Early()
		logMessages(log, early)
		l.reported = len(early)
	}
}

// Report writes the messages of the load to log, the error last, and returns the error.
func (l *Loaded) Report(log *errlog.Log) error {
	if l.g.conf != nil {
		logMessages(log, l.g.conf.Warnings[l.reported:])
	}
	if l.err != nil {
		logError(log, l.err)
	}
	return l.err
}

// load reads the configuration for a reload.
func (p *Program) load(log *errlog.Log) (*generation, error) {
	l := p.Read()
	return l.g, l.Report(log)
}

func logMessages(log *errlog.Log, list []*parser.Error) {
	for _, w := range list {
		log.Printf(errlog.Level(w.Level), 0, "%s", w.Error())
	}
}

// logError writes why a configuration cannot be used: nginx's text with its position, every one of joined errors.
func logError(log *errlog.Log, err error) {
	switch e := err.(type) {
	case *parser.Error:
		log.Printf(errlog.Level(e.Level), 0, "%s", e.Error())
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			logError(log, one)
		}
	default:
		log.Printf(errlog.Emerg, 0, "%s", err)
	}
}

// prepare gives a generation everything it needs to serve, as far as that can fail: directories, log files,
// listeners. Listeners of old with the same address are taken over. Failures go to log; nothing is left behind then.
func (p *Program) prepare(g *generation, log *errlog.Log, old *generation) error {
	if err := makePaths(g.site, g.settings.User, log); err != nil {
		return err
	}
	if err := g.files.Open(); err != nil {
		log.Printf(errlog.Emerg, 0, "%s", err)
		return errLogged
	}
	g.files.SetConsole(p.Console)
	if err := p.chooseLoops(g, old); err != nil {
		log.Printf(errlog.Emerg, 0, "%s", err)
		g.files.Close()
		return errLogged
	}
	if err := g.site.Start(g.loops.reactor); err != nil {
		logError(g.log, err)
		p.leaveLoops(g)
		g.files.Close()
		return errLogged
	}
	if err := p.openListeners(g, old); err != nil {
		g.site.Drop()
		p.leaveLoops(g)
		g.files.Close()
		return err
	}
	warnLimit(g.settings, g.log)
	return nil
}

// chooseLoops lets g run on the loops of old, or makes new ones if their number or limits have changed.
func (p *Program) chooseLoops(g, old *generation) error {
	s := g.settings
	if old != nil {
		l := old.loops
		if l.workers == s.Workers && l.conns == s.Connections && l.driver == s.Driver {
			g.loops = l
			l.users++
			return nil
		}
	}
	r, err := reactor.New(reactor.Options{
		Loops: s.Workers, Driver: s.Driver, MaxConns: s.Connections,
		Panic: func(v any, stack []byte) {
			p.log.Load().Printf(errlog.Alert, 0, "panic in a task: %v\n%s", v, stack)
		},
		AcceptError: p.acceptError,
		Crowded:     p.makeRoom,
	})
	if err != nil {
		return err
	}
	p.driver = r.Driver()
	g.loops = &loops{reactor: r, workers: s.Workers, conns: s.Connections, driver: s.Driver, users: 1}
	return nil
}

// leaveLoops stops the loops when no generation runs on them any more.
func (p *Program) leaveLoops(g *generation) {
	g.loops.users--
	if g.loops.users == 0 {
		g.loops.reactor.Close()
	}
}

// serveWith lets g take the connections of all its listeners, those of the generation before it too.
func (p *Program) serveWith(g *generation) {
	p.count++
	g.number = p.count
	g.log.Printf(errlog.Notice, 0, "start worker processes")
	g.log.Printf(errlog.Notice, 0, "start worker process %d", g.number)
	for _, l := range g.listens {
		if l.ln != nil {
			l.ln.SetHandler(g.site.AcceptHandler(l.Listen))
		}
	}
	g.loops.reactor.Start()
	p.current = g
	p.log.Store(g.log)
	p.serving.Store(g)
}

// endings are the ends of drains that the program has not looked at yet. Loops report them, and must not wait.
type endings struct {
	mu   sync.Mutex
	list []ending
	some chan struct{} // has room for one
}

// ending is the end of a generation's drain, of which there may be several.
type ending struct {
	g     *generation
	drain int
}

func (e *endings) add(one ending) {
	e.mu.Lock()
	e.list = append(e.list, one)
	e.mu.Unlock()
	select {
	case e.some <- struct{}{}:
	default:
	}
}

func (e *endings) take() []ending {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := e.list
	e.list = nil
	return list
}

// retire drains a generation; p.drained has it when its last connection has ended.
func (p *Program) retire(g *generation) {
	if g.draining {
		return
	}
	g.draining = true
	g.drains++
	g.log.Printf(errlog.Notice, 0, "gracefully shutting down")
	p.older = append(p.older, g)
	if d := g.settings.ShutdownTimeout; d > 0 {
		g.timer = time.AfterFunc(d, g.site.Abort)
	}
	end := ending{g, g.drains}
	g.site.Drain(func() { p.drained.add(end) })
}

// recall takes retire back.
func (p *Program) recall(g *generation) {
	p.forget(g)
	g.draining = false
	g.site.Resume()
}

// forget takes a generation off the list of those that drain.
func (p *Program) forget(g *generation) {
	p.older = slices.DeleteFunc(p.older, func(o *generation) bool { return o == g })
	if g.timer != nil {
		g.timer.Stop()
	}
}

// bury is the end of a drained generation. The current one may serve again, or be about to end with the process.
func (p *Program) bury(e ending) {
	g := e.g
	if !g.draining || g.drains != e.drain { // recalled meanwhile
		return
	}
	p.forget(g)
	g.log.Printf(errlog.Notice, 0, "exiting")
	g.log.Printf(errlog.Notice, 0, "exit")
	if g != p.current {
		p.release(g)
	}
	p.log.Load().Printf(errlog.Notice, 0, "worker process %d exited with code 0", g.number)
}

// release gives back what prepare took, for a generation that has served.
func (p *Program) release(g *generation) {
	g.site.Drop()
	p.leaveLoops(g)
	g.files.Close()
}

// makeRoom closes idle connections of a loop that has few left to make, and says so once a second, as nginx does.
func (p *Program) makeRoom(l *reactor.Loop) {
	g := p.serving.Load()
	if g == nil || g.loops.reactor != l.Reactor() {
		return
	}
	if now := l.Now() / 1000; g.site.MakeRoom(l) > 0 && p.crowded.Swap(now) != now {
		g.log.Printf(errlog.Warn, 0, "%d worker_connections are not enough, reusing connections", g.settings.Connections)
	}
}

// acceptError reports a failed accept as nginx does, and only as often as the reactor pauses.
func (p *Program) acceptError(_ *reactor.Listener, err error) {
	lv := errlog.Alert
	if isOutOfFiles(err) {
		lv = errlog.Crit
	} else if isAborted(err) {
		lv = errlog.Error
	}
	p.log.Load().Errorf(lv, 0, err, "accept4() failed")
}

// unprepare undoes prepare, for a generation that is not to serve after all.
func (p *Program) unprepare(g, old *generation) {
	p.closeNew(g, old)
	p.release(g)
}

// makePaths creates the directories for temporary files (mode 0700), owned by the user that serves.
func makePaths(site Site, user User, log *errlog.Log) error {
	for _, dir := range site.TempPaths() {
		if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
			log.Errorf(errlog.Emerg, 0, err, `mkdir() "%s" failed`, dir)
			return errLogged
		}
		if err := giveTo(dir, user); err != nil {
			log.Errorf(errlog.Emerg, 0, err, `chown("%s", %d) failed`, dir, user.UID)
			return errLogged
		}
	}
	return nil
}
