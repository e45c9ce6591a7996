package headers

import (
	"understudy/http1"
	"understudy/web"
)

// Trailers is the part of ngx_http_headers_module that sends what add_trailer says. It comes last of all filters, as it makes
// bodies chunked whose length the others know.
var Trailers = &web.Module{Compile: func(l *web.Location) error {
	s := conf.Of(l.Block)
	if list := s.Trailers.of(l.Block, &s.TrailersInherit); len(list) > 0 && l.Conf.ChunkedTransferEncoding.On() {
		l.OuterFilter(&trailerFilter{list})
	}
	return nil
}}

type trailerFilter struct{ list []field }

// Head implements web.Filter.
func (f *trailerFilter) Head(x *web.Exchange) (web.Body, error) {
	o := &x.Out
	if x.Req.Version < 1001 || x.Method == http1.MethodHead || o.Status == 204 || o.Status == 304 || o.Status < 200 {
		return nil, nil
	}
	ok := safe(o.Status)
	for i := range f.list {
		if ok || f.list[i].always {
			if !x.IsStream() || o.Length == 0 { // a length of its own keeps HTTP/1 from having trailers, and 0 ends a stream
				o.Length = -1
			}
			t := trailers.Of(x)
			t.list, t.all = f.list, ok
			return t, nil
		}
	}
	return nil, nil
}

// trailer adds fields behind the body of one answer.
type trailer struct {
	list []field
	all  bool // those without "always" too
}

var trailers = web.NewSlot[trailer]()

// Write implements web.Body.
func (t *trailer) Write(_ *web.Exchange, next web.Sink, p []byte) error { return next.Write(p) }

// Flush implements web.Body.
func (t *trailer) Flush(x *web.Exchange, next web.Sink, last bool) error {
	if last {
		for i := range t.list {
			if f := &t.list[i]; t.all || f.always {
				if value := f.text(x); len(value) > 0 {
					x.AddTrailer(web.Header{Name: f.name, Value: value, ID: f.id})
				}
			}
		}
	}
	return next.Flush(last)
}

// sentTrailer is $sent_trailer_NAME.
func sentTrailer(name string) func(x *web.Exchange, dst []byte) ([]byte, bool) {
	return func(x *web.Exchange, dst []byte) ([]byte, bool) {
		list := x.Main().Trailers()
		found := false
		for i := range list {
			if h := &list[i]; web.SameName(h.Name, name) {
				if found {
					dst = append(dst, ", "...)
				}
				found = true
				dst = append(dst, h.Value...)
			}
		}
		return dst, found
	}
}
