// Package static is nginx's ngx_http_static_module: files below root or alias.
package static

import (
	"understudy/errlog"
	"understudy/http1"
	"understudy/web"
)

// Module is ngx_http_static_module; it has no directives of its own.
var Module = &web.Module{Compile: func(l *web.Location) error {
	l.On(web.PhaseContent, serve)
	return nil
}}

const methods = http1.MethodGet | http1.MethodHead | http1.MethodPost

// serve sends the file that the URI stands for.
func serve(x *web.Exchange) web.Result {
	if x.Method&methods == 0 {
		return 405
	}
	if x.OnDirectory() {
		return web.Declined
	}
	st := x.VarState()
	path, ok := x.FilePath(st.Scratch())
	defer func() { st.PutScratch(path) }()
	if !ok {
		return 500
	}
	f, err := x.OpenFile(path)
	if err != nil {
		return x.FileError(path, err)
	}
	defer f.Close()
	switch {
	case f.IsDir():
		path = append(append(path[:0], x.URI...), '/')
		return x.ToSlash(path)
	case !f.IsRegular():
		x.Errorf(errlog.Crit, "\"%s\" is not a regular file", path)
		return 404
	case x.Method == http1.MethodPost:
		return 405
	}
	if res := x.Discard(); res != web.Declined {
		return res
	}
	x.Acting("sending response to client")
	x.Out.Status = 200
	x.Out.Length = f.Size
	x.Out.LastModified = f.Modified
	x.SetETag()
	x.Out.ContentType = x.ContentType()
	x.Out.Ranges = true
	if x.SendHead() != nil || !x.HeaderOnly() && x.SendFile(f, 0, f.Size) != nil || x.End() != nil {
		return web.Aborted
	}
	return web.Done
}
