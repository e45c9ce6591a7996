// Package accesslog is nginx's ngx_http_log_module and ngx_stream_log_module: access_log, log_format and open_log_file_cache.
package accesslog

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"

	"understudy/errlog"
	"understudy/reactor"
	"understudy/vars"
	"understudy/web"
)

// Module writes to nginx's own default log, logs/access.log below the prefix, where there is no access_log.
var Module = New("logs/access.log")

// New makes the module with another default log, relative to the prefix or absolute (packaged as /var/log/nginx/access.log).
func New(defaultPath string) *web.Module {
	return &web.Module{
		Settings: conf,
		Compile:  func(l *web.Location) error { return compileLocation(l, defaultPath) },
		Start:    start,
		Drop:     drop,
	}
}

// compileLocation gives a location its log handler, if it logs at all.
func compileLocation(l *web.Location, defaultPath string) error {
	settings := conf.Of(l.Block)
	logs := &settings.AccessLog
	if logs.off {
		return nil
	}
	w := &writer{targets: logs.list, caches: settings.OpenLogFileCache.caches}
	if len(w.targets) == 0 {
		t, err := formatsOf(l.Block).defaultTarget(l, defaultPath)
		if err != nil {
			return err
		}
		w.targets = []*target{t}
	}
	l.On(web.PhaseLog, func(x *web.Exchange) web.Result {
		w.log(x)
		return web.Declined
	})
	return nil
}

func (o *formats) defaultTarget(l *web.Location, path string) (*target, error) {
	if o.fallback == nil {
		f, err := o.find(vars.TableOf(l.Block), combinedName)
		if err != nil {
			return nil, err
		}
		file := errlog.FilesOf(l.Block).Add(l.Block.Config().FullName(path, false))
		o.fallback = &target{file: file, format: f, buffer: func() *buffer { return o.buffers[file] }}
	}
	return o.fallback, nil
}

func start(s *web.Site) error {
	formatsOf(s.Block).start(s.Loops(), errlog.Of(s.Block))
	return nil
}

func drop(s *web.Site) { formatsOf(s.Block).stop() }

// start gives each loop its buffers and caches.
func (o *formats) start(loops int, log *errlog.Log) {
	for _, b := range o.buffers {
		b.start(loops, log)
	}
	for _, c := range o.caches {
		c.start(loops)
	}
}

func (o *formats) stop() {
	for _, b := range o.buffers {
		b.stop()
	}
	for _, c := range o.caches {
		c.close()
	}
}

// writer is the log phase of one location or server.
type writer struct {
	targets []*target
	caches  *fileCaches
}

// logged is what is logged: an exchange or a session.
type logged interface {
	vars.Subject
	Loop() *reactor.Loop
	Errorf(level errlog.Level, format string, args ...any)
}

// rooted is a subject with a document root.
type rooted interface{ AppendRoot(dst []byte) []byte }

func (w *writer) log(x logged) {
	st := x.VarState()
	for _, t := range w.targets {
		if t.filter != nil && !t.filter.True(x) {
			continue
		}
		line := t.format.Append(st.Scratch(), x)
		if t.syslog != nil {
			if t.syslog.Send(line) != nil { // it has told the main log why
				x.Errorf(errlog.Warn, "send() to syslog failed")
			}
			st.PutScratch(line)
			continue
		}
		line = append(line, '\n')
		if t.path != nil {
			w.writeNamed(x, t, line)
		} else if b := t.buffer(); b != nil {
			b.add(x.Loop(), line)
		} else if _, err := t.file.Write(line); err != nil {
			t.failed.report(x, t.file.Name(), err)
		}
		st.PutScratch(line)
	}
}

// writeNamed writes to a file whose name has variables in it, provided that the document root, if there is one, exists, as nginx does.
func (w *writer) writeNamed(x logged, t *target, line []byte) {
	st := x.VarState()
	buf := st.Scratch()
	defer func() { st.PutScratch(buf) }()
	var err error
	if r, ok := x.(rooted); ok {
		buf = r.AppendRoot(buf)
		if err := testRoot(string(buf)); err != nil {
			x.Errorf(errlog.Error, "%s", errlog.AppendErrno([]byte(`testing "`+string(buf)+`" existence failed`), err))
			return
		}
	}

	buf = t.path.Append(buf[:0], x)
	if w.caches != nil {
		err = w.caches.write(x.Loop(), buf, line)
	} else {
		err = writeOnce(string(buf), line)
	}
	var open *openError
	switch {
	case errors.As(err, &open):
		x.Errorf(errlog.Crit, "%s", errlog.AppendErrno([]byte(`open() "`+string(buf)+`" failed`), open))
	case err != nil:
		t.failed.report(x, string(buf), err)
	}
}

func testRoot(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	return err
}

// failureClock keeps a log that cannot be written from filling the error log: one line a minute.
type failureClock struct{ last atomic.Int64 }

const failureSilence = 59 // seconds, as in nginx

func (c *failureClock) due(now int64) bool {
	last := c.last.Load()
	return now-last > failureSilence && c.last.CompareAndSwap(last, now)
}

func (c *failureClock) report(x logged, name string, err error) {
	if c.due(x.Loop().Now() / 1000) {
		x.Errorf(errlog.Alert, "%s", failureText(name, err))
	}
}

func failureText(name string, err error) []byte {
	return errlog.AppendErrno([]byte(`write() to "`+name+`" failed`), err)
}
