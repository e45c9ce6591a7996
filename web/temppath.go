package web

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"understudy/config"
	"understudy/errlog"
)

// TempPath is a `*_temp_path PATH [LEVEL1 [LEVEL2 [LEVEL3]]]` (ngx_conf_set_path_slot). The directory is made at start.
type TempPath struct {
	dir    string
	levels [3]int
}

// tempSerial numbers temporary files, as nginx's names do.
var tempSerial atomic.Uint32

func (o *TempPath) Parse(c *config.Call) error {
	if o.dir != "" {
		return c.Duplicate()
	}
	dir := c.FullName(c.Args[0], false)
	for len(dir) > 1 && dir[len(dir)-1] == '/' {
		dir = dir[:len(dir)-1]
	}
	digits := 0
	for i, arg := range c.Args[1:] {
		n, ok := atoi(arg)
		if !ok || n == 0 {
			return c.Invalid()
		}
		o.levels[i] = n
		digits += n
	}
	if digits > 10 {
		return c.Invalid()
	}
	o.dir = dir
	return nil
}

func (o *TempPath) Inherit(parent config.Option) {
	if o.dir == "" {
		*o = *parent.(*TempPath)
	}
}

// Dir is the directory's full name.
func (o *TempPath) Dir() string { return o.dir }

// Make creates the directory.
func (o *TempPath) Make() error {
	if err := os.Mkdir(o.dir, 0o700); err != nil && !os.IsExist(err) {
		return fmt.Errorf("mkdir() \"%s\" failed (%s)", o.dir, ErrnoText(err))
	}
	return nil
}

// Create opens a new file; unless keep is set it has no name any more when Create returns, and goes when it is closed.
func (o *TempPath) Create(keep bool) (*os.File, error) {
	for {
		base := fmt.Sprintf("%010d", tempSerial.Add(1))
		dir, end := o.dir, len(base)
		for _, n := range o.levels {
			if n == 0 {
				break
			}
			dir = filepath.Join(dir, base[end-n:end])
			end -= n
			if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
				return nil, fmt.Errorf("mkdir() \"%s\" failed (%s)", dir, ErrnoText(err))
			}
		}
		name := filepath.Join(dir, base)
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if os.IsExist(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open() \"%s\" failed (%s)", name, ErrnoText(err))
		}
		if !keep {
			os.Remove(name)
		}
		return f, nil
	}
}

// ErrnoText is "2: No such file or directory", as nginx prints a system error.
func ErrnoText(err error) string {
	if errno, ok := errnoOf(err); ok {
		return strconv.Itoa(int(errno)) + ": " + errlog.Strerror(errno)
	}
	return err.Error()
}
