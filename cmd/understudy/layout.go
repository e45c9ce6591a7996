// Where things are when the command line does not say: as in a packaged nginx if there is one's
// configuration on the machine, else as in an nginx built from source.

package main

import (
	"os"
	"path/filepath"
	"strings"
)

// layout is what nginx fixes when it is built.
type layout struct {
	prefix   string
	conf     string
	errorLog string
	pid      string

	accessLog string
}

var (
	packaged = layout{"/usr/share/nginx/", "/etc/nginx/nginx.conf", "/var/log/nginx/error.log", "/run/nginx.pid", "/var/log/nginx/access.log"}
	plain    = layout{"/usr/local/nginx/", "conf/nginx.conf", "logs/error.log", "logs/nginx.pid", "logs/access.log"}
)

func chooseLayout() layout {
	if _, err := os.Stat(packaged.conf); err == nil {
		return packaged
	}
	return plain
}

// arguments words the layout as nginx's configure does.
func (l layout) arguments() []string {
	return []string{
		"--prefix=" + strings.TrimSuffix(l.prefix, "/"), "--conf-path=" + l.full(l.conf),
		"--error-log-path=" + l.full(l.errorLog), "--pid-path=" + l.full(l.pid),
		"--http-log-path=" + l.full(l.accessLog),
	}
}

func (l layout) full(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return l.prefix + name
}

// places are the names that one start goes by.
type places struct {
	prefix, confPrefix string // end with a slash, or are empty
	conf               string
	errorLog           string // as nginx keeps it: "" for stderr, may be relative to prefix
	pid                string // when the configuration names none
}

func (f *flags) places(l layout) places {
	p := places{prefix: l.prefix, conf: l.conf, errorLog: l.errorLog, pid: l.pid}
	if f.prefix != nil {
		p.prefix = *f.prefix
		if p.prefix != "" && !os.IsPathSeparator(p.prefix[len(p.prefix)-1]) {
			p.prefix += "/"
		}
	}
	if f.conf != nil {
		p.conf = *f.conf
	}
	p.conf = p.full(p.conf)
	p.confPrefix = p.prefix
	if i := strings.LastIndexFunc(p.conf, isSeparator); i > 0 {
		p.confPrefix = p.conf[:i+1]
	}
	if f.errorLog != nil {
		p.errorLog = *f.errorLog
	}
	p.pid = p.full(p.pid)
	return p
}

func isSeparator(r rune) bool { return r < 128 && os.IsPathSeparator(byte(r)) }

// full makes a name absolute, as far as the prefix is.
func (p places) full(name string) string {
	if filepath.IsAbs(name) || strings.HasPrefix(name, "/") {
		return name
	}
	return p.prefix + name
}
