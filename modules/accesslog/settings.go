package accesslog

import (
	"strings"
	"time"

	"understudy/ascii"
	"understudy/config"
	"understudy/errlog"
	"understudy/vars"
)

// Settings of ngx_http_log_module.
type Settings struct {
	// LogFormat names a format: `log_format NAME [escape=default|json|none] TEXT…`.
	LogFormat formats `nginx:"log_format" in:"http" args:"2+"`
	// AccessLog says where to and how: `access_log PATH [FORMAT [buffer=SIZE] [gzip[=LEVEL]] [flush=TIME] [if=CONDITION]] | off`.
	AccessLog Logs `nginx:"access_log" in:"http server location if limit_except" args:"1+"`
	// OpenLogFileCache keeps files open whose names have variables in them.
	OpenLogFileCache fileCacheOption `nginx:"open_log_file_cache" in:"http server location" args:"1-4"`
}

var conf = config.Declare[Settings]("ngx_http_log_module")

// Merge names the variables of the default log's format, which some server may need, while that is possible.
func (s *Settings) Merge(_ *Settings, b *config.Block) error {
	if b.Kind != config.HTTP {
		return nil
	}
	_, err := formatsOf(b).find(vars.TableOf(b), combinedName)
	return err
}

// formats are the log_format directives of http{} or stream{}, and the buffers of its files.
type formats struct {
	list     []*Format
	buffers  map[*errlog.File]*buffer
	caches   []*fileCaches
	fallback *target // for servers without access_log
}

func formatsOf(b *config.Block) *formats {
	root := b.Up(config.HTTP | config.Stream)
	if root.Kind == config.Stream {
		return &streamConf.Local(root).LogFormat
	}
	return &conf.Local(root).LogFormat
}

// Parse implements config.Option.
func (o *formats) Parse(c *config.Call) error {
	name := c.Args[0]
	for _, f := range o.list {
		if f.name == name {
			return c.Errorf(`duplicate "log_format" name "%s"`, name)
		}
	}
	if name == combinedName && c.Block.Kind == config.HTTP {
		return c.Errorf(`duplicate "log_format" name "%s"`, name)
	}
	t, done := vars.TableAt(c)
	f, err := compile(t, name, c.Args[1:])
	done()
	if err != nil {
		return err
	}
	o.list = append(o.list, f)
	return nil
}

// find gives a format by name, whose case does not matter; nil if there is none so far. t is the table of http{}, which has a format
// of its own; nil in stream{}.
func (o *formats) find(t *vars.Table, name string) (*Format, error) {
	for _, f := range o.list {
		if ascii.EqualFold(f.name, name) {
			return f, nil
		}
	}
	if t == nil || !ascii.EqualFold(name, combinedName) {
		return nil, nil
	}
	f, err := compile(t, combinedName, []string{combinedText})
	if err == nil {
		o.list = append(o.list, f)
	}
	return f, err
}

// Logs are the access_log directives of one level; a level inherits them only if it has none itself.
type Logs struct {
	list []*target
	off  bool
}

// target is one access_log: exactly one of file, path and syslog says where to.
type target struct {
	file   *errlog.File
	path   *vars.Value
	syslog *errlog.Syslog
	format *Format
	filter *vars.Value
	buffer func() *buffer // of the file, whichever access_log asked for it; nil: none
	failed failureClock
}

// IsSet tells whether the level has access_log.
func (o *Logs) IsSet() bool { return o.list != nil || o.off }

// Inherit implements config.Inheriting.
func (o *Logs) Inherit(parent config.Option) {
	if p, ok := parent.(*Logs); ok && !o.IsSet() {
		*o = *p
	}
}

// Parse implements config.Option.
func (o *Logs) Parse(c *config.Call) error {
	name := c.Args[0]
	if name == "off" {
		o.off = true
		if len(c.Args) > 1 {
			return c.Errorf(`invalid parameter "%s"`, c.Args[1])
		}
		return nil
	}

	t := &target{}
	switch params, isSyslog := strings.CutPrefix(name, "syslog:"); {
	case isSyslog:
		s, err := errlog.ParseSyslog(params)
		if err != nil {
			return err
		}
		errlog.ReportSyslog(s, c.Block)
		t.syslog = s
	case strings.IndexByte(name, '$') >= 0:
		var err error
		if t.path, err = vars.Compile(c, c.FullName(name, false)); err != nil {
			return err
		}
	default:
		if name != "" {
			name = c.FullName(name, false)
		}
		t.file = errlog.FilesOf(c.Block).Add(name)
	}

	format := combinedName
	table := vars.TableOf(c.Block)
	if c.Block.Up(config.Stream) != nil {
		table = nil
		if len(c.Args) == 1 {
			return c.Errorf("log format is not specified")
		}
	}
	if len(c.Args) > 1 {
		format = c.Args[1]
	}
	shared := formatsOf(c.Block)
	var err error
	if t.format, err = shared.find(table, format); err != nil {
		return err
	}
	if t.format == nil {
		return c.Errorf(`unknown log format "%s"`, format)
	}
	if err := t.parameters(c, shared); err != nil {
		return err
	}
	if file := t.file; file != nil {
		t.buffer = func() *buffer { return shared.buffers[file] }
	}
	o.list = append(o.list, t)
	return nil
}

