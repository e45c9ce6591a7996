// Files that configurations include and that come with nginx's packages: they are built in, for machines without them.

package config

import (
	"embed"
	"path"
	"strings"

	"understudy/parser"
)

//go:embed builtin
var builtinFiles embed.FS

// usualDirs is where packages put nginx's configuration.
var usualDirs = []string{"/etc/nginx", "/usr/local/nginx/conf", "/usr/local/etc/nginx", "/opt/homebrew/etc/nginx", "/usr/share/nginx/conf"}

// builtin gives the built-in text for an included file that does not exist: one that is looked for beside the configuration or
// where packages put it. A notice says so.
func (c *Config) builtin(d *parser.Directive, name string) (string, bool) {
	asked := path.Clean(d.Args[0])
	for _, dir := range usualDirs {
		if rest, ok := strings.CutPrefix(asked, dir+"/"); ok {
			asked = rest
			break
		}
	}
	if path.IsAbs(asked) {
		return "", false
	}
	text, err := builtinFiles.ReadFile("builtin/" + asked)
	if err != nil {
		return "", false
	}
	c.Warnings = append(c.Warnings, d.Error(parser.Notice, `"`+name+`" does not exist, the built-in `+asked+" is used"))
	return string(text), true
}
