package gzip

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// tinyLimit: a body up to here is compressed as a whole, without a compressor. Beyond it, codes made for the text gain more than
// their description costs.
const tinyLimit = 192

// appendTiny writes a gzip file of few bytes as one block with the fixed codes of RFC 1951 (3.2.6): shorter than what a compressor
// makes of pieces whose end it does not know, and about as long as what zlib makes.
func appendTiny(dst, p []byte, level int) []byte {
	dst = append(dst, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, effort(level), unix)
	w := bitWriter{dst: dst}
	w.put(3, 3) // last block, fixed codes
	var m matcher
	for i := 0; i < len(p); {
		n, back := m.longest(p, i)
		if n == 0 {
			w.literal(p[i])
			i++
			continue
		}
		if later, b := m.longest(p, i+1); later > n { // what begins one byte later may be longer
			w.literal(p[i])
			i, n, back = i+1, later, b
		}
		w.match(n, back)
		i += n
	}
	w.put(0, 7) // end of block
	w.end()
	dst = binary.LittleEndian.AppendUint32(w.dst, crc32.ChecksumIEEE(p))
	return binary.LittleEndian.AppendUint32(dst, uint32(len(p)))
}

const shortestMatch = 3

// matcher finds repetitions: for each three bytes seen, by a hash of them, where they were last, and before that.
type matcher struct {
	last  [128]uint8 // position + 1, 0 for none
	older [tinyLimit]uint8
	known int // positions below are in the chains
}

// longest gives the longest match of what stands at i, the nearest of several, as length and distance; 0 for none.
func (m *matcher) longest(p []byte, i int) (n, back int) {
	for ; m.known < i && m.known+shortestMatch <= len(p); m.known++ {
		h := hash(p[m.known:])
		m.older[m.known], m.last[h] = m.last[h], uint8(m.known+1)
	}
	if i+shortestMatch > len(p) {
		return 0, 0
	}
	for at := m.last[hash(p[i:])]; at != 0; at = m.older[at-1] {
		j, k := int(at-1), 0
		for j < i && i+k < len(p) && p[j+k] == p[i+k] {
			k++
		}
		if k >= shortestMatch && k > n {
			n, back = k, i-j
		}
	}
	return n, back
}

// hash mixes three bytes into seven bits.
func hash(p []byte) uint8 {
	return uint8((uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16) * 0x9e3779b1 >> 25)
}

// bitWriter packs codes, the first bit lowest.
type bitWriter struct {
	dst []byte
	acc uint64
	n   uint
}

func (w *bitWriter) put(code uint, width uint) {
	w.acc |= uint64(code) << w.n
	for w.n += width; w.n >= 8; w.n -= 8 {
		w.dst = append(w.dst, byte(w.acc))
		w.acc >>= 8
	}
}

// code puts a prefix code, which begins with its highest bit.
func (w *bitWriter) code(code uint16, width uint) {
	w.put(uint(bits.Reverse16(code)>>(16-width)), width)
}

func (w *bitWriter) end() {
	if w.n > 0 {
		w.put(0, 8-w.n)
	}
}

func (w *bitWriter) literal(c byte) {
	if c < 144 {
		w.code(0x30+uint16(c), 8)
	} else {
		w.code(0x190+uint16(c)-144, 9)
	}
}

// match puts a length of 3 to 257 and a distance (RFC 1951, 3.2.5).
func (w *bitWriter) match(n, back int) {
	l, extra := uint(n-shortestMatch), uint(0)
	if l >= 8 {
		extra = uint(bits.Len(l)) - 3
	}
	if sym := uint16(4*extra + l>>extra + 1); sym < 24 { // symbol 257 is 1 here
		w.code(sym, 7)
	} else {
		w.code(0xc0+sym-24, 8)
	}
	w.put(l&(1<<extra-1), extra)
	d, extra := uint(back-1), uint(0)
	if d >= 4 {
		extra = uint(bits.Len(d)) - 2
	}
	w.code(uint16(2*extra+d>>extra), 5)
	w.put(d&(1<<extra-1), extra)
}

// unix is the system that zlib says it compressed on.
const unix = 3

// effort is what a head says of the compressor's level (RFC 1952, XFL).
func effort(level int) byte {
	switch level {
	case 1:
		return 4
	case 9:
		return 2
	}
	return 0
}
