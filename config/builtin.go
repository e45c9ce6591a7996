// Files that configurations include and that come with nginx's packages: they are built in, for machines without them.

package config

import (
	"embed"
	"path"
	"slices"

	"understudy/parser"
)

//go:embed builtin
var builtinFiles embed.FS

// usualDirs is where packages put nginx's configuration.
var usualDirs = []string{"/etc/nginx", "/usr/local/nginx/conf", "/usr/local/etc/nginx", "/opt/homebrew/etc/nginx", "/usr/share/nginx/conf"}

// builtin gives the built-in text for an included file that does not exist: one that is looked for beside the configuration or
// where packages put it. A notice says so.
func (c *Config) builtin(d *parser.Directive, name string) (string, bool) {
	dir, base := path.Split(name)
	if asked := d.Args[0]; asked != base && !slices.Contains(usualDirs, path.Clean(dir)) {
		return "", false
	}
	text, err := builtinFiles.ReadFile("builtin/" + base)
	if err != nil {
		return "", false
	}
	c.Warnings = append(c.Warnings, d.Error(parser.Notice, `"`+name+`" does not exist, the built-in `+base+" is used"))
	return string(text), true
}
