package charset

import (
	"fmt"
	"strconv"
	"strings"

	"understudy/config"
	"understudy/parser"
)

// table recodes one charset into another.
type table interface {
	// recode appends a piece to dst; b keeps what the piece ends in the middle of.
	recode(b *body, dst, p []byte) []byte
}

// bytesTable recodes between sets of one byte each.
type bytesTable [256]byte

// toUTF8 has the bytes of each character.
type toUTF8 [256][]byte

// fromUTF8 has the characters up to U+FFFF in pages of 256; nil pages and zeros are characters that there are none for.
type fromUTF8 [256]*[256]byte

// maxUTF8 is how many bytes of UTF-8 one byte may become.
const maxUTF8 = 3

// mapOption is all `charset_map FROM TO { … }`.
type mapOption struct{}

// Parse implements config.Option.
func (mapOption) Parse(c *config.Call) error {
	known := charsetsOf(c)
	from, to := known.add(c.Args[0]), known.add(c.Args[1])
	switch {
	case from == to:
		return c.Errorf(`"charset_map" between the same charsets "%s" and "%s"`, c.Args[0], c.Args[1])
	case from.utf8:
		return c.Errorf(`"charset_map" with "utf-8" charset should be given in the second column`)
	case from.tables[to] != nil:
		return c.Errorf(`duplicate "charset_map" between "%s" and "%s"`, c.Args[0], c.Args[1])
	}
	var line func(d *parser.Directive) error
	if to.utf8 {
		there, back := newToUTF8(), newFromUTF8()
		from.tables[to], to.tables[from] = there, back
		line = func(d *parser.Directive) error { return readUTF8(d, there, back) }
	} else {
		there, back := newBytesTable(), newBytesTable()
		from.tables[to], to.tables[from] = there, back
		line = func(d *parser.Directive) error { return readBytes(d, there, back) }
	}
	return c.Body(func(d *parser.Directive) error {
		switch {
		case d.IsBlock:
			return d.Error(parser.Emerg, `unexpected "{"`)
		case len(d.Args) != 1:
			return d.Error(parser.Emerg, "invalid parameters number")
		}
		return line(d)
	})
}

func newBytesTable() *bytesTable {
	t := new(bytesTable)
	for i := range t {
		t[i] = '?'
		if i < 0x80 {
			t[i] = byte(i)
		}
	}
	return t
}

func newToUTF8() *toUTF8 {
	t := new(toUTF8)
	for i := range t {
		t[i] = []byte{'?'}
		if i < 0x80 {
			t[i] = []byte{byte(i)}
		}
	}
	return t
}

func newFromUTF8() *fromUTF8 {
	t := new(fromUTF8)
	t[0] = new([256]byte)
	for i := range 0x80 {
		t[0][i] = byte(i)
	}
	return t
}

// readBytes reads a line `HEX HEX`.
func readBytes(d *parser.Directive, there, back *bytesTable) error {
	from, ok := hexByte(d.Name)
	if !ok {
		return invalid(d, d.Name)
	}
	to, ok := hexByte(d.Args[0])
	if !ok {
		return invalid(d, d.Args[0])
	}
	there[from], back[to] = to, from
	return nil
}

// readUTF8 reads a line `HEX UTF8-BYTES-IN-HEX`.
func readUTF8(d *parser.Directive, there *toUTF8, back *fromUTF8) error {
	from, ok := hexByte(d.Name)
	if !ok {
		return invalid(d, d.Name)
	}
	text := d.Args[0]
	if len(text)%2 != 0 || len(text) == 0 || len(text)/2 > maxUTF8 {
		return invalid(d, text)
	}
	var char []byte
	for i := 0; i < len(text); i += 2 {
		c, ok := hexByte(text[i : i+2])
		if !ok {
			return invalid(d, text)
		}
		char = append(char, c)
	}
	n, _ := decode(char)
	if char[0] < 0x80 {
		n = rune(char[0])
	}
	if n < 0 || n > 0xffff {
		return invalid(d, text)
	}
	there[from] = char
	page := &back[n>>8]
	if *page == nil {
		*page = new([256]byte)
	}
	(*page)[n&0xff] = from
	return nil
}

// hexByte reads a number up to 255 in hexadecimal.
func hexByte(text string) (byte, bool) {
	if text == "" || strings.Trim(text, "0123456789abcdefABCDEF") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 16, 8)
	return byte(n), err == nil
}

func invalid(d *parser.Directive, text string) error {
	return d.Error(parser.Emerg, fmt.Sprintf(`invalid value "%s"`, text))
}
