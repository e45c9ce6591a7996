package brotli

import (
	"bytes"

	"understudy/http1"
	"understudy/modules/gzip"
	"understudy/web"
)

// Accepted tells whether the client takes Brotli. If so, nothing of the answer is compressed by gzip any more, whether Brotli is
// then used or not (check_eligility).
func Accepted(x *web.Exchange) bool {
	field, ok := x.Header(http1.HdrAcceptEncoding)
	if !ok || !x.IsMain() || !acceptsBrotli(field) {
		return false
	}
	gzip.Refuse(x)
	return true
}

// acceptsBrotli reads an Accept-Encoding field as the module does: the first "br" that stands alone counts.
func acceptsBrotli(field []byte) bool {
	for at := 0; at+2 <= len(field); {
		i := bytes.IndexByte(field[at:], 'b')
		if j := bytes.IndexByte(field[at:], 'B'); j >= 0 && (i < 0 || j < i) {
			i = j
		}
		if i < 0 || at+i+2 > len(field) {
			return false
		}
		start := at + i
		at = start + 1
		if field[at]|0x20 != 'r' {
			continue
		}
		at++
		if start > 0 && field[start-1] != ',' && field[start-1] != ' ' {
			continue
		}
		if rest := field[at:]; len(rest) == 0 || rest[0] == ',' || rest[0] == ' ' || rest[0] == ';' {
			return !weighsNothing(rest)
		}
	}
	return false
}

// weighsNothing reads " ; q = 0.000": up to three digits behind the point, none of which is more than zero.
func weighsNothing(p []byte) bool {
	for _, c := range []byte(";q=0") {
		p = bytes.TrimLeft(p, " ")
		if len(p) == 0 || p[0] != c {
			return false
		}
		p = p[1:]
	}
	if len(p) == 0 || p[0] != '.' {
		return true
	}
	for _, c := range p[1:min(len(p), 4)] {
		if c < '0' || c > '9' {
			return true
		}
		if c > '0' {
			return false
		}
	}
	return true
}
