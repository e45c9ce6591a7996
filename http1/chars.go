package http1

import (
	"encoding/binary"
	"math/bits"
)

// lower maps the bytes of a header name that are always allowed (letters, digits, '-') to lower case, any other
// byte to 0. '_' is not among them: underscores_in_headers decides.
var lower = func() (t [256]byte) {
	for c := byte('a'); c <= 'z'; c++ {
		t[c], t[c-0x20] = c, c
	}
	for c := byte('0'); c <= '9'; c++ {
		t[c] = c
	}
	t['-'] = '-'
	return t
}()

// methodChar: bytes of a method (nginx: A-Z, '_' and '-').
var methodChar = func() (t [256]bool) {
	for c := byte('A'); c <= 'Z'; c++ {
		t[c] = true
	}
	t['_'], t['-'] = true, true
	return t
}()

// hostChar: bytes of a host in an absolute-form target outside brackets.
var hostChar = func() (t [256]bool) {
	for c := byte('a'); c <= 'z'; c++ {
		t[c], t[c-0x20] = true, true
	}
	for c := byte('0'); c <= '9'; c++ {
		t[c] = true
	}
	t['.'], t['-'] = true, true
	return t
}()

// Bytes with a meaning in a path; the rest is ordinary.
const (
	uriPlain = iota
	uriBad   // control characters, space, DEL
	uriSlash
	uriDot
	uriPercent
	uriPlus
	uriQuestion
	uriHash
)

var uriClass = func() (t [256]uint8) {
	for c := 0; c <= 0x20; c++ {
		t[c] = uriBad
	}
	t[0x7f] = uriBad
	t['/'], t['.'], t['%'], t['+'], t['?'], t['#'] = uriSlash, uriDot, uriPercent, uriPlus, uriQuestion, uriHash
	return t
}()

func isDigit(c byte) bool { return c-'0' <= 9 }

func isAlpha(c byte) bool { return (c|0x20)-'a' <= 'z'-'a' }

// hexDigit gives the value of a hexadecimal digit, or 0xff.
func hexDigit(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	if c |= 0x20; c-'a' <= 'f'-'a' {
		return c - 'a' + 10
	}
	return 0xff
}

const ones = 0x0101010101010101

// controls marks (in the high bit of each byte) the bytes of w that are below 0x20; the lowest mark is exact.
func controls(w uint64) uint64 { return (w - ones*0x20) &^ w & (ones * 0x80) }

// oddInTarget marks the bytes of w that a target's reader has to look at: below '0' (all but one of the bytes with a
// meaning are there), '?' and DEL. The lowest mark is exact.
func oddInTarget(w uint64) uint64 {
	low := (w - ones*'0') &^ w
	mark := w | ones*0x40 ^ ones*0x7f // '?' and DEL become 0
	return (low | (mark-ones)&^mark) & (ones * 0x80)
}

// firstByte is the index of the lowest marked byte.
func firstByte(m uint64) int { return bits.TrailingZeros64(m) >> 3 }

func load64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// parseLength reads a Content-Length: digits only, at least one, at most 2^63-1. -1 if it is not one.
func parseLength(b []byte) int64 {
	if len(b) == 0 {
		return -1
	}
	var n int64
	for _, c := range b {
		if !isDigit(c) {
			return -1
		}
		d := int64(c - '0')
		if n > (1<<63-1-d)/10 {
			return -1
		}
		n = n*10 + d
	}
	return n
}

// ipLiteralChar: bytes between the brackets of an IP literal (nginx does not check more than that).
var ipLiteralChar = func() (t [256]bool) {
	t = hostChar
	for _, c := range []byte(":_~!$&'()*+,;=") {
		t[c] = true
	}
	return t
}()
