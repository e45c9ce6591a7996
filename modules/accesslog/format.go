package accesslog

import (
	"fmt"
	"strings"

	"understudy/vars"
)

// Format is a log_format, compiled.
type Format struct {
	name   string
	escape escaping
	parts  []part
}

// part is a text or a variable.
type part struct {
	text string
	v    *vars.Variable
}

type escaping uint8

const (
	escapeDefault escaping = iota // \xXX, and "-" for what is not there
	escapeJSON
	escapeNone
)

const combinedName = "combined"

// combinedText is the format that nginx has built in.
const combinedText = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`

// compile reads the arguments of log_format behind the name; they follow each other without a space. The error's text is
// nginx's.
func compile(t *vars.Table, name string, args []string) (*Format, error) {
	f := &Format{name: name}
	if len(args) > 0 {
		if how, ok := strings.CutPrefix(args[0], "escape="); ok {
			switch how {
			case "default":
			case "json":
				f.escape = escapeJSON
			case "none":
				f.escape = escapeNone
			default:
				return nil, fmt.Errorf(`unknown log format escaping "%s"`, how)
			}
			args = args[1:]
		}
	}
	for _, text := range args {
		for i := 0; i < len(text); {
			if text[i] != '$' {
				end := strings.IndexByte(text[i:], '$')
				if end < 0 {
					end = len(text) - i
				}
				f.parts = append(f.parts, part{text: text[i : i+end]})
				i += end
				continue
			}
			name, next, err := vars.ReadName(text, i+1)
			if err != nil {
				return nil, err
			}
			if name == "" {
				return nil, fmt.Errorf(`invalid parameter "%s"`, text[i:])
			}
			f.parts = append(f.parts, part{v: t.Ref(name)})
			i = next
		}
	}
	return f, nil
}

// Append appends a line, without its end.
func (f *Format) Append(dst []byte, s vars.Subject) []byte {
	for i := range f.parts {
		p := &f.parts[i]
		if p.v == nil {
			dst = append(dst, p.text...)
			continue
		}
		start := len(dst)
		var ok bool
		if dst, ok = p.v.Append(s, dst); !ok {
			if f.escape == escapeDefault {
				dst = append(dst, '-')
			}
			continue
		}
		if f.escape != escapeNone {
			dst = f.escaped(dst, start, s)
		}
	}
	return dst
}

// escaped escapes what was appended from start on, if anything in it asks for that.
func (f *Format) escaped(dst []byte, start int, s vars.Subject) []byte {
	table := &escapeTables[f.escape]
	clean := start
	for clean < len(dst) && !table[dst[clean]] {
		clean++
	}
	if clean == len(dst) {
		return dst
	}
	st := s.VarState()
	raw := append(st.Scratch(), dst[clean:]...)
	dst = dst[:clean]
	for _, c := range raw {
		switch {
		case !table[c]:
			dst = append(dst, c)
		case f.escape == escapeDefault:
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			dst = appendJSON(dst, c)
		}
	}
	st.PutScratch(raw)
	return dst
}

const hex = "0123456789ABCDEF"

// escapeTables mark the bytes that an escaping changes.
var escapeTables = func() (t [2][256]bool) {
	for c := range 256 {
		t[escapeDefault][c] = c < 0x20 || c >= 0x7F || c == '"' || c == '\\'
		t[escapeJSON][c] = c < 0x20 || c == '"' || c == '\\'
	}
	return t
}()

func appendJSON(dst []byte, c byte) []byte {
	switch c {
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '"', '\\':
		return append(dst, '\\', c)
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
