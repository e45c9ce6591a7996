// Speed: time grows with the length of the file; 20,000 lines take some 20 ms (BenchmarkRead).

package parser

import (
	"fmt"
	"strings"
	"testing"
)

// longConf is a configuration of about the given number of lines, as generated ones look.
func longConf(lines int) string {
	var b strings.Builder
	b.WriteString("http {\n")
	for i := 0; i < lines-1; i += 8 {
		fmt.Fprintf(&b, "    server { # number %d\n        listen 80;\n        server_name a%d.example.com \"b%d.example.com\";\n", i, i, i)
		b.WriteString("        location / {\n            proxy_pass http://backend;\n            proxy_set_header Host $host;\n        }\n    }\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// readAll reads a text and counts its directives.
func readAll(text string) (n int, err error) {
	r := NewReader(Options{})
	var visit Visitor
	visit = func(d *Directive) error {
		n++
		if d.IsBlock {
			return r.Block(visit)
		}
		return nil
	}
	return n, r.read(&source{name: "f", text: text, line: 1}, visit)
}

func BenchmarkRead(b *testing.B) {
	text := longConf(20_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readAll(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTree(b *testing.B) {
	text := longConf(20_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := ParseString(text); err != nil {
			b.Fatal(err)
		}
	}
}
