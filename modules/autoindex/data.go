package autoindex

import (
	"strconv"
	"time"

	"understudy/http1"
)

// kind is how JSON and XML name what an entry is.
func (e *entry) kind() string {
	switch {
	case e.dir:
		return "directory"
	case e.file:
		return "file"
	}
	return "other"
}

// appendJSON writes the list as JSON, or as a call of the function callback if there is one.
func appendJSON(b []byte, entries []entry, callback []byte) []byte {
	if len(callback) > 0 {
		b = append(b, "/* callback */\r\n"...)
		b = append(append(b, callback...), '(')
	}
	b = append(b, '[')
	for i := range entries {
		e := &entries[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, "\r\n{ \"name\":\""...)
		b = appendJSONText(b, e.name)
		b = append(append(b, "\", \"type\":\""...), e.kind()...)
		b = append(b, "\", \"mtime\":\""...)
		b = append(http1.AppendDate(b, e.modified), '"')
		if e.file {
			b = strconv.AppendInt(append(b, ", \"size\":"...), e.size, 10)
		}
		b = append(b, " }"...)
	}
	b = append(b, "\r\n]"...)
	if len(callback) > 0 {
		b = append(b, ");"...)
	}
	return b
}

// appendJSONText escapes a text for JSON; bytes that are no UTF-8 stay as they are.
func appendJSONText(b []byte, text string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(text) {
		switch c := text[i]; c {
		case '\\', '"':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		default:
			if c < 0x20 {
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			} else {
				b = append(b, c)
			}
		}
	}
	return b
}

// appendXML writes the list as XML.
func appendXML(b []byte, entries []entry) []byte {
	b = append(b, "<?xml version=\"1.0\"?>\r\n<list>\r\n"...)
	for i := range entries {
		e := &entries[i]
		kind := e.kind()
		b = append(append(append(b, '<'), kind...), " mtime=\""...)
		b = time.Unix(e.modified, 0).UTC().AppendFormat(b, "2006-01-02T15:04:05Z")
		if e.file {
			b = strconv.AppendInt(append(b, "\" size=\""...), e.size, 10)
		}
		b = append(b, "\">"...)
		b = appendHTML(b, []byte(e.name))
		b = append(append(append(b, "</"...), kind...), ">\r\n"...)
	}
	return append(b, "</list>\r\n"...)
}
