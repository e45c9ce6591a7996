// Package index is nginx's ngx_http_index_module: the file that answers for a directory.
package index

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"understudy/config"
	"understudy/errlog"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_index_module.
type Settings struct {
	// Index names the files to look for, in order; the last may be a URI.
	Index names `nginx:"index" in:"http server location" args:"1+" default:"index.html"`
}

var conf = config.Declare[Settings]("ngx_http_index_module")

// Module is ngx_http_index_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	list := conf.Of(l.Block).Index.list
	l.On(web.PhaseContent, func(x *web.Exchange) web.Result { return find(x, list) })
	return nil
}}

// names are the arguments of `index`, inherited whole or not at all.
type names struct{ list []*vars.Value }

func (o *names) Parse(c *config.Call) error {
	for i, arg := range c.Args {
		if strings.HasPrefix(arg, "/") && i != len(c.Args)-1 {
			c.Warnf(`only the last index in "index" directive should be absolute`)
		}
		if arg == "" {
			return c.Errorf(`index "" in "index" directive is invalid`)
		}
		value, err := vars.Compile(c, arg)
		if err != nil {
			return err
		}
		o.list = append(o.list, value)
	}
	return nil
}

// IsSet tells whether there are names.
func (o *names) IsSet() bool { return o.list != nil }

// Inherit implements config.Inheriting.
func (o *names) Inherit(parent config.Option) {
	if o.list == nil {
		o.list = parent.(*names).list
	}
}

const methods = http1.MethodGet | http1.MethodHead | http1.MethodPost

// find redirects inside to the first of the files that is there.
func find(x *web.Exchange, list []*vars.Value) web.Result {
	if !x.OnDirectory() || x.Method&methods == 0 {
		return web.Declined
	}
	st := x.VarState()
	path, ok := x.FilePath(st.Scratch())
	defer func() { st.PutScratch(path) }()
	if !ok {
		return 500
	}
	dir, tested := len(path), false
	for _, value := range list {
		path = value.Append(path[:dir], x)
		name := path[dir:]
		if len(name) > 0 && name[0] == '/' {
			return x.Redirect(name, x.Args)
		}
		_, err := x.Stat(path)
		if err == nil {
			uri := append(append(st.Scratch(), x.URI...), name...)
			res := x.Redirect(uri, x.Args)
			st.PutScratch(uri)
			return res
		}
		if errors.Is(err, syscall.EMLINK) || errors.Is(err, syscall.ELOOP) {
			return 403
		}
		if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, fs.ErrPermission) {
			return refuse(x, path, err)
		}
		if !tested {
			if res := testDir(x, path, dir); res != web.Declined {
				return res
			}
			tested = true
		}
		if !errors.Is(err, fs.ErrNotExist) {
			x.Errorf(errlog.Crit, "%s() \"%s\" failed (%s)", x.FailedCall(), path, web.ErrnoText(err))
			return 500
		}
	}
	return web.Declined
}

// testDir looks at the directory itself, path[:dir], when the first file in it is missing; Declined means that it is there.
func testDir(x *web.Exchange, path []byte, dir int) web.Result {
	if dir > 1 && path[dir-1] == '/' {
		dir--
	}
	info, err := x.Stat(path[:dir])
	switch {
	case err == nil && info.IsDir(), err != nil && errors.Is(err, fs.ErrPermission):
		return web.Declined
	case err == nil:
		x.Errorf(errlog.Alert, "\"%s\" is not a directory", path)
	case errors.Is(err, fs.ErrNotExist):
		return refuse(x, path, err)
	case errors.Is(err, syscall.EMLINK), errors.Is(err, syscall.ELOOP):
		return 403
	default:
		x.Errorf(errlog.Crit, "%s() \"%s\" failed (%s)", x.FailedCall(), path[:dir], web.ErrnoText(err))
	}
	return 500
}

func refuse(x *web.Exchange, path []byte, err error) web.Result {
	if errors.Is(err, fs.ErrPermission) {
		x.Errorf(errlog.Error, "\"%s\" is forbidden (%s)", path, web.ErrnoText(err))
		return 403
	}
	if x.Location.Conf.LogNotFound.On() {
		x.Errorf(errlog.Error, "\"%s\" is not found (%s)", path, web.ErrnoText(err))
	}
	return 404
}