const defaultGzipBuffer = 64 << 10

// parameters reads what stands behind the format.
func (t *target) parameters(c *config.Call, shared *formats) error {
	want := buffer{}
	for _, arg := range c.Args[min(2, len(c.Args)):] {
		key, value, assigned := strings.Cut(arg, "=")
		switch {
		case key == "buffer" && assigned:
			n, ok := config.ParseSize(value)
			if !ok || n == 0 {
				return c.Errorf(`invalid buffer size "%s"`, value)
			}
			want.size = int(n)
		case key == "flush" && assigned:
			ms, ok := config.ParseMillis(value)
			if !ok || ms == 0 {
				return c.Errorf(`invalid flush time "%s"`, value)
			}
			want.flush = time.Duration(ms) * time.Millisecond
		case key == "gzip":
			if want.size == 0 {
				want.size = defaultGzipBuffer
			}
			want.gzip = 1
			if assigned {
				n, ok := config.ParseNumber(value)
				if !ok || n < 1 || n > 9 {
					return c.Errorf(`invalid compression level "%s"`, value)
				}
				want.gzip = int(n)
			}
		case key == "if" && assigned:
			v, err := vars.Compile(c, value)
			if err != nil {
				return err
			}
			t.filter = v
		default:
			return c.Errorf(`invalid parameter "%s"`, arg)
		}
	}
	if want.flush != 0 && want.size == 0 {
		return c.Errorf(`no buffer is defined for access_log "%s"`, c.Args[0])
	}
	if want.size == 0 {
		return nil
	}
	switch {
	case t.path != nil:
		return c.Errorf("buffered logs cannot have variables in name")
	case t.syslog != nil:
		return c.Errorf("logs to syslog cannot be buffered")
	}
	if b := shared.buffers[t.file]; b != nil {
		if b.size != want.size || b.flush != want.flush || b.gzip != want.gzip {
			return c.Errorf(`access_log "%s" already defined with conflicting parameters`, c.Args[0])
		}
		return nil
	}
	if shared.buffers == nil {
		shared.buffers = map[*errlog.File]*buffer{}
	}
	b := &buffer{file: t.file, size: want.size, flush: want.flush, gzip: want.gzip}
	t.file.OnFlush(b.flushAll)
	shared.buffers[t.file] = b
	return nil
}

// fileCacheOption is `open_log_file_cache max=N [inactive=TIME] [min_uses=N] [valid=TIME] | off`.
type fileCacheOption struct {
	set    bool
	caches *fileCaches // nil: files are opened for each line
}

// IsSet tells whether the option has a value.
func (o *fileCacheOption) IsSet() bool { return o.set }

// Inherit implements config.Inheriting.
func (o *fileCacheOption) Inherit(parent config.Option) {
	if p, ok := parent.(*fileCacheOption); ok && !o.set {
		*o = *p
	}
}

// Parse implements config.Option.
func (o *fileCacheOption) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set = true
	f := &fileCaches{minUses: 1, inactive: 10 * time.Second, valid: time.Minute}
	off := false
	for _, arg := range c.Args {
		key, value, _ := strings.Cut(arg, "=")
		ok := false
		var n int64
		switch {
		case arg == "off":
			off, ok = true, true
		case key == "max":
			n, ok = config.ParseNumber(value)
			f.max = int(n)
		case key == "min_uses":
			n, ok = config.ParseNumber(value)
			f.minUses = int(n)
		case key == "inactive":
			n, ok = config.ParseSeconds(value)
			f.inactive = time.Duration(n) * time.Second
		case key == "valid":
			n, ok = config.ParseSeconds(value)
			f.valid = time.Duration(n) * time.Second
		}
		if !ok {
			return c.Errorf(`invalid "open_log_file_cache" parameter "%s"`, arg)
		}
	}
	if off {
		return nil
	}
	if f.max == 0 {
		return c.Errorf(`"open_log_file_cache" must have "max" parameter`)
	}
	o.caches = f
	shared := formatsOf(c.Block)
	shared.caches = append(shared.caches, f)
	return nil
}
