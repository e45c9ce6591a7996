// load_module: there are no modules to load, but configurations name those that they need.

package core

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"understudy/config"
)

// loadModule accepts the modules that are built in, whether their file is there or not, and the files that are there: what
// such a module would declare is refused by name where it is used. A file that is missing fails as in nginx.
type loadModule struct{}

func (*loadModule) Parse(c *config.Call) error {
	if len(c.Block.Children) > 0 {
		return c.Errorf(`"%s" directive is specified too late`, c.Name)
	}
	path := c.FullName(c.Args[0], false)
	name := strings.TrimSuffix(filepath.Base(path), ".so")
	if c.Conf.Registry.HasModule(name) {
		return nil
	}
	_, err := os.Stat(path)
	if err == nil {
		return nil
	}
	text := err.Error()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = "No such file or directory"
	case errors.Is(err, fs.ErrPermission):
		text = "Permission denied"
	}
	hint := "understudy has no module " + name + "; remove the line if nothing of it is used"
	return c.Errore(hint, `dlopen() "%s" failed (%s: cannot open shared object file: %s)`, path, path, text)
}
