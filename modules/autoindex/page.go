package autoindex

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"understudy/http1"
)

// nameWidth is how many characters of a name the page shows.
const nameWidth = 50

// page is a list in HTML.
type page struct {
	uri     []byte
	entries []entry
	utf8    bool
	exact   bool
	zone    *time.Location
}

func (s *Settings) page(uri []byte, entries []entry, utf8 bool) *page {
	p := &page{uri: uri, entries: entries, utf8: utf8, exact: s.ExactSize.On(), zone: time.UTC}
	if s.LocalTime.On() {
		// as nginx does, what the clock is off now counts for all times
		_, offset := time.Now().Zone()
		p.zone = time.FixedZone("", offset)
	}
	return p
}

func (p *page) append(b []byte) []byte {
	b = append(b, "<html>\r\n<head><title>Index of "...)
	b = appendHTML(b, p.uri)
	b = append(b, "</title></head>\r\n<body>\r\n<h1>Index of "...)
	b = appendHTML(b, p.uri)
	b = append(b, "</h1><hr><pre><a href=\"../\">../</a>\r\n"...)
	for i := range p.entries {
		b = p.line(b, &p.entries[i])
	}
	return append(b, "</pre><hr></body>\r\n</html>\r\n"...)
}

func (p *page) line(b []byte, e *entry) []byte {
	b = append(b, "<a href=\""...)
	b = http1.EscapeURI(b, []byte(e.name), http1.EscapeComponent)
	if e.dir {
		b = append(b, '/')
	}
	b = append(b, "\">"...)
	width := len(e.name)
	byChar := p.utf8 && utf8.ValidString(e.name)
	if byChar {
		width = utf8.RuneCountInString(e.name)
	}
	if width > nameWidth {
		b = appendHTML(b, []byte(e.name[:cut(e.name, nameWidth-3, byChar)]))
		b = append(b, "..&gt;</a>"...)
	} else {
		b = appendHTML(b, []byte(e.name))
		if e.dir && width < nameWidth {
			b = append(b, '/')
			width++
		}
		b = append(b, "</a>"...)
		b = pad(b, nameWidth-width)
	}
	b = append(b, ' ')
	b = time.Unix(e.modified, 0).In(p.zone).AppendFormat(b, "02-Jan-2006 15:04 ")
	return append(p.size(b, e), "\r\n"...)
}

// cut is the length of the first n characters, or bytes.
func cut(name string, n int, byChar bool) int {
	if !byChar {
		return n
	}
	for i := range name {
		if n == 0 {
			return i
		}
		n--
	}
	return len(name)
}

// size appends the size of a file, right-aligned in 19 or 7 columns.
func (p *page) size(b []byte, e *entry) []byte {
	if e.dir {
		if p.exact {
			return append(pad(b, 18), '-')
		}
		return append(pad(b, 6), '-')
	}
	if p.exact {
		return right(b, e.size, 19)
	}
	const kilo, mega, giga = 1 << 10, 1 << 20, 1 << 30
	switch n := e.size; {
	case n > giga-1:
		return append(right(b, rounded(n, giga), 6), 'G')
	case n > mega-1:
		return append(right(b, rounded(n, mega), 6), 'M')
	case n > 9999:
		return append(right(b, rounded(n, kilo), 6), 'K')
	default:
		return right(b, n, 7)
	}
}

func rounded(n, unit int64) int64 {
	if n%unit > unit/2-1 {
		return n/unit + 1
	}
	return n / unit
}

func right(b []byte, n int64, width int) []byte {
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], n, 10)
	return append(pad(b, width-len(text)), text...)
}

func pad(b []byte, n int) []byte {
	for ; n > 0; n-- {
		b = append(b, ' ')
	}
	return b
}

var htmlEscapes = strings.NewReplacer("<", "&lt;", ">", "&gt;", "&", "&amp;", `"`, "&quot;")

// appendHTML escapes what has a meaning in HTML.
func appendHTML(b, text []byte) []byte {
	if !bytes.ContainsAny(text, `<>&"`) {
		return append(b, text...)
	}
	return append(b, htmlEscapes.Replace(string(text))...)
}
