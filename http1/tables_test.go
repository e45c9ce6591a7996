package http1

import (
	"strings"
	"testing"
	"time"
)

var pathCases = []struct {
	raw   string
	merge bool
	want  string // "": refused
}{
	{"/", true, "/"}, {"", true, "/"}, {"?a", true, "/"}, {"/a?b", true, "/a"}, {"/a#b", true, "/a"},
	{"/a/./b", true, "/a/b"}, {"/a/../b", true, "/b"}, {"/a/b/..", true, "/a/"}, {"/a/.", true, "/a/"}, {"/.", true, "/"},
	{"/a/..?b", true, "/"}, {"/a/.#b", true, "/a/"}, {"/..", true, ""}, {"/../a", true, ""}, {"/a/../..", true, ""},
	{"//a///b", true, "/a/b"}, {"//a///b", false, "//a///b"}, {"/a//../b", true, "/b"}, {"/a//../b", false, "/a/b"}, {"//..", false, "/"}, {"//..", true, ""},
	{"/%61%2F%2e%2E/b", true, "/b"}, {"/a%2f/b", true, "/a/b"}, {"/%2e%2e", true, ""}, {"/...", true, "/..."}, {"/..a/.b/c..", true, "/..a/.b/c.."},
	{"/%3f%23%25", true, "/?#%"}, {"/..%25", true, "/..%"}, {"/.%3f/", true, "/.?/"}, {"/%00", true, ""}, {"/%zz", true, ""}, {"/%4", true, ""}, {"/%", true, ""}, {"/%4?", true, ""},
	{"/%FF%c3", true, "/\xff\xc3"}, {"/a+b%2b", true, "/a+b+"}, {"/./../", true, ""}, {"/a/.../..", true, "/a/"},
}

func TestNormalizePath(t *testing.T) {
	for _, c := range pathCases {
		got, err := NormalizePath(nil, []byte(c.raw), c.merge)
		if string(got) != c.want || (err != nil) != (c.want == "") || err != nil && err != ErrBadPath {
			t.Errorf("%q (merge_slashes %v) becomes %q, %v; want %q", c.raw, c.merge, got, err, c.want)
		}
	}
}

func TestLookupKnowsEveryNameInAnyCase(t *testing.T) {
	for id := HdrNone + 1; int(id) < NumHeaders; id++ {
		name := id.Name()
		for _, n := range []string{name, strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
			if got := Lookup([]byte(n)); got != id {
				t.Errorf("%q is %d, want %d", n, got, id)
			}
		}
		for i := range name {
			for c := range 256 {
				b := []byte(name)
				b[i] = byte(c)
				want := HdrNone
				if lower[c] == name[i] {
					want = id
				}
				if got := Lookup(b); got != want && (got == HdrNone || got.Name() != strings.ToLower(string(b))) {
					t.Errorf("%q is %d", b, got)
				}
			}
		}
		if Lookup([]byte(name[1:])) == id || Lookup([]byte(name+"x")) == id {
			t.Errorf("parts of %q are taken for it", name)
		}
	}
	for _, n := range []string{"", "x", strings.Repeat("a", 100)} {
		if got := Lookup([]byte(n)); got != HdrNone {
			t.Errorf("%q is %q", n, got.Name())
		}
	}
}

func TestValidHostGivesNameAndPort(t *testing.T) {
	for _, c := range []struct {
		in, name string
		port     uint16
		ok       bool
	}{
		{"Example.COM", "example.com", 0, true}, {"a.:80", "a", 80, true}, {"[FE80::1]:8080", "[fe80::1]", 8080, true}, {"a:", "a", 0, true},
		{"a:065535", "a", 65535, true}, {"a:65536", "", 0, false}, {"a:x", "", 0, false}, {"", "", 0, false}, {":1", "", 0, false}, {".", "", 0, false},
		{"a..b", "", 0, false}, {".a", ".a", 0, true}, {"[a..b]", "", 0, false}, {"[a", "", 0, false}, {"[a]b", "", 0, false}, {"[a%b]", "", 0, false}, {"a%b", "a%b", 0, true},
		{"a/b", "", 0, false}, {"a b", "", 0, false}, {"[]", "[]", 0, true}, {"a:99999999999999999999", "", 0, false},
	} {
		got, port, err := ValidHost([]byte("x"), []byte(c.in))
		if string(got) != "x"+c.name || port != c.port || (err == nil) != c.ok {
			t.Errorf("%q gives %q, %d, %v", c.in, got, port, err)
		}
	}
}

