package charset

import (
	"strconv"

	"understudy/web"
)

// body recodes one answer; it stays with the pooled exchange.
type body struct {
	t    table
	out  []byte // what has been recoded of a piece
	held []byte // a character that a piece ended in
}

var bodies = web.NewSlot[body]()

// keptOut is how large a pooled body's buffer may stay.
const keptOut = 64 << 10

func newBody(x *web.Exchange, t table) *body {
	b := bodies.Of(x)
	b.t, b.held = t, b.held[:0]
	if cap(b.out) > keptOut {
		b.out = nil
	}
	return b
}

// Write implements web.Body.
func (b *body) Write(_ *web.Exchange, next web.Sink, p []byte) error {
	b.out = b.t.recode(b, b.out[:0], p)
	if len(b.out) == 0 {
		return nil
	}
	return next.Write(b.out)
}

// Flush implements web.Body. Half a character at the end of all is left out.
func (b *body) Flush(_ *web.Exchange, next web.Sink, last bool) error { return next.Flush(last) }

func (t *bytesTable) recode(_ *body, dst, p []byte) []byte {
	for _, c := range p {
		dst = append(dst, t[c])
	}
	return dst
}

func (t *toUTF8) recode(_ *body, dst, p []byte) []byte {
	for _, c := range p {
		dst = append(dst, t[c]...)
	}
	return dst
}

func (t *fromUTF8) recode(b *body, dst, p []byte) []byte {
	if held := len(b.held); held > 0 {
		b.held = append(b.held, p[:min(len(p), 4-held)]...)
		n, size := decode(b.held)
		if n == incomplete {
			return dst
		}
		if n == wrong {
			size = max(size, held) // all that was held back goes as one
		}
		b.held = b.held[:0]
		dst = t.append(dst, n)
		p = p[size-held:]
	}
	for len(p) > 0 {
		if p[0] < 0x80 {
			dst = append(dst, p[0])
			p = p[1:]
			continue
		}
		n, size := decode(p)
		if n == incomplete {
			b.held = append(b.held, p...)
			break
		}
		dst = t.append(dst, n)
		p = p[size:]
	}
	return dst
}

// append appends a character: as its byte, as HTML writes it if there is none, or "?" for what is no character.
func (t *fromUTF8) append(dst []byte, n rune) []byte {
	if n == wrong || n > 0x10ffff {
		return append(dst, '?')
	}
	if n < 0x10000 {
		if page := t[n>>8]; page != nil && page[n&0xff] != 0 {
			return append(dst, page[n&0xff])
		}
	}
	return append(strconv.AppendUint(append(dst, "&#"...), uint64(n), 10), ';')
}

// What decode gives in place of a character.
const (
	wrong      rune = -1
	incomplete rune = -2
)

// decode reads the character that p begins with, of two to four bytes, and says how many bytes it took; surrogates pass.
func decode(p []byte) (n rune, size int) {
	var rest int
	var least rune
	switch c := p[0]; {
	case c >= 0xf8:
		return wrong, 1
	case c >= 0xf0:
		n, least, rest = rune(c&0x07), 0xffff, 3
	case c >= 0xe0:
		n, least, rest = rune(c&0x0f), 0x7ff, 2
	case c >= 0xc2:
		n, least, rest = rune(c&0x1f), 0x7f, 1
	default:
		return wrong, 1
	}
	if len(p)-1 < rest {
		return incomplete, 0
	}
	for size = 1; rest > 0; rest-- {
		c := p[size]
		size++
		if c < 0x80 {
			return wrong, size
		}
		n = n<<6 | rune(c&0x3f)
	}
	if n <= least {
		return wrong, size
	}
	return n, size
}
