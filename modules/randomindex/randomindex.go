// Package randomindex is nginx's ngx_http_random_index_module: one of a directory's files answers for it, by chance.
package randomindex

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"

	"understudy/config"
	"understudy/errlog"
	"understudy/http1"
	"understudy/web"
)

// Settings of ngx_http_random_index_module.
type Settings struct {
	On config.Flag `nginx:"random_index" in:"location" default:"off"`
}

var conf = config.Declare[Settings]("ngx_http_random_index_module")

// Module is ngx_http_random_index_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	if conf.Of(l.Block).On.On() {
		l.On(web.PhaseContent, pick)
	}
	return nil
}}

const methods = http1.MethodGet | http1.MethodHead | http1.MethodPost

// pick redirects inside to one of the files that are not hidden.
func pick(x *web.Exchange) web.Result {
	if !x.OnDirectory() || x.Method&methods == 0 {
		return web.Declined
	}
	st := x.VarState()
	path, ok := x.FilePath(st.Scratch())
	name := string(path)
	st.PutScratch(path)
	if !ok {
		return 500
	}
	name = name[:max(len(name)-1, 0)]
	dir, err := os.Open(name + "/") // what is no directory is not opened
	if err != nil {
		return x.DirError(name, err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		x.Errorf(errlog.Crit, "readdir() \"%s\" failed (%s)", name, web.ErrnoText(err))
		return 500
	}
	files := entries[:0]
	for _, e := range entries {
		if e.Name()[0] == '.' {
			continue
		}
		mode := e.Type()
		if mode&fs.ModeSymlink != 0 {
			full := name + "/" + e.Name()
			info, err := os.Stat(full)
			switch {
			case err == nil:
				mode = info.Mode()
			case !errors.Is(err, fs.ErrNotExist):
				x.Errorf(errlog.Crit, "stat() \"%s\" failed (%s)", full, web.ErrnoText(err))
				return 500
			}
		}
		if mode.IsRegular() {
			files = append(files, e)
		}
	}
	if len(files) == 0 {
		return web.Declined
	}
	uri := append(append(st.Scratch(), x.URI...), files[rand.IntN(len(files))].Name()...)
	res := x.Redirect(uri, x.Args)
	st.PutScratch(uri)
	return res
}
