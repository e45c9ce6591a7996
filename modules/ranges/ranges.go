// Package ranges is nginx's ngx_http_range_filter_module: answers to requests with Range (RFC 9110, 14).
package ranges

import (
	"strconv"

	"understudy/config"
	"understudy/http1"
	"understudy/web"
)

// Settings of ngx_http_range_filter_module; nginx has the directive in its core module.
type Settings struct {
	// MaxRanges is how many ranges one request may ask for; with more it gets the whole. 0 turns ranges off.
	MaxRanges config.Int `nginx:"max_ranges" in:"http server location" default:"2147483647"`
}

// unlimited is nginx's default of max_ranges.
const unlimited = 1<<31 - 1

var conf = config.Declare[Settings]("ngx_http_range_filter_module")

// Module is ngx_http_range_filter_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	if n := conf.Of(l.Block).MaxRanges.N(); n > 0 {
		l.OuterFilter(filter{n})
	}
	return nil
}}

type filter struct{ max int }

var (
	acceptRangesName = []byte("Accept-Ranges")
	contentRangeName = []byte("Content-Range")
	bytesUnit        = []byte("bytes")
)

// Head implements web.Filter.
func (f filter) Head(x *web.Exchange) (web.Body, error) {
	o := &x.Out
	if !o.Ranges || o.Status != 200 || o.Length < 0 || x.Req.Version < 1000 {
		return nil, nil
	}
	if asked, ok := wanted(x); ok {
		b := parts.Of(x)
		limit := f.max
		if o.SingleRange {
			limit = 1
		}
		switch b.parse(asked, o.Length, limit) {
		case satisfied:
			o.Status, o.StatusText = 206, nil
			if len(b.list) == 1 {
				b.single(x)
			} else {
				b.multiple(x)
			}
			return b, nil
		case unsatisfiable:
			o.Remove(http1.HdrContentRange)
			o.Add(http1.HdrContentRange, contentRangeName, x.VarState().Keep(strconv.AppendInt([]byte("bytes */"), o.Length, 10)))
			o.Length = -1
			return nil, web.Refusal{Status: 416}
		}
	}
	o.Add(http1.HdrAcceptRanges, acceptRangesName, bytesUnit)
	return nil, nil
}

// wanted gives the set of ranges that the request asks for, unless If-Range tells of another version.
func wanted(x *web.Exchange) ([]byte, bool) {
	v, ok := x.Header(http1.HdrRange)
	if !ok || len(v) < 7 || !isBytes(v[:6]) {
		return nil, false
	}
	set := v[6:]
	cond, ok := x.Header(http1.HdrIfRange)
	if !ok {
		return set, true
	}
	if n := len(cond); n >= 2 && cond[n-1] == '"' {
		tag := x.Out.EntityTag()
		return set, tag != nil && string(tag) == string(cond)
	}
	at, ok := http1.ParseDate(cond)
	return set, ok && at == x.Out.ModifiedAt()
}

func isBytes(b []byte) bool {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != "bytes="[i] {
			return false
		}
	}
	return true
}
