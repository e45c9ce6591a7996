// Package accesslog is nginx's ngx_http_log_module: access_log, log_format and open_log_file_cache.
package accesslog

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"

	"understudy/errlog"
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
	l.On(web.PhaseLog, w.log)
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

// start gives each loop its buffers and caches.
func start(s *web.Site) error {
	shared := formatsOf(s.Block)
	for _, b := range shared.buffers {
		b.start(s.Loops(), errlog.Of(s.Block))
	}
	for _, c := range shared.caches {
		c.start(s.Loops())
	}
	return nil
}

func drop(s *web.Site) {
	for _, c := range formatsOf(s.Block).caches {
		c.close()
	}
}

// writer is the log phase of one location.
type writer struct {
	targets []*target
	caches  *fileCaches
}

func (w *writer) log(x *web.Exchange) web.Result {
	st := x.VarState()
	for _, t := range w.targets {
		if t.filter != nil && !t.filter.True(x) {
			continue
		}
		line := t.format.Append(st.Scratch(), x)
		if t.syslog != nil {
			t.syslog.Send(line) // which reports its own failures
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
	return web.Declined
}

// writeNamed writes to a file whose name has variables in it, provided that the document root exists, as nginx does.
func (w *writer) writeNamed(x *web.Exchange, t *target, line []byte) {
	st := x.VarState()
	buf := x.AppendRoot(st.Scratch())
	defer func() { st.PutScratch(buf) }()
	info, err := os.Stat(string(buf))
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		x.Errorf(errlog.Error, "%s", errlog.AppendErrno([]byte(`testing "`+string(buf)+`" existence failed`), err))
		return
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

// failureClock keeps a log that cannot be written from filling the error log: one line a minute.
type failureClock struct{ last atomic.Int64 }

const failureSilence = 59 // seconds, as in nginx

func (c *failureClock) due(now int64) bool {
	last := c.last.Load()
	return now-last > failureSilence && c.last.CompareAndSwap(last, now)
}

func (c *failureClock) report(x *web.Exchange, name string, err error) {
	if c.due(x.Loop().Now() / 1000) {
		x.Errorf(errlog.Alert, "%s", failureText(name, err))
	}
}

func failureText(name string, err error) []byte {
	return errlog.AppendErrno([]byte(`write() to "`+name+`" failed`), err)
}
