package headersmore

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"understudy/ascii"
	"understudy/http1"
	"understudy/web"
)

// filter carries out a location's rules for answers.
type filter []*rule

// Head implements web.Filter.
func (list filter) Head(x *web.Exchange) (web.Body, error) {
	o := &x.Out
	for _, r := range list {
		if r.types != nil && !r.ofType(mainType(o.ContentType)) || r.statuses != nil && !slices.Contains(r.statuses, o.Status) {
			continue
		}
		for i := range r.fields {
			f := &r.fields[i]
			if err := f.output(o, f.text(x)); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// mainType is a Content-Type without its charset.
func mainType(t []byte) []byte {
	if main, rest, ok := bytes.Cut(t, []byte(";")); ok {
		rest = bytes.TrimLeft(rest, " ")
		if ascii.HasPrefixFold(rest, "charset=") {
			return main
		}
	}
	return t
}

// builtin tells the fields of answers that nginx keeps a place for; there is no second one of these.
func (f *field) builtin() bool {
	switch f.id {
	case http1.HdrServer, http1.HdrDate, http1.HdrContentEncoding, http1.HdrLocation, http1.HdrRefresh, http1.HdrLastModified,
		http1.HdrContentRange, http1.HdrAcceptRanges, http1.HdrWWWAuthenticate, http1.HdrExpires, http1.HdrContentLength,
		http1.HdrContentType, http1.HdrCacheControl:
		return true
	}
	return false
}

var errLength = errors.New("not a length")

// output sets or clears the field of an answer. The only error is a Content-Length that is no number.
func (f *field) output(o *web.Response, value []byte) error {
	switch f.id {
	case http1.HdrServer:
		o.OwnServer = true
	case http1.HdrDate:
		if o.Date = value; value == nil {
			o.Date = []byte{}
		}
	case http1.HdrLastModified:
		o.LastModified = -1
	case http1.HdrAcceptRanges:
		if len(value) == 0 {
			o.Ranges = false
		}
	case http1.HdrContentType:
		if _, charset, ok := bytes.Cut(o.ContentType[len(mainType(o.ContentType)):], []byte("=")); ok && len(value) > 0 {
			value = slices.Concat(value, []byte("; charset="), bytes.Trim(charset, "\"")) // nginx keeps it beside the type
		}
		o.ContentType = value
		o.Remove(f.id)
		return nil
	case http1.HdrContentLength:
		o.Length = -1
		if len(value) > 0 {
			n, err := strconv.ParseInt(string(value), 10, 64)
			if err != nil || n < 0 {
				return errLength
			}
			o.Length = n
		}
		return nil
	case http1.HdrLocation:
		f.location(o, value)
		return nil
	}
	switch {
	case f.add:
		if len(value) > 0 {
			o.Add(f.id, f.name, value)
		}
	case f.builtin() && f.id != http1.HdrCacheControl:
		f.outputFirst(o, value)
	default:
		f.outputAll(o, value)
	}
	return nil
}

// location sets or clears Location. nginx puts scheme and host before one that begins with a slash, in a place of its own.
func (f *field) location(o *web.Response, value []byte) {
	switch {
	case len(value) == 0:
		o.Location = nil
		f.outputFirst(o, nil)
	case o.Location != nil || value[0] == '/':
		o.Location = value
		o.Remove(f.id)
	default:
		f.outputFirst(o, value)
	}
}

// outputFirst sets or clears the first field, or adds one.
func (f *field) outputFirst(o *web.Response, value []byte) {
	for i := range o.Headers {
		if h := &o.Headers[i]; h.ID == f.id {
			if len(value) == 0 {
				o.Headers = slices.Delete(o.Headers, i, i+1)
			} else {
				h.Name, h.Value = f.name, value
			}
			return
		}
	}
	if len(value) > 0 {
		o.Add(f.id, f.name, value)
	}
}

// outputAll sets the first field that is meant and clears the others, or adds one.
func (f *field) outputAll(o *web.Response, value []byte) {
	done := len(value) == 0
	if o.ETag != nil && f.matches(http1.HdrETag, nameETag) {
		if done {
			o.ETag = nil
		} else {
			o.ETag, done = value, true
		}
	}
	if o.Location != nil && f.matches(http1.HdrLocation, nameLocation) {
		if done {
			o.Location = nil
		} else {
			o.Location, done = value, true
		}
	}
	kept := o.Headers[:0]
	for _, h := range o.Headers {
		if f.matches(h.ID, h.Name) {
			if done {
				continue
			}
			h.Value, done = value, true
		}
		kept = append(kept, h)
	}
	if o.Headers = kept; !done {
		o.Add(f.id, f.name, value)
	}
}

var (
	nameETag     = []byte("ETag")
	nameLocation = []byte("Location")
)
