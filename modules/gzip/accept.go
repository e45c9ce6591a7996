package gzip

import (
	"bytes"

	"understudy/ascii"
)

// acceptsGzip tells whether an Accept-Encoding field allows gzip, as nginx reads it.
func acceptsGzip(field []byte) bool {
	at := 0
	for ; ; at++ {
		if at+len("gzip") > len(field) {
			return false
		}
		if (at == 0 || field[at-1] == ',' || field[at-1] == ' ') && ascii.HasPrefixFold(field[at:], "gzip") {
			break
		}
	}
	field = field[at+len("gzip"):]
	for i, c := range field {
		switch c {
		case ',':
			return true
		case ' ':
			continue
		case ';':
			return weighs(field[i+1:])
		}
		return false
	}
	return true
}

// weighs reads " q=0.5": false for a weight of zero or none that can be read.
func weighs(p []byte) bool {
	p = bytes.TrimLeft(p, " ")
	if len(p) == 0 {
		return true
	}
	if p[0]|0x20 != 'q' || len(p) < 3 || p[1] != '=' {
		return false
	}
	p = p[2:]
	if p[0] != '0' && p[0] != '1' {
		return false
	}
	weight := int(p[0]-'0') * 100
	p = p[1:]
	if len(p) == 0 || p[0] == ',' || p[0] == ' ' {
		return weight > 0
	}
	if p[0] != '.' {
		return false
	}
	digits := 0
	for _, c := range p[1:] {
		if c == ',' || c == ' ' {
			break
		}
		if c < '0' || c > '9' {
			return false
		}
		weight += int(c - '0')
		digits++
	}
	return weight > 0 && weight <= 100 && digits <= 3
}
