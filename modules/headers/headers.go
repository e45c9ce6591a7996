// Package headers is nginx's ngx_http_headers_module: add_header, add_trailer and expires.
package headers

import (
	"understudy/config"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_headers_module.
type Settings struct {
	// Expires sets Expires and Cache-Control: `expires [modified] TIME|epoch|max|off`.
	Expires expiresOption `nginx:"expires" in:"http server location if" args:"1-2"`
	// Headers are added to answers: `add_header NAME VALUE [always]`.
	Headers fields `nginx:"add_header" in:"http server location if" args:"2-3"`
	// Trailers are added behind chunked bodies: `add_trailer NAME VALUE [always]`.
	Trailers fields `nginx:"add_trailer" in:"http server location if" args:"2-3"`
	// HeadersInherit and TrailersInherit say what becomes of the fields of the block around.
	HeadersInherit  config.Enum `nginx:"add_header_inherit" in:"http server location if" enum:"off on merge" default:"on"`
	TrailersInherit config.Enum `nginx:"add_trailer_inherit" in:"http server location if" enum:"off on merge" default:"on"`
}

var conf = config.Declare[Settings]("ngx_http_headers_filter_module")

// Module is ngx_http_headers_module but for the sending of trailers.
var Module = &web.Module{Settings: conf, Compile: compile, Variables: []vars.Def{web.PrefixVar("sent_trailer_", sentTrailer)}}

// Merge takes over the fields of the block around.
func (s *Settings) Merge(parent *Settings, b *config.Block) error {
	if parent != nil {
		s.Headers.inherit(parent.Headers.of(b.Parent, &parent.HeadersInherit), &s.HeadersInherit)
		s.Trailers.inherit(parent.Trailers.of(b.Parent, &parent.TrailersInherit), &s.TrailersInherit)
	}
	return nil
}

func compile(l *web.Location) error {
	s := conf.Of(l.Block)
	list := s.Headers.of(l.Block, &s.HeadersInherit)
	if s.Expires.off() && len(list) == 0 {
		return nil
	}
	l.Filter(&filter{expires: &s.Expires, headers: list})
	return nil
}

type filter struct {
	expires *expiresOption
	headers []field
}

// safe tells the statuses with which fields are added without "always".
func safe(status int) bool {
	switch status {
	case 200, 201, 204, 206, 301, 302, 303, 304, 307, 308:
		return true
	}
	return false
}

// Head implements web.Filter.
func (f *filter) Head(x *web.Exchange) (web.Body, error) {
	if !x.IsMain() {
		return nil, nil // nobody sees its head, and variables must not be asked for with its URI
	}
	ok := safe(x.Out.Status)
	if ok {
		f.expires.apply(x)
	}
	for i := range f.headers {
		if h := &f.headers[i]; ok || h.always {
			h.add(x)
		}
	}
	return nil, nil
}

// setField replaces the first field with this id, or adds one.
func setField(x *web.Exchange, id http1.HeaderID, name, value []byte) {
	for i := range x.Out.Headers {
		if h := &x.Out.Headers[i]; h.ID == id {
			h.Value = value
			return
		}
	}
	x.Out.Add(id, name, value)
}
