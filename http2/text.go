package http2

import "unsafe"

// text is b as a string, for functions that take one and do not keep it.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
