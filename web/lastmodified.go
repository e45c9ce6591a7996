package web

import "understudy/http1"

// ModifiedAt is the time of the answer's Last-Modified, Unix seconds, whether it was set here or came from an upstream; -1 =
// none, or no date.
func (r *Response) ModifiedAt() int64 {
	if r.LastModified >= 0 {
		return r.LastModified
	}
	if v, ok := r.Header(http1.HdrLastModified); ok {
		if at, ok := http1.ParseDate(v); ok {
			return at
		}
	}
	return -1
}

// EntityTag is the answer's ETag, whether it was set here or came from an upstream; nil = none.
func (r *Response) EntityTag() []byte {
	if r.ETag != nil {
		return r.ETag
	}
	v, _ := r.Header(http1.HdrETag)
	return v
}
