// Package ssi is nginx's ngx_http_ssi_filter_module: commands in documents, <!--#include virtual="/x" --> and the like, are
// carried out on their way to the client.
package ssi

import (
	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_ssi_filter_module.
type Settings struct {
	On config.Flag `nginx:"ssi" in:"http server location if" default:"off"`
	// SilentErrors leaves out the text that stands for a command that failed.
	SilentErrors config.Flag `nginx:"ssi_silent_errors" in:"http server location" default:"off"`
	// LastModified keeps Last-Modified, and the ETag as a weak one.
	LastModified config.Flag `nginx:"ssi_last_modified" in:"http server location" default:"off"`
	// ValueLength is the most bytes that a parameter's value may have.
	ValueLength config.Size `nginx:"ssi_value_length" in:"http server location" default:"255"`
	// Types are the MIME types of documents.
	Types web.MIMETypes `nginx:"ssi_types" in:"http server location" args:"1+" default:"text/html"`

	MinFileChunk config.Ignored `nginx:"ssi_min_file_chunk" in:"http server location" args:"1" check:"size" reason:"documents are read through a large shared buffer"`
	Recycled     config.Ignored `nginx:"ssi_ignore_recycled_buffers" in:"http server location" args:"1" check:"flag" reason:"no buffer waits to be sent before it is used again"`
}

var conf = config.Declare[Settings]("ngx_http_ssi_filter_module")

// Module is ngx_http_ssi_filter_module.
var Module = &web.Module{Settings: conf, Variables: []vars.Def{
	web.Var("date_local", func(x *web.Exchange, dst []byte) ([]byte, bool) { return appendDate(x, dst, false) }),
	web.Var("date_gmt", func(x *web.Exchange, dst []byte) ([]byte, bool) { return appendDate(x, dst, true) }),
}, Compile: func(l *web.Location) error {
	if s := conf.Of(l.Block); s.On.On() {
		l.Filter(&filter{s, vars.TableOf(l.Block)})
	}
	return nil
}}

type filter struct {
	s     *Settings
	table *vars.Table
}

var (
	documents = web.NewSlot[document]()
	pages     = web.NewSlot[page]()
)

// Head implements web.Filter.
func (f *filter) Head(x *web.Exchange) (web.Body, error) {
	o := &x.Out
	if o.Length == 0 || !f.s.Types.Match(o.ContentType) {
		return nil, nil
	}
	main := x.Main()
	p, old := pages.Have(main)
	if !old {
		p = pages.Of(main)
		*p = page{}
	}
	d := documents.Of(x)
	d.begin(f, p)
	if x.IsMain() {
		o.ClearLength()
		o.ClearRanges()
		if f.s.LastModified.On() {
			o.WeakETag()
		} else {
			o.ClearLastModified()
			o.ClearETag()
		}
	}
	return d, nil
}
