package gzip

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// tinyLimit: a body up to here is compressed as a whole, without a compressor.
const tinyLimit = 32

// appendTiny writes a gzip file of few bytes as one block of literals with the fixed codes of RFC 1951 (3.2.6): shorter than what a
// compressor makes of pieces whose end it does not know, and as zlib does it.
func appendTiny(dst, p []byte, level int) []byte {
	dst = append(dst, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, effort(level), unix)
	var acc uint64
	var n uint
	put := func(code uint16, width uint) {
		acc |= uint64(code) << n
		for n += width; n >= 8; n -= 8 {
			dst = append(dst, byte(acc))
			acc >>= 8
		}
	}
	put(3, 3) // last block, fixed codes
	for _, c := range p {
		if c < 144 {
			put(bits.Reverse16(0x30+uint16(c))>>8, 8)
		} else {
			put(bits.Reverse16(0x190+uint16(c)-144)>>7, 9)
		}
	}
	put(0, 7) // end of block
	if n > 0 {
		dst = append(dst, byte(acc))
	}
	dst = binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(p))
	return binary.LittleEndian.AppendUint32(dst, uint32(len(p)))
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
