package cache

import (
	"bytes"
	"crypto/md5"
	"hash"

	"understudy/ascii"
)

// RequestHeaders gives the fields of the request that is being answered.
type RequestHeaders interface {
	// EachHeader calls f with the value of each request header of a name, given in lower case.
	EachHeader(name []byte, f func(value []byte))
}

// variantOf is the key of an answer that depends on the request headers that vary names (ngx_http_file_cache_vary).
func variantOf(main Key, vary []byte, r RequestHeaders) (k Key) {
	h := md5.New()
	h.Write(main[:])
	for _, name := range bytes.FieldsFunc(ascii.AppendLower(nil, vary), separates) {
		h.Write(name)
		h.Write([]byte{':'})
		hashHeader(h, name, r)
		h.Write([]byte("\r\n"))
	}
	h.Sum(k[:0])
	return k
}

func separates(r rune) bool { return r == ' ' || r == ',' }

// hashHeader joins all fields of a name; the spaces in lists do not matter for those that negotiate content.
func hashHeader(h hash.Hash, name []byte, r RequestHeaders) {
	normalize := false
	switch string(name) {
	case "accept-charset", "accept-encoding", "accept-language":
		normalize = true
	}
	multiple := false
	add := func(p []byte) {
		if multiple {
			h.Write([]byte{','})
		}
		multiple = true
		h.Write(p)
	}
	r.EachHeader(name, func(value []byte) {
		if !normalize {
			add(value)
			return
		}
		for _, item := range bytes.FieldsFunc(value, separates) {
			add(item)
		}
	})
}
