package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// A cache file is: the fixed header, "\nKEY: " with the key's text and a newline, the head of the answer, its body.
//
// Numbers are little-endian. The first bytes name the format and its version; a file with others is as good as none.
var magic = [8]byte{'u', 'n', 'd', 'e', 'r', 's', 't', 1}

const (
	maxTag  = 128 // longest ETag and Vary that are kept (NGX_HTTP_CACHE_ETAG_LEN, NGX_HTTP_CACHE_VARY_LEN)
	maxHead = 1 << 16

	atValid       = 8
	atUpdating    = 16
	atError       = 24
	atModified    = 32
	atDate        = 40
	atCRC         = 48
	atHeaderStart = 52
	atBodyStart   = 56
	atTagLen      = 60
	atVaryLen     = 61
	atBodyLength  = 64 // written last: a file that is shorter was cut off
	atTag         = 72
	atVary        = atTag + maxTag
	atVariant     = atVary + maxTag
	headerSize    = atVariant + 16
)

var keyMark = []byte("\nKEY: ")

// MaxVary is the longest Vary that is kept; longer ones make an answer impossible to cache.
const MaxVary = maxTag

// Meta is what a cache file says about its answer.
type Meta struct {
	ValidSec     int64 // Unix seconds: fresh until then
	UpdatingSec  int64 // so many seconds longer it may be used while it is being updated
	ErrorSec     int64 // and so many when it cannot be
	LastModified int64 // Unix seconds, -1 = none
	Date         int64
	ETag         []byte
	Vary         []byte
}

// appendHeader writes a file's header and key.
func (l *Lookup) appendHeader(b []byte) []byte {
	var h [headerSize]byte
	copy(h[:], magic[:])
	le := binary.LittleEndian
	le.PutUint64(h[atValid:], uint64(l.ValidSec))
	le.PutUint64(h[atUpdating:], uint64(l.UpdatingSec))
	le.PutUint64(h[atError:], uint64(l.ErrorSec))
	le.PutUint64(h[atModified:], uint64(l.LastModified))
	le.PutUint64(h[atDate:], uint64(l.Date))
	le.PutUint32(h[atCRC:], l.crc)
	le.PutUint32(h[atHeaderStart:], uint32(l.HeaderStart()))
	le.PutUint32(h[atBodyStart:], uint32(l.bodyStart))
	if len(l.ETag) <= maxTag {
		h[atTagLen] = byte(len(l.ETag))
		copy(h[atTag:], l.ETag)
	}
	if n := len(l.Vary); n > 0 {
		h[atVaryLen] = byte(min(n, maxTag))
		copy(h[atVary:], l.Vary)
		copy(h[atVariant:], l.variant[:])
	}
	le.PutUint64(h[atBodyLength:], uint64(l.length-int64(l.bodyStart)))
	return append(b, h[:]...)
}

func (l *Lookup) appendKey(b []byte) []byte {
	b = append(b, keyMark...)
	b = append(b, l.text...)
	return append(b, '\n')
}

// HeaderStart is where the answer's head begins in a file.
func (l *Lookup) HeaderStart() int { return headerSize + len(keyMark) + len(l.text) + 1 }

var (
	errSmall    = errors.New("is too small")
	errVersion  = errors.New("version mismatch")
	errOther    = errors.New("has md5 collision")
	errLongHead = errors.New("has too long header")
	errCut      = errors.New("is truncated")
	errVaryLen  = errors.New("has incorrect vary length")
)

// readHeader reads the beginning of a file; the spans of ETag and Vary point into b. limit is how long header and head may be.
func (l *Lookup) readHeader(b []byte, limit int) (m Meta, bodyStart int, variant Key, err error) {
	if len(b) < 8 || !bytes.Equal(b[:8], magic[:]) {
		if len(b) < headerSize {
			return m, 0, variant, errSmall
		}
		return m, 0, variant, errVersion
	}
	start := l.HeaderStart()
	if len(b) < start {
		if len(b) >= headerSize && int(binary.LittleEndian.Uint32(b[atHeaderStart:])) != start {
			return m, 0, variant, errOther
		}
		return m, 0, variant, errSmall
	}
	le := binary.LittleEndian
	if le.Uint32(b[atCRC:]) != l.crc || int(le.Uint32(b[atHeaderStart:])) != start ||
		!bytes.Equal(b[headerSize+len(keyMark):start-1], l.text) {
		return m, 0, variant, errOther
	}
	bodyStart = int(le.Uint32(b[atBodyStart:]))
	if bodyStart > limit || bodyStart < start {
		return m, 0, variant, errLongHead
	}
	if bodyStart > len(b) || int64(le.Uint64(b[atBodyLength:])) != l.length-int64(bodyStart) {
		return m, 0, variant, errCut
	}
	tag, vary := int(b[atTagLen]), int(b[atVaryLen])
	if vary > maxTag || tag > maxTag {
		return m, 0, variant, errVaryLen
	}
	m = Meta{
		ValidSec: int64(le.Uint64(b[atValid:])), UpdatingSec: int64(le.Uint64(b[atUpdating:])), ErrorSec: int64(le.Uint64(b[atError:])),
		LastModified: int64(le.Uint64(b[atModified:])), Date: int64(le.Uint64(b[atDate:])),
		ETag: b[atTag : atTag+tag : atTag+tag], Vary: b[atVary : atVary+vary : atVary+vary],
	}
	copy(variant[:], b[atVariant:])
	return m, bodyStart, variant, nil
}

// sameContent tells that a header belongs to the answer that l has: only its times may differ.
func (l *Lookup) sameContent(h []byte) bool {
	le := binary.LittleEndian
	return bytes.Equal(h[:8], magic[:]) && int64(le.Uint64(h[atModified:])) == l.fileModified && le.Uint32(h[atCRC:]) == l.crc &&
		int(le.Uint32(h[atHeaderStart:])) == l.HeaderStart() && int(le.Uint32(h[atBodyStart:])) == l.bodyStart
}
