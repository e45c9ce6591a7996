// load_module: there are no modules to load, but configurations name those that they need.

package core

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"understudy/config"
)

// loadModule accepts the modules that are built in, whether their file is there or not, and the files that are there: what
// such a module would declare is refused by name where it is used. A file that is missing fails as in nginx, and so does a
// module that is loaded twice.
type loadModule struct{ names []string }

func (o *loadModule) Parse(c *config.Call) error {
	if len(c.Block.Children) > 0 {
		return c.Errorf(`"%s" directive is specified too late`, c.Name)
	}
	path := c.FullName(c.Args[0], false)
	name := strings.TrimSuffix(filepath.Base(path), ".so")
	if err := unreadable(path); err != "" && !c.Conf.Registry.HasModule(name) {
		hint := c.Conf.Program() + " has no module " + name + "; remove the line if nothing of it is used"
		return c.Lacking(hint, `dlopen() "%s" failed (%s: cannot open shared object file: %s)`, path, path, err)
	}
	if slices.Contains(o.names, name) {
		return c.Errorf(`module "%s" is already loaded`, name)
	}
	o.names = append(o.names, name)
	return nil
}

// unreadable says why there is no file at path, "" if there is one.
func unreadable(path string) string {
	_, err := os.Stat(path)
	switch {
	case err == nil:
		return ""
	case errors.Is(err, fs.ErrNotExist):
		return "No such file or directory"
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied"
	}
	return err.Error()
}
