package cache

import (
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"understudy/config"
	"understudy/zone"
)

// Options are the parameters of one `*_cache_path`.
type Options struct {
	Name   string // of keys_zone
	Size   int64  // of keys_zone, bytes
	Path   string
	Levels [3]int // digits of each level of directories, 0 = no such level
	// UseTempPath: files are written below the location's temporary path and moved into the cache when they are whole; else they
	// are written beside their final place.
	UseTempPath bool
	Inactive    time.Duration // entries that nobody asked for in so long are removed
	MaxSize     int64         // of all files, bytes
	MinFree     int64         // bytes to leave free on the file system, 0 = any

	LoaderFiles, ManagerFiles         int // in one go
	LoaderSleep, ManagerSleep         time.Duration
	LoaderThreshold, ManagerThreshold time.Duration
}

// Paths is the directive `*_cache_path PATH keys_zone=NAME:SIZE …`, each of which declares a zone.
type Paths struct{ list *[]*Zone }

// Zones lists the zones declared; a zone is the same one in all blocks.
func (o *Paths) Zones() []*Zone {
	if o.list == nil {
		return nil
	}
	return *o.list
}

// Zone finds a zone by name, nil if there is none.
func (o *Paths) Zone(name []byte) *Zone {
	if o.list == nil {
		return nil
	}
	for _, z := range *o.list {
		if z.Name == string(name) {
			return z
		}
	}
	return nil
}

// Inherit implements config.Inheriting.
func (o *Paths) Inherit(parent config.Option) {
	if o.list == nil {
		o.list = parent.(*Paths).list
	}
}

// Parse implements config.Option.
func (o *Paths) Parse(c *config.Call) error {
	opts := Options{
		UseTempPath: true, Inactive: 10 * time.Minute, MaxSize: math.MaxInt64,
		LoaderFiles: 100, LoaderSleep: 50 * time.Millisecond, LoaderThreshold: 200 * time.Millisecond,
		ManagerFiles: 100, ManagerSleep: 50 * time.Millisecond, ManagerThreshold: 200 * time.Millisecond,
	}
	path := c.Args[0]
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	opts.Path = c.FullName(path, false)
	for _, arg := range c.Args[1:] {
		if err := opts.parameter(c, arg); err != nil {
			return err
		}
	}
	if opts.Name == "" || opts.Size == 0 {
		return c.Errorf("\"%s\" must have \"keys_zone\" parameter", c.Name)
	}
	if err := take(c, opts.Path); err != nil {
		return err
	}
	z, err := zone.Declare(c, opts.Name, opts.Size, strings.TrimSuffix(c.Name, "_path"))
	if err != nil {
		return err
	}
	if z.Value != nil {
		return c.Errorf("duplicate zone \"%s\"", opts.Name)
	}
	made := &Zone{Options: opts}
	z.Value = made
	if o.list == nil {
		o.list = new([]*Zone)
	}
	*o.list = append(*o.list, made)
	return nil
}

// taken says in which file and line the paths of caches, of whatever module, were given.
type taken map[string]string

var takenKey = config.NewKey[taken]("cache.paths")

// take makes a path one cache's own.
func take(c *config.Call, path string) error {
	main := c.Block.Up(config.Main)
	t, ok := config.Lookup(main, takenKey)
	if !ok {
		t = taken{}
		config.Attach(main, takenKey, t)
	}
	if at, ok := t[path]; ok {
		return c.Errorf("the same path name \"%s\" used in %s and", path, at)
	}
	t[path] = fmt.Sprintf("%s:%d", c.File, c.EndLine)
	return nil
}

