package ssi

import (
	"fmt"
	"strings"
	"testing"
)

// told is what a scanner makes of a document that comes in pieces of the given size: text as it is, commands in brackets.
func told(document string, size int) string {
	s := scanner{limit: 255}
	var out strings.Builder
	for rest := []byte(document); len(rest) > 0; {
		p := rest[:min(size, len(rest))]
		rest = rest[len(p):]
		for len(p) > 0 {
			prefix, text, n, ev := s.scan(p)
			p = p[n:]
			out.Write(opening[:prefix])
			out.Write(text)
			if s.problem != "" {
				fmt.Fprintf(&out, "{%s}", s.problem)
				s.problem = ""
			}
			switch ev {
			case found:
				fmt.Fprintf(&out, "[%s", s.command)
				for _, p := range s.params {
					fmt.Fprintf(&out, " %s=%s", p.name, p.value)
				}
				out.WriteString("]")
			case broken:
				out.WriteString("[broken]")
			}
		}
	}
	return out.String()
}

var scanned = []struct{ document, want string }{
	{"text", "text"},
	{"a<b<!c<!-d<!--e<!---#f-->", "a<b<!c<!-d<!--e<!---#f-->"},
	{`a<!--#echo var="x" -->b`, "a[echo var=x]b"},
	{`<!--#echo var="x"--><!--#else-->`, "[echo var=x][else]"},
	{"<!--# \r\n\techo\nvar = 'x' default=\"y\"\t-->", "[echo var=x default=y]"},
	{`<<!<!-<!--#if expr="a\"b\\" -->`, `<<!<!-[if expr=a\"b\\]`},
	{`<!--#echo var="x"`, ""},
	{"text<!-", "text"},
	{`<!--#echo var=x -->b`, `{unexpected "x" symbol before value of "var" parameter in "echo" SSI command}[broken]b`},
	{`<!--#echo var-->b-->c`, `{unexpected "-" symbol after "var" parameter in "echo" SSI command}[broken]b-->c`},
	{`<!--#echo var "x"-->b`, `{unexpected """ symbol after "var" parameter in "echo" SSI command}[broken]b`},
	{`<!--#echo var="x"y-->b`, `{unexpected "y" symbol after "x" value of "var" parameter in "echo" SSI command}[broken]b`},
	{`<!--#echo - -->b`, `{unexpected " " symbol in "echo" SSI command}[broken]b`},
	{`<!--#echo -- -->b`, `{unexpected " " symbol in "echo" SSI command}[broken]b`},
	{"<!--#" + strings.Repeat("c", 33) + "-->b", `{the "` + strings.Repeat("c", 33) + `..." SSI command is too long}[broken]b`},
	{"<!--#c " + strings.Repeat("n", 33) + `="1"-->b`, `{too long "` + strings.Repeat("n", 33) + `..." parameter in "c" SSI command}[broken]b`},
	{`<!--#c n="` + strings.Repeat("v", 256) + `"-->b`, `{too long "` + strings.Repeat("v", 256) + `..." value of "n" parameter in "c" SSI command}[broken]b`},
}

func TestCommandsAreFoundInPiecesOfAnySize(t *testing.T) {
	for _, c := range scanned {
		for size := 1; size <= len(c.document); size++ {
			if got := told(c.document, size); got != c.want {
				t.Errorf("%q in pieces of %d:\n got %q\nwant %q", c.document, size, got, c.want)
				break
			}
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, c := range scanned {
		f.Add(c.document, 3)
	}
	f.Fuzz(func(t *testing.T, document string, size int) {
		whole := told(document, max(len(document), 1))
		if pieces := told(document, 1+int(uint(size)%16)); pieces != whole {
			t.Errorf("in one piece %q, in pieces %q", whole, pieces)
		}
	})
}