// The words are nginx's bit masks, 32 bytes each, lowest bit first.
func TestEscapesAreNginxs(t *testing.T) {
	masks := [numEscapes][8]uint32{
		EscapeURIPath:   {0xffffffff, 0xd000002d, 0x50000000, 0xb8000001, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
		EscapeArgs:      {0xffffffff, 0xd800086d, 0x50000000, 0xb8000001, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
		EscapeComponent: {0xffffffff, 0xfc009fff, 0x78000001, 0xb8000001, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
		EscapeHTML:      {0xffffffff, 0x500000ad, 0x50000000, 0xb8000001, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
		EscapeRefresh:   {0xffffffff, 0x50000085, 0x50000000, 0xd8000001, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
		EscapeMemcached: {0xffffffff, 0x00000021, 0, 0, 0, 0, 0, 0},
	}
	for kind, mask := range masks {
		for c := range 256 {
			want := mask[c/32]>>(c%32)&1 != 0
			got := EscapeURI(nil, []byte{byte(c)}, Escape(kind))
			if (len(got) == 3) != want || NeedsEscape([]byte{byte(c)}, Escape(kind)) != want {
				t.Errorf("kind %d: %q becomes %q", kind, byte(c), got)
			}
		}
	}
	if got := string(EscapeURI([]byte("x"), []byte("a b\xff"), EscapeURIPath)); got != "xa%20b%FF" {
		t.Error(got)
	}
}

func TestUnescape(t *testing.T) {
	for _, c := range []struct {
		kind     Unescape
		in, want string
	}{
		{UnescapeAll, "a%20b%3Fc?d%41", "a b?c?dA"}, {UnescapeURIPath, "a%20b%3Fc", "a b?"}, {UnescapeURIPath, "a?b%20", "a?"},
		{UnescapeRedirect, "%41%20%25%7f%26", "A%20%25%7f&"}, {UnescapeRedirect, "a%3fb", "a?"}, {UnescapeAll, "%zz%4z%4", "zz"}, {UnescapeAll, "%", ""}, {UnescapeAll, "%%41", "%41"},
	} {
		if got := string(UnescapeURI(nil, []byte(c.in), c.kind)); got != c.want {
			t.Errorf("%d: %q becomes %q, want %q", c.kind, c.in, got, c.want)
		}
	}
}

func TestDatesInAllForms(t *testing.T) {
	for _, s := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "x, 06 Nxx 1994 08:49:37"} {
		if got, ok := ParseDate([]byte(s)); !ok || got != 784111777 {
			t.Errorf("%q is %d, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "Sun", "Sun, 31 Feb 2000 00:00:00 GMT", "Sun, 29 Feb 1900 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49", "Sun, 06 Xov 1994 08:49:37 GMT", "Sun,06Nov1994 08:49:37 GMT   ", "Sun Nov 6 08:49:37 19"} {
		if got, ok := ParseDate([]byte(s)); ok {
			t.Errorf("%q is %d", s, got)
		}
	}
	for _, unix := range []int64{0, 1, 784111777, 951782400, 951868800, 1 << 31, 253402300799} {
		text := AppendDate(nil, unix)
		if want := time.Unix(unix, 0).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"); string(text) != want {
			t.Errorf("%d is %q, want %q", unix, text, want)
		}
		if got, ok := ParseDate(text); !ok || got != unix {
			t.Errorf("%q is %d, want %d", text, got, unix)
		}
	}
	if a, b := string(AppendDate(nil, -5)), string(AppendDate(nil, 1<<40)); a != "Thu, 01 Jan 1970 00:00:00 GMT" || b != "Fri, 31 Dec 9999 23:59:59 GMT" {
		t.Error(a, b)
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("Sun, 06 Nov 1994 08:49:37 GMT")
	f.Add("Sunday, 06-Nov-94 08:49:37 GMT")
	f.Add("Sun Nov  6 08:49:37 1994")
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := ParseDate([]byte(s)); ok && n >= 0 && n <= 253402300799 {
			if m, ok := ParseDate(AppendDate(nil, n)); !ok || m != n {
				t.Errorf("%q is %d, which is %d", s, n, m)
			}
		}
	})
}

func TestStatusLines(t *testing.T) {
	for code, want := range map[int]string{200: "200 OK", 302: "302 Moved Temporarily", 404: "404 Not Found", 408: "408 Request Time-out", 203: "203 ", 418: "418 ", 999: "999 ", 101: "101 "} {
		if got := string(AppendStatus(nil, code)); got != want {
			t.Errorf("%d is %q, want %q", code, got, want)
		}
	}
	if StatusLine(203) != "" || StatusLine(-1) != "" || StatusLine(1000) != "" {
		t.Error("codes without a text have one")
	}
}

func TestChunkHeads(t *testing.T) {
	for n, want := range map[int]string{0: "0\r\n", 9: "9\r\n", 10: "a\r\n", 15: "f\r\n", 16: "10\r\n", 65536: "10000\r\n", 0xabcdef: "abcdef\r\n"} {
		if got := string(AppendChunkHead(nil, n)); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	var r Request
	var p Response
	var d Chunked
	dst := make([]byte, 0, 256)
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: a\r\nTransfer-Encoding: chunked\r\n\r\n")
	chunk, refused := []byte("3\r\nabc\r\n"), []byte("BAD:\r\n")
	run := func() {
		r.Reset()
		_, _ = r.Parse(typicalHead, RequestOptions{})
		p.Reset()
		_, _ = p.Parse(answer)
		d.Reset()
		_, _, _, _ = d.Next(chunk)
		dst, _ = NormalizePath(dst[:0], r.Path.Of(typicalHead), true)
		dst, _, _ = ValidHost(dst[:0], r.Value(typicalHead, HdrHost))
		dst = AppendDate(dst[:0], 1e9)
		r.Reset()
		_, _ = r.Parse(refused, RequestOptions{})
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
