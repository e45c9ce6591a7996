// Package cycle is the life of the process: it makes a generation out of a configuration, gives it
// listeners, logs and directories, and replaces it on a signal without losing a connection.
//
// nginx does this with a master and its workers. Here there is one process: a generation plays the
// part of one set of workers, and its lines in the error log read as theirs do
// ("worker process 2 exited with code 0" is the second generation, drained). The pid file holds the
// process itself.
package cycle

import (
	"errors"
	"sync/atomic"
	"time"

	"understudy/config"
	"understudy/errlog"
	"understudy/reactor"
)

// Site is what one configuration serves. All methods but MakeRoom are called from one goroutine.
type Site interface {
	// Listens lists the addresses, in the order in which the configuration names them.
	Listens() []Listen
	// TempPaths lists the directories that must exist, full names.
	TempPaths() []string
	// Start makes the site ready on a reactor whose loops may run already.
	Start(r *reactor.Reactor) error
	// AcceptHandler takes the connections of one of Listens.
	AcceptHandler(l Listen) reactor.AcceptHandler
	// Drain closes idle connections, lets the busy ones finish, and calls drained once, from any
	// goroutine, when none is left.
	Drain(drained func())
	// Resume takes a Drain back. Its call of drained may still be on its way.
	Resume()
	// Abort closes whatever is still open; a Drain under way then comes to its end.
	Abort()
	// MakeRoom closes some idle connections of a loop and returns how many; called on that loop.
	MakeRoom(l *reactor.Loop) int
	// Drop gives back what Start took, when no connection is left, or when the site is not to serve.
	Drop()
}

// Listen is one address to listen on.
type Listen struct {
	Network string // tcp4, tcp6 or unix
	Address string // "0.0.0.0:80", "[::]:80" or a path
	Text    string // as nginx prints it: "0.0.0.0:80", "unix:/path"
	Options reactor.ListenOptions
}

// Settings are what the main and events contexts say about the process.
type Settings struct {
	Daemon          bool
	PidFile         string // full name
	Workers         int    // loops
	Connections     int    // worker_connections, for each loop
	Driver          string // the reactor's; "" for the best
	ShutdownTimeout time.Duration
	User            User
	Single          bool   // master_process off: it serves as whoever started it
	Nofile          int64  // worker_rlimit_nofile, 0 for unset
	Core            int64  // worker_rlimit_core in bytes, -1 for unset
	Directory       string // working_directory, "" for unset
}

// User is whom the process serves as, and whose its directories are, when it was started by root.
type User struct {
	Name     string // "" keeps the user that started the process
	UID, GID int
}

// serves is whom the process serves as, for a process that root has started.
func (s *Settings) serves() User {
	if s.Single {
		return User{}
	}
	return s.User
}

// Program is what the command line makes of itself.
type Program struct {
	Args     []string // the command line, for a binary upgrade
	Version  string   // nginx/1.31.5
	Built    string   // built with go1.26
	Detached bool     // Detach has started it

	Load     func() (*config.Config, error)         // reads the configuration afresh
	Settings func(*config.Config) (Settings, error) // its main and events contexts
	Build    func(*config.Config) (Site, error)     // its sites

	Log     *errlog.Log     // where to log until the configuration's own logs are open
	LogFile *errlog.Files   // what Log writes to; closed when the process is up
	Console *errlog.Console // echoes grave lines until the process is up

	driver  string // the reactor's, for the log
	current *generation
	older   []*generation // draining
	count   int           // generations so far
	log     atomic.Pointer[errlog.Log]
	serving atomic.Pointer[generation] // current, for the loops
	crowded atomic.Int64               // second in which it was last said that connections are not enough
	signals *signals
	drained endings
	upgrade upgrade
	inherit inherited
	rights  rights
	parent  int // the process that started this one, and may be an old binary's; 0 for a daemon
	paused  bool
	ready   func()
}

// errLogged says that the reason is in the log already.
var errLogged = errors.New("cycle: see the error log")

// Run serves what was read until a signal ends it, and gives the exit code. ready is called once the
// process serves (may be nil). Signals stay caught; the process is to end.
func (p *Program) Run(l *Loaded, ready func()) int {
	p.ready = ready
	p.log.Store(p.Log)
	p.drained.some = make(chan struct{}, 1)
	if !p.Detached {
		p.parent = parentID()
	}
	p.signals = catchSignals() // for good: a second SIGQUIT is not to be answered with a list of goroutines
	p.adoptInherited()

	if l.Report(p.Log) != nil {
		return 1
	}
	g := l.g
	if err := p.prepare(g, p.Log, nil); err != nil {
		return 1
	}
	p.inherit.dropRest()
	if err := p.start(g); err != nil {
		return 1
	}
	return p.serve()
}

// start puts the first generation to work.
func (p *Program) start(g *generation) error {
	log := g.log
	log.Printf(errlog.Notice, 0, "using the \"%s\" event method", p.driver)
	log.Printf(errlog.Notice, 0, "%s", p.Version)
	log.Printf(errlog.Notice, 0, "%s", p.Built)
	logSystem(log)
	if err := createPid(g.settings.PidFile, log); err != nil {
		p.unprepare(g, nil)
		return err
	}
	redirectStderr(g, log)
	p.Console.Close() // stderr is the log file now
	setLimits(g.settings, log)
	enterDirectory(g.settings, log)
	if err := p.rights.drop(g.settings.serves(), log); err != nil {
		removePid(g.settings.PidFile, log)
		p.unprepare(g, nil)
		return err
	}
	p.serveWith(g)
	if p.ready != nil {
		p.ready()
	}
	p.LogFile.Close()
	return nil
}
