// Package gzipstatic is nginx's ngx_http_gzip_static_module: files that have been compressed beforehand.
package gzipstatic

import (
	"understudy/config"
	"understudy/errlog"
	"understudy/http1"
	"understudy/modules/gzip"
	"understudy/web"
)

// Settings of ngx_http_gzip_static_module.
type Settings struct {
	// On sends FILE.gz in place of FILE to clients that accept it; with always to all.
	On config.Enum `nginx:"gzip_static" in:"http server location" enum:"off on always" default:"off"`
}

var conf = config.Declare[Settings]("ngx_http_gzip_static_module")

// Module is ngx_http_gzip_static_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	if s := conf.Of(l.Block); !s.On.Is("off") {
		always := s.On.Is("always")
		l.On(web.PhaseContent, func(x *web.Exchange) web.Result { return serve(x, always) })
	}
	return nil
}}

var (
	contentEncoding = []byte("Content-Encoding")
	gzipValue       = []byte("gzip")
)

// serve sends the compressed file, if there is one.
func serve(x *web.Exchange, always bool) web.Result {
	if !Servable(x) {
		return web.Declined
	}
	accepted := always || gzip.Accepted(x)
	if !accepted && !gzip.Varies(x) {
		return web.Declined
	}
	return File{Suffix: ".gz", Encoding: gzipValue, Refused: !accepted, Varies: !always && gzip.Varies(x), Ranges: true}.Send(x)
}

// Servable tells whether it is a file that the request wants.
func Servable(x *web.Exchange) bool {
	return x.Method&(http1.MethodGet|http1.MethodHead) != 0 && !x.OnDirectory()
}

// File is the compressed file beside the one that the request names.
type File struct {
	Suffix   string // of its name
	Encoding []byte // Content-Encoding
	Refused  bool   // the client does not take it
	Varies   bool   // if there is one, answers say that they depend on Accept-Encoding
	Ranges   bool   // parts of it may be asked for
}

// Send answers with the file; Declined if there is none that the client takes.
func (c File) Send(x *web.Exchange) web.Result {
	st := x.VarState()
	path, ok := x.FilePath(st.Scratch())
	defer func() { st.PutScratch(path) }()
	if !ok {
		return 500
	}
	path = append(path, c.Suffix...)
	f, err := x.OpenFile(path)
	if err != nil {
		if !web.Missing(err) {
			x.FileError(path, err)
		}
		return web.Declined
	}
	defer f.Close()
	x.Out.VaryEncoding = x.Out.VaryEncoding || c.Varies
	switch {
	case c.Refused, f.IsDir():
		return web.Declined
	case !f.IsRegular():
		x.Errorf(errlog.Crit, "\"%s\" is not a regular file", path)
		return 404
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
	x.Out.Add(http1.HdrContentEncoding, contentEncoding, c.Encoding)
	x.Out.Ranges = c.Ranges
	if x.SendHead() != nil || !x.HeaderOnly() && x.SendFile(f, 0, f.Size) != nil || x.End() != nil {
		return web.Aborted
	}
	return web.Done
}
