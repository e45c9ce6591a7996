// Package core declares the directives of the main and events contexts: processes, user, files, limits (nginx's
// ngx_core_module, ngx_event_core_module, ngx_thread_pool_module, ngx_regex_module).
package core

import (
	"runtime"

	"understudy/config"
	"understudy/web"
)

// Settings of the main context.
type Settings struct {
	// Events is the `events` block; a configuration without one is refused.
	Events eventsOption `nginx:"events" in:"main" args:"0" block:"yes"`

	// Daemon: detach from the terminal.
	Daemon config.Flag `nginx:"daemon" in:"main" default:"on"`
	// Master is master_process. There is one process either way, but without a master nobody becomes User.
	Master config.Flag `nginx:"master_process" in:"main" default:"on"`
	// User is whom to become after the privileged ports are bound.
	User User `nginx:"user" in:"main" args:"1-2"`
	// Workers is the number of event loops.
	Workers Workers `nginx:"worker_processes" in:"main" args:"1" default:"1"`
	// PID is the file that the process number is written to.
	PID PIDFile `nginx:"pid" in:"main" default:"logs/nginx.pid"`
	// WorkingDirectory is where core files go.
	WorkingDirectory config.String `nginx:"working_directory" in:"main"`
	// RlimitNofile is the largest number of open descriptors; not set: as inherited.
	RlimitNofile config.Int `nginx:"worker_rlimit_nofile" in:"main"`
	// RlimitCore is the largest core file in bytes; not set: as inherited.
	RlimitCore config.Offset `nginx:"worker_rlimit_core" in:"main"`
	// ShutdownTimeout ends a graceful stop; 0 waits for ever.
	ShutdownTimeout config.Time `nginx:"worker_shutdown_timeout" in:"main" default:"0"`
	// Env names the environment variables that are kept or set.
	Env Env `nginx:"env" in:"main" args:"1" reason:"nothing that runs here reads the environment, and it is handed on whole"`

	LoadModule      loadModule      `nginx:"load_module" in:"main" args:"1" reason:"what is supported is built in"`
	LockFile        config.Path     `nginx:"lock_file" in:"main" default:"logs/nginx.lock" reason:"event loops share memory, not a lock file"`
	TimerResolution config.Time     `nginx:"timer_resolution" in:"main" default:"0" reason:"a loop reads the clock once each time it wakes"`
	DebugPoints     config.Enum     `nginx:"debug_points" in:"main" enum:"stop abort" reason:"internal checks end the request, not the process"`
	Priority        priority        `nginx:"worker_priority" in:"main" args:"1" reason:"event loops run at the priority of the process"`
	CPUAffinity     affinity        `nginx:"worker_cpu_affinity" in:"main" args:"1+" reason:"event loops are placed by the scheduler"`
	ThreadPool      web.ThreadPools `nginx:"thread_pool" in:"main" args:"2-3" reason:"work that blocks runs on as many threads as it needs"`
	PcreJIT         config.Flag     `nginx:"pcre_jit" in:"main" default:"off" reason:"regular expressions are not PCRE's"`
	SSLEngine       sslEngine       `nginx:"ssl_engine" in:"main" args:"1" refused:"the TLS library has no engines"`
}

// Conf is the slot of the main context's settings.
var Conf = config.Declare[Settings]("ngx_core_module")

// Of gives the main context's settings, from any block.
func Of(b *config.Block) *Settings { return Conf.Of(b) }

// Merge checks the whole main context, as nginx does when everything is read.
func (s *Settings) Merge(_ *Settings, b *config.Block) error {
	if masks := len(s.CPUAffinity.masks); !s.CPUAffinity.auto && masks > 1 && masks != s.Workers.N() {
		b.Warnf(`the number of "worker_processes" is not equal to the number of "worker_cpu_affinity" masks, ` +
			`using last mask for remaining worker processes`)
	}
	if err := s.User.initial(); err != nil {
		return err
	}
	if !s.Events.seen {
		return b.Errorf(`no "events" section in configuration`)
	}
	return nil
}

// PIDFile is `pid`.
type PIDFile struct {
	config.Path
	Given bool // by a directive; the default stands for where the program was built to have it
}

// Parse implements config.Option.
func (o *PIDFile) Parse(c *config.Call) error {
	o.Given = c.Line > 0
	return o.Path.Parse(c)
}

// Workers is worker_processes: a number, or auto for as many event loops as can run at once.
type Workers struct {
	n    int
	set  bool
	auto bool
}

// N is the number of event loops. nginx takes 0 and then serves nothing.
func (w *Workers) N() int { return w.n }

// Auto tells whether the number was left to the machine.
func (w *Workers) Auto() bool { return w.auto }

// IsSet tells whether the option has a value.
func (w *Workers) IsSet() bool { return w.set }

// Parse implements config.Option.
func (w *Workers) Parse(c *config.Call) error {
	if w.set {
		return c.Duplicate()
	}
	w.set = true
	if c.Args[0] == "auto" {
		w.auto, w.n = true, runtime.GOMAXPROCS(0)
		return nil
	}
	n, ok := config.ParseNumber(c.Args[0])
	if !ok {
		return c.Invalid()
	}
	w.n = int(n)
	return nil
}
