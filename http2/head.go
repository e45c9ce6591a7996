package http2

import (
	"golang.org/x/net/http2/hpack"

	"understudy/ascii"
	"understudy/http1"
	"understudy/web"
)

// Answer heads, in nginx's order and encoding: names out of the static table where nginx uses it, Huffman codes where they are
// shorter, nothing that refers back, so that the server keeps no table.

// Places in the static table (RFC 7541, appendix A).
const (
	indexStatus        = 8
	indexContentLength = 28
	indexContentType   = 31
	indexDate          = 33
	indexLastModified  = 44
	indexLocation      = 46
	indexServer        = 54
	indexVary          = 59
)

// statusIndex finds statuses that the static table has.
func statusIndex(status int) byte {
	switch status {
	case 200:
		return 8
	case 204:
		return 9
	case 206:
		return 10
	case 304:
		return 11
	case 400:
		return 12
	case 404:
		return 13
	case 500:
		return 14
	}
	return 0
}

// appendInt appends a number with a prefix of n bits (RFC 7541, 5.1).
func appendInt(b []byte, first byte, n uint, value int) []byte {
	most := 1<<n - 1
	if value < most {
		return append(b, first|byte(value))
	}
	b = append(b, first|byte(most))
	for value -= most; value >= 0x80; value >>= 7 {
		b = append(b, byte(value)|0x80)
	}
	return append(b, byte(value))
}

// appendText appends a string, by Huffman's code if that is shorter.
func appendText(b []byte, text string) []byte {
	if n := int(hpack.HuffmanEncodeLength(text)); n < len(text) {
		return hpack.AppendHuffmanString(appendInt(b, 0x80, 7, n), text)
	}
	return append(appendInt(b, 0, 7, len(text)), text...)
}

// appendKnown appends a field whose name is in the static table, for the client's table to keep.
func appendKnown(b []byte, index byte, value []byte) []byte {
	return appendText(append(b, 0x40|index), text(value))
}

// appendFields appends fields that are in no table.
func (s *session) appendFields(b []byte, list []web.Header) []byte {
	var name [64]byte
	for i := range list {
		h := &list[i]
		b = append(b, 0)
		b = appendText(b, text(ascii.AppendLower(name[:0], h.Name)))
		b = appendText(b, text(h.Value))
	}
	return b
}

// SendHead implements web.Front.
func (st *stream) SendHead(x *web.Exchange, last bool) error {
	s := st.s
	if st.Gone() {
		return web.ErrGone
	}
	var place [1024]byte
	var value [64]byte
	b := place[:0]
	o := &x.Out
	if s.shrink {
		s.shrink = false
		b = append(b, 0x20) // a table of size 0
	}
	if i := statusIndex(o.Status); i != 0 {
		b = append(b, 0x80|i)
	} else {
		b = append(b, 0x40|indexStatus, 3, byte('0'+o.Status/100%10), byte('0'+o.Status/10%10), byte('0'+o.Status%10))
	}
	if !o.OwnServer {
		b = appendText(append(b, 0x40|indexServer), x.ServerToken())
	}
	if o.Date == nil {
		b = appendKnown(b, indexDate, x.AppendDate(value[:0]))
	}
	if len(o.ContentType) > 0 {
		b = appendKnown(b, indexContentType, o.ContentType)
	}
	if o.Length >= 0 {
		v := appendNumber(value[:0], o.Length)
		b = append(append(b, 0x40|indexContentLength, byte(len(v))), v...)
	}
	if o.LastModified >= 0 {
		b = appendKnown(b, indexLastModified, http1.AppendDate(value[:0], o.LastModified))
	}
	if len(o.Location) > 0 {
		b = appendKnown(b, indexLocation, x.AppendLocation(value[:0]))
	}
	if o.VaryEncoding {
		b = appendText(append(b, 0x40|indexVary), "Accept-Encoding")
	}
	if o.ETag != nil {
		b = append(b, 0)
		b = appendText(appendText(b, "etag"), text(o.ETag))
	}
	b = s.appendFields(b, o.Headers)
	st.outClosed = last
	x.Sent(s.putFields(st.id, b, last), 0)
	return nil
}

func appendNumber(b []byte, n int64) []byte {
	if n >= 10 {
		b = appendNumber(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

// putFields queues a head or trailers as HEADERS and, if they are long, CONTINUATION; it returns their length on the wire.
func (s *session) putFields(id uint32, block []byte, last bool) int {
	kind, flags := frameHeaders, uint8(0)
	if last {
		flags = flagEndStream
	}
	sent := 0
	for {
		n := min(len(block), s.frameMax)
		if n == len(block) {
			flags |= flagEndHeaders
		}
		s.put(append(appendHead(s.room(headLen+n), n, kind, flags, id), block[:n]...))
		sent += headLen + n
		if block = block[n:]; len(block) == 0 {
			s.useful += int64(sent)
			return sent
		}
		kind, flags = frameContinuation, 0
	}
}
