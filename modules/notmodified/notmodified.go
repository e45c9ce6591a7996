// Package notmodified is nginx's ngx_http_not_modified_filter_module: If-Modified-Since, If-Unmodified-Since, If-Match and
// If-None-Match (RFC 9110, 13.1). if_modified_since itself is a directive of the core.
package notmodified

import (
	"bytes"

	"understudy/http1"
	"understudy/web"
)

// Module is ngx_http_not_modified_filter_module; it has no directives of its own.
var Module = &web.Module{Compile: func(l *web.Location) error {
	l.Filter(filter{})
	return nil
}}

type filter struct{}

// Head implements web.Filter.
func (filter) Head(x *web.Exchange) (web.Body, error) {
	if x.Out.Status != 200 || !x.IsMain() || x.Out.NoConditions {
		return nil, nil
	}
	if since, ok := x.Header(http1.HdrIfUnmodifiedSince); ok && !unmodified(x, since) {
		return nil, web.Refusal{Status: 412, Clean: true}
	}
	if list, ok := x.Header(http1.HdrIfMatch); ok && !matches(list, x.Out.EntityTag(), false) {
		return nil, web.Refusal{Status: 412, Clean: true}
	}
	since, hasSince := x.Header(http1.HdrIfModifiedSince)
	list, hasList := x.Header(http1.HdrIfNoneMatch)
	switch {
	case !hasSince && !hasList,
		hasSince && modified(x, since),
		hasList && !matches(list, x.Out.EntityTag(), true):
		return nil, nil
	}
	o := &x.Out
	o.Status, o.StatusText = 304, nil
	o.ContentType, o.Length, o.Ranges = nil, -1, false
	o.Remove(http1.HdrAcceptRanges)
	o.Remove(http1.HdrContentEncoding)
	return nil, nil
}

// date reads a date as nginx compares it: what is none is before all dates.
func date(b []byte) int64 {
	if at, ok := http1.ParseDate(b); ok {
		return at
	}
	return -1
}

func unmodified(x *web.Exchange, since []byte) bool {
	at := x.Out.ModifiedAt()
	return at >= 0 && date(since) >= at
}

func modified(x *web.Exchange, since []byte) bool {
	at := x.Out.ModifiedAt()
	mode := &x.Location.Conf.IfModifiedSince
	if at < 0 || mode.Is("off") {
		return true
	}
	asked := date(since)
	return asked != at && (mode.Is("exact") || asked < at)
}

// matches looks for an entity tag in a list; weak compares without "W/".
func matches(list, tag []byte, weak bool) bool {
	if string(list) == "*" {
		return true
	}
	if tag == nil {
		return false
	}
	if weak {
		tag = bytes.TrimPrefix(tag, weakMark)
	}
	for len(list) > 0 {
		if weak && len(list) > len(weakMark) {
			list = bytes.TrimPrefix(list, weakMark)
		}
		if len(tag) > len(list) {
			return false
		}
		if rest, ok := bytes.CutPrefix(list, tag); ok {
			if rest = bytes.TrimLeft(rest, " \t"); len(rest) == 0 || rest[0] == ',' {
				return true
			}
		}
		i := bytes.IndexByte(list, ',')
		if i < 0 {
			return false
		}
		list = bytes.TrimLeft(list[i:], " \t,")
	}
	return false
}

var weakMark = []byte("W/")
