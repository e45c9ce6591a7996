// The directives: error_log on every level, and what inherits it.

package errlog

import (
	"fmt"
	"strings"

	"understudy/config"
)

// Settings of ngx_errlog_module.
type Settings struct {
	ErrorLog        Targets          `nginx:"error_log" in:"main http server location stream stream-server mail mail-server" args:"1+"`
	DebugConnection DebugConnections `nginx:"debug_connection" in:"events" args:"1"`

	files *Files // main only
}

// Conf is the module's slot.
var Conf = config.Declare[Settings]("ngx_errlog_module")

// Of gives the log in force in a block; after the configuration has been loaded it is never nil.
func Of(b *config.Block) *Log { return Conf.Of(b).ErrorLog.log }

// FilesOf gives the table of log files of the configuration that b belongs to.
func FilesOf(b *config.Block) *Files {
	main := Conf.Local(b.Up(config.Main))
	if main.files == nil {
		main.files = NewFiles()
	}
	return main.files
}

// Merge lets a block without error_log write where the block around it writes, and gives the
// configuration its default log.
func (s *Settings) Merge(parent *Settings, b *config.Block) error {
	switch {
	case b.Kind == config.Main:
		s.ErrorLog.start(FilesOf(b))
		s.ErrorLog.openDefault(b.Config())
	case s.ErrorLog.log == nil && parent != nil && parent.ErrorLog.log != nil:
		s.ErrorLog.log = parent.ErrorLog.log
	case s.ErrorLog.log == nil:
		main := Conf.Local(b.Up(config.Main))
		main.ErrorLog.start(FilesOf(b))
		s.ErrorLog.log = main.ErrorLog.log // filled by main's directives, those after this block too
	}
	return nil
}

// Targets are the error_log directives of one block.
type Targets struct{ log *Log }

func (o *Targets) start(files *Files) {
	if o.log == nil {
		o.log = &Log{files: files}
	}
}

// openDefault adds the compiled-in log, or the one named with -e, when main names no file.
func (o *Targets) openDefault(c *config.Config) {
	for i := range o.log.targets {
		if _, ok := o.log.targets[i].sink.(*File); ok {
			return
		}
	}
	name := c.ErrorLog
	if name != "" {
		name = c.FullName(name, false)
	}
	o.log.add(newTarget(Error, o.log.files.Add(name)))
}

// Parse reads one error_log: where to, and from which level on.
func (o *Targets) Parse(c *config.Call) error {
	to, err := openTarget(c, c.Args[0])
	if err != nil {
		return err
	}
	lv, err := parseLevels(c, c.Args[1:])
	if err != nil {
		return err
	}
	o.start(FilesOf(c.Block))
	o.log.add(newTarget(lv, to))
	return nil
}

// openTarget finds the sink that an error_log names; files are registered and opened later.
func openTarget(c *config.Call, name string) (sink, error) {
	files := FilesOf(c.Block)
	if name == "stderr" || name == "" {
		return files.Add(""), nil
	}
	if size, ok := strings.CutPrefix(name, "memory:"); ok {
		// nginx wants room for its mark and one line of full length
		needed := int64(len("MEMLOG  :\n") + len(c.File) + 2*20 + maxLine)
		n, ok := config.ParseSize(size)
		if !ok || n < needed {
			return nil, c.Errorf(`invalid buffer size "%s"`, size)
		}
		return newRing(int(n), fmt.Sprintf("MEMLOG %d %s:%d\n", n, c.File, c.EndLine)), nil
	}
	if params, ok := strings.CutPrefix(name, "syslog:"); ok {
		s, err := ParseSyslog(params)
		if err != nil {
			return nil, c.Errorf("%s", err)
		}
		ReportSyslog(s, c.Block)
		return s, nil
	}
	return files.Add(c.FullName(name, false)), nil
}

// ReportSyslog makes failures of s appear in the main log, as nginx does, and closes s with the
// configuration; access_log uses it too.
func ReportSyslog(s *Syslog, b *config.Block) {
	main := Conf.Local(b.Up(config.Main))
	main.ErrorLog.start(FilesOf(b))
	s.log = main.ErrorLog.log
	FilesOf(b).OnClose(s.Close)
}

// parseLevels reads the words behind the target: one level, or parts of the debug log.
func parseLevels(c *config.Call, words []string) (Level, error) {
	lv := Stderr
	parts := false
	for _, word := range words {
		next, ok := ParseLevel(word)
		part := isDebugCategory(word)
		switch {
		case !ok, part && lv != Stderr && !parts:
			return 0, c.Errorf(`invalid log level "%s"`, word)
		case !part && lv != Stderr:
			return 0, c.Errorf(`duplicate log level "%s"`, word)
		}
		lv, parts = next, part
	}
	if lv == Stderr {
		lv = Error
	}
	return lv, nil
}

// Open makes a log on one file outside of any configuration: what a process writes to before its
// configuration is read. name is a full path, "" for stderr. A file that cannot be opened is reported
// on the console, and stderr takes its place.
func Open(name string, lv Level, console *Console) (*Log, *Files) {
	files := NewFiles()
	files.SetConsole(console)
	l := &Log{files: files}
	file := files.Add(name)
	if err := files.Open(); err != nil {
		console.write(Alert, []byte("could not open error log file: "+err.Error()+"\n"))
		file = files.Add("")
	}
	l.add(newTarget(lv, file))
	return l, files
}
