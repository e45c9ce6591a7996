package charset

import (
	"strings"
	"testing"
)

// koi has one letter of KOI8-R and one sign outside of it.
func koi() (*toUTF8, *fromUTF8) {
	there, back := newToUTF8(), newFromUTF8()
	for from, char := range map[byte]string{0xc1: "а", 0xc2: "б", 0xbf: "©"} {
		n, _ := decode([]byte(char))
		there[from] = []byte(char)
		if back[n>>8] == nil {
			back[n>>8] = new([256]byte)
		}
		back[n>>8][n&0xff] = from
	}
	return there, back
}

func TestRecodingAcrossPieces(t *testing.T) {
	there, back := koi()
	for _, c := range []struct {
		name  string
		table table
		in    []string
		want  string
	}{
		{"to UTF-8", there, []string{"x\xc1", "\xc2y"}, "xабy"},
		{"a byte that the table does not have", there, []string{"\xff"}, "?"},
		{"from UTF-8", back, []string{"xабy"}, "x\xc1\xc2y"},
		{"a character in two pieces", back, []string{"x\xd0", "\xb0y"}, "x\xc1y"},
		{"a character byte by byte", back, []string{"\xf0", "\x9f", "\x98", "\x80", "."}, "&#128512;."},
		{"a character that the set does not have", back, []string{"ж"}, "&#1078;"},
		{"no UTF-8", back, []string{"a\xffb\x80c\xc0d"}, "a?b?c?d"},
		{"no UTF-8 behind a border", back, []string{"a\xd0", "b"}, "a?"},
		{"a character that is encoded too long", back, []string{"\xe0\x80\xaf."}, "?."},
		{"half a character at the end", back, []string{"a\xd0"}, "a"},
		{"between sets of one byte", func() table { t := newBytesTable(); t['X'] = 'Y'; return t }(), []string{"X\x80", "X"}, "Y?Y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b body
			var got strings.Builder
			for _, p := range c.in {
				got.Write(c.table.recode(&b, nil, []byte(p)))
			}
			if got.String() != c.want {
				t.Errorf("%q, want %q", got.String(), c.want)
			}
		})
	}
}

func TestCharsetOfContentType(t *testing.T) {
	for _, c := range []struct{ in, kind, charset string }{
		{"text/html", "text/html", ""},
		{"text/html; charset=utf-8", "text/html", "utf-8"},
		{`text/html ;a=b; Charset="KOI8-R"`, "text/html", "KOI8-R"},
		{"text/html; a=b", "text/html; a=b", ""},
		{"text/html;", "text/html;", ""},
	} {
		kind, charset := split([]byte(c.in))
		if string(kind) != c.kind || string(charset) != c.charset {
			t.Errorf("%q: %q, %q", c.in, kind, charset)
		}
	}
}

func FuzzRecoding(f *testing.F) {
	f.Add([]byte("x\xd0\xb0\xf0\x9f\x98\x80\xff"), 2)
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		if size <= 0 {
			size = 1
		}
		there, back := koi()
		for _, table := range []table{there, back} {
			var b body
			var out []byte
			for rest := text; len(rest) > 0; {
				n := min(size, len(rest))
				out = table.recode(&b, out, rest[:n])
				rest = rest[n:]
			}
			if len(b.held) > 3 {
				t.Fatalf("%d bytes are held back", len(b.held))
			}
			if table == toUTF8Table(there) && len(out) < len(text) {
				t.Fatalf("%d bytes became %d", len(text), len(out))
			}
		}
	})
}

func toUTF8Table(t *toUTF8) table { return t }