// parameter reads one NAME=VALUE.
func (o *Options) parameter(c *config.Call, arg string) error {
	name, value, _ := strings.Cut(arg, "=")
	bad := func() error { return c.Errorf("invalid %s value \"%s\"", name, arg) }
	number := func(into *int) error {
		n, ok := config.ParseNumber(value)
		if !ok {
			return bad()
		}
		*into = int(n)
		return nil
	}
	millis := func(into *time.Duration) error {
		n, ok := config.ParseMillis(value)
		if !ok {
			return bad()
		}
		*into = time.Duration(n) * time.Millisecond
		return nil
	}
	offset := func(into *int64) error {
		n, ok := config.ParseOffset(value)
		if !ok {
			return bad()
		}
		*into = n
		return nil
	}
	if !strings.Contains(arg, "=") {
		name = ""
	}
	switch name {
	case "levels":
		if !o.levels(value) {
			return c.Errorf("invalid \"levels\" \"%s\"", arg)
		}
		return nil
	case "use_temp_path":
		if value != "on" && value != "off" {
			return c.Errorf("invalid use_temp_path value \"%s\", it must be \"on\" or \"off\"", arg)
		}
		o.UseTempPath = value == "on"
		return nil
	case "keys_zone":
		name, size, ok := strings.Cut(value, ":")
		n, parsed := config.ParseSize(size)
		if !ok || !parsed {
			return c.Errorf("invalid keys zone size \"%s\"", arg)
		}
		if n < 2*int64(os.Getpagesize()) {
			return c.Errorf("keys zone \"%s\" is too small", arg)
		}
		o.Name, o.Size = name, n
		return nil
	case "inactive":
		n, ok := config.ParseSeconds(value)
		if !ok {
			return bad()
		}
		o.Inactive = time.Duration(n) * time.Second
		return nil
	case "max_size":
		return offset(&o.MaxSize)
	case "min_free":
		return offset(&o.MinFree)
	case "loader_files":
		return number(&o.LoaderFiles)
	case "loader_sleep":
		return millis(&o.LoaderSleep)
	case "loader_threshold":
		return millis(&o.LoaderThreshold)
	case "manager_files":
		return number(&o.ManagerFiles)
	case "manager_sleep":
		return millis(&o.ManagerSleep)
	case "manager_threshold":
		return millis(&o.ManagerThreshold)
	case "purger", "purger_files", "purger_sleep", "purger_threshold":
		return c.Errore("the purger is a part of the commercial nginx only", "invalid parameter \"%s\"", arg)
	}
	return c.Errorf("invalid parameter \"%s\"", arg)
}

// levels reads "1", "1:2" or "1:2:2".
func (o *Options) levels(text string) bool {
	if text == "" {
		return true
	}
	parts := strings.Split(text, ":")
	if len(parts) > len(o.Levels) {
		return false
	}
	for i, p := range parts {
		if p != "1" && p != "2" {
			return false
		}
		o.Levels[i] = int(p[0] - '0')
	}
	return true
}

// Valid is the directive `*_cache_valid [STATUS…|any] TIME`: how long answers are kept that do not say so themselves.
type Valid struct {
	set  bool
	list []validity
}

type validity struct {
	status  int // 0 = any
	seconds int64
}

// Parse implements config.Option.
func (o *Valid) Parse(c *config.Call) error {
	o.set = true
	last := len(c.Args) - 1
	seconds, ok := config.ParseSeconds(c.Args[last])
	if !ok {
		return c.Errorf("invalid time value \"%s\"", c.Args[last])
	}
	if last == 0 {
		o.list = append(o.list, validity{200, seconds}, validity{301, seconds}, validity{302, seconds})
		return nil
	}
	for _, arg := range c.Args[:last] {
		status := 0
		if arg != "any" {
			n, ok := config.ParseNumber(arg)
			if !ok || n < 100 || n > 599 {
				return c.Errorf("invalid status \"%s\"", arg)
			}
			status = int(n)
		}
		o.list = append(o.list, validity{status, seconds})
	}
	return nil
}

// Inherit implements config.Inheriting.
func (o *Valid) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*Valid)
	}
}

// For gives the seconds for which an answer with this status is kept, 0 = it is not.
func (o *Valid) For(status int) int64 {
	for i := range o.list {
		if v := &o.list[i]; v.status == 0 || v.status == status {
			return v.seconds
		}
	}
	return 0
}

// shown prints a size as nginx does in its notice.
func shown(bytes int64) string { return fmt.Sprintf("%.3fM", float64(bytes)/(1<<20)) }
