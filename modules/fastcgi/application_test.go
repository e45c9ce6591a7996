package fastcgi_test

import (
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"time"

	"understudy/internal/stage"
)

// request is what a FastCGI application has been asked.
type request struct {
	params []string // NAME=VALUE, sorted
	stdin  string
	sizes  []int // of the records of stdin
	keep   bool
}

// read reads a request; false when the connection has ended.
func read(p *stage.Peer) (r request, ok bool) {
	var params []byte
	for {
		var h [8]byte
		if _, err := io.ReadFull(p.In, h[:]); err != nil {
			return r, false
		}
		n := int(binary.BigEndian.Uint16(h[4:]))
		content := make([]byte, n+int(h[6]))
		if _, err := io.ReadFull(p.In, content); err != nil {
			return r, false
		}
		content = content[:n]
		switch h[1] {
		case 1:
			r.keep = content[2] == 1
		case 4:
			params = append(params, content...)
		case 5:
			if n == 0 {
				r.params = pairs(params)
				return r, true
			}
			r.stdin += string(content)
			r.sizes = append(r.sizes, n)
		}
	}
}

func pairs(b []byte) (list []string) {
	length := func() int {
		n := int(b[0])
		if n < 128 {
			b = b[1:]
			return n
		}
		n = int(binary.BigEndian.Uint32(b) & 0x7fffffff)
		b = b[4:]
		return n
	}
	for len(b) > 0 {
		n, v := length(), 0
		v = length()
		list = append(list, string(b[:n])+"="+string(b[n:n+v]))
		b = b[n+v:]
	}
	slices.Sort(list)
	return list
}

// record makes a record with so many bytes of padding.
func record(kind byte, content string, padding int) string {
	n := len(content)
	return string([]byte{1, kind, 0, 1, byte(n >> 8), byte(n), byte(padding), 0}) + content + strings.Repeat("\x00", padding)
}

func out(text string) string { return record(6, text, -len(text)&7) }
func err(text string) string { return record(7, text, 0) }

var end = record(6, "", 0) + record(3, strings.Repeat("\x00", 8), 0)

// answers sends these bytes for each request in turn, the last again and again. "~" parts what comes in pieces, "|" at the end
// closes the connection, and a connection that is not kept is closed anyhow.
func answers(texts ...string) func(p *stage.Peer) {
	return func(p *stage.Peer) {
		for i := 0; ; i++ {
			r, ok := read(p)
			if !ok {
				return
			}
			text, closes := strings.CutSuffix(texts[min(i, len(texts)-1)], "|")
			for i, part := range strings.Split(text, "~") {
				if i > 0 {
					time.Sleep(10 * time.Millisecond) // a slow application
				}
				p.Send(part)
			}
			if closes || !r.keep {
				return
			}
		}
	}
}

// echo answers with what it was asked.
func echo(p *stage.Peer) {
	for {
		r, ok := read(p)
		if !ok {
			return
		}
		text := "Content-Type: text/plain\r\n\r\n" + strings.Join(r.params, "\n")
		if r.stdin != "" {
			text += "\n" + summary(r)
		}
		p.Send(out(text) + end)
		if !r.keep {
			return
		}
	}
}

// summary tells stdin, or how long it was and in which records.
func summary(r request) string {
	if len(r.stdin) < 100 {
		return r.stdin
	}
	var b strings.Builder
	for _, n := range r.sizes {
		b.WriteString(" " + itoa(n))
	}
	return "records of" + b.String()
}
