package web

import (
	"bytes"

	"understudy/ascii"
	"understudy/http1"
)

// What filters change about an answer's head.

// Dropper is a Body that holds something which has to be given back when its answer breaks off before the last Flush.
type Dropper interface{ Drop() }

// ClearLength is for filters that change the body's length.
func (r *Response) ClearLength() { r.Length = -1 }

// ClearRanges is for filters behind which ranges of the original make no sense.
func (r *Response) ClearRanges() {
	r.Ranges = false
	r.Remove(http1.HdrAcceptRanges)
}

// ClearETag drops the entity tag, ClearLastModified the date of the last change.
func (r *Response) ClearETag() {
	r.ETag = nil
	r.Remove(http1.HdrETag)
}

func (r *Response) ClearLastModified() {
	r.LastModified = -1
	r.Remove(http1.HdrLastModified)
}

// HasLastModified tells whether the answer says when its resource changed.
func (r *Response) HasLastModified() bool {
	_, ok := r.Header(http1.HdrLastModified)
	return ok || r.LastModified >= 0
}

// WeakETag makes the entity tag a weak one: the bytes are not the original's any more (ngx_http_weak_etag).
func (r *Response) WeakETag() {
	if r.ETag != nil {
		r.ETag = weak(r.ETag)
	}
	for i := range r.Headers {
		h := &r.Headers[i]
		if h.ID != http1.HdrETag {
			continue
		}
		if h.Value = weak(h.Value); h.Value == nil {
			r.Remove(http1.HdrETag)
			return
		}
	}
}

func weak(tag []byte) []byte {
	switch {
	case len(tag) > 2 && tag[0] == 'W' && tag[1] == '/':
		return tag
	case len(tag) < 1 || tag[0] != '"':
		return nil
	}
	return append([]byte("W/"), tag...)
}

// HasToken tells whether one of the fields with this id lists a token, as Cache-Control does.
func (r *Response) HasToken(id http1.HeaderID, token string) bool {
	for i := range r.Headers {
		if r.Headers[i].ID != id {
			continue
		}
		for item := range bytes.SplitSeq(r.Headers[i].Value, []byte(",")) {
			item = bytes.TrimSpace(item)
			if j := bytes.IndexAny(item, "=;"); j >= 0 {
				item = bytes.TrimSpace(item[:j])
			}
			if ascii.EqualFold(item, token) {
				return true
			}
		}
	}
	return false
}

// drop gives back what the bodies of a broken answer hold.
func (x *Exchange) drop() {
	x.dropBacklog()
	x.dropBodies()
}

func (x *Exchange) dropBodies() {
	for _, b := range x.bodies {
		if d, ok := b.(Dropper); ok {
			d.Drop()
		}
	}
}

// unfilter takes the filters off the body.
func (x *Exchange) unfilter() {
	x.dropBodies()
	clear(x.bodies)
	x.bodies, x.outerAt = x.bodies[:0], 0
}
