package autoindex

import (
	"strings"
	"testing"
	"time"
)

func TestPageLines(t *testing.T) {
	const day = 1234567890 // 13-Feb-2009 23:31 UTC
	long := strings.Repeat("a", 60)
	cyrillic := strings.Repeat("я", 50)
	for _, c := range []struct {
		name string
		p    page
		e    entry
		want string
	}{
		{"a file", page{exact: true}, entry{"a.txt", false, true, day, 12}, `<a href="a.txt">a.txt</a>                                              13-Feb-2009 23:31                  12`},
		{"a directory", page{exact: true}, entry{"d", true, false, day, 4096}, `<a href="d/">d/</a>                                                 13-Feb-2009 23:31                   -`},
		{"a name with signs", page{exact: true}, entry{`a"<&?.x`, false, true, day, 0}, `<a href="a%22%3C%26%3F.x">a&quot;&lt;&amp;?.x</a>                                            13-Feb-2009 23:31                   0`},
		{"a long name", page{exact: true}, entry{long, false, true, day, 1}, `<a href="` + long + `">` + long[:47] + `..&gt;</a> 13-Feb-2009 23:31                   1`},
		{"50 letters in UTF-8", page{exact: true, utf8: true}, entry{cyrillic, false, true, day, 1}, `<a href="` + strings.Repeat("%D1%8F", 50) + `">` + cyrillic + `</a> 13-Feb-2009 23:31                   1`},
		{"51 letters in UTF-8", page{exact: true, utf8: true}, entry{cyrillic + "я", false, true, day, 1}, `<a href="` + strings.Repeat("%D1%8F", 51) + `">` + strings.Repeat("я", 47) + `..&gt;</a> 13-Feb-2009 23:31                   1`},
		{"bytes", page{}, entry{long[:49], false, true, day, 9999}, `<a href="` + long[:49] + `">` + long[:49] + `</a>  13-Feb-2009 23:31    9999`},
		{"kilobytes", page{}, entry{long[:50], false, true, day, 10240 + 512}, `<a href="` + long[:50] + `">` + long[:50] + `</a> 13-Feb-2009 23:31     11K`},
		{"megabytes", page{}, entry{long[:50], false, true, day, 3<<20 - 1}, `<a href="` + long[:50] + `">` + long[:50] + `</a> 13-Feb-2009 23:31      3M`},
		{"gigabytes", page{}, entry{long[:50], false, true, day, 5 << 30}, `<a href="` + long[:50] + `">` + long[:50] + `</a> 13-Feb-2009 23:31      5G`},
		{"no size", page{}, entry{long[:50], true, false, day, 0}, `<a href="` + long[:50] + `/">` + long[:50] + `</a> 13-Feb-2009 23:31       -`},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.p.zone = time.UTC
			if got := string(c.p.line(nil, &c.e)); got != c.want+"\r\n" {
				t.Errorf("\n got %q\nwant %q", got, c.want+"\r\n")
			}
		})
	}
}

func TestJSONAndXML(t *testing.T) {
	entries := []entry{{"d", true, false, 0, 4096}, {"a\"\x01\n<", false, true, 0, 7}, {"s", false, false, 0, 0}}
	want := "[\r\n{ \"name\":\"d\", \"type\":\"directory\", \"mtime\":\"Thu, 01 Jan 1970 00:00:00 GMT\" }," +
		"\r\n{ \"name\":\"a\\\"\\u0001\\n<\", \"type\":\"file\", \"mtime\":\"Thu, 01 Jan 1970 00:00:00 GMT\", \"size\":7 }," +
		"\r\n{ \"name\":\"s\", \"type\":\"other\", \"mtime\":\"Thu, 01 Jan 1970 00:00:00 GMT\" }\r\n]"
	if got := string(appendJSON(nil, entries, nil)); got != want {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	if got := string(appendJSON(nil, nil, []byte("f"))); got != "/* callback */\r\nf([\r\n]);" {
		t.Errorf("%q", got)
	}
	want = "<?xml version=\"1.0\"?>\r\n<list>\r\n<directory mtime=\"1970-01-01T00:00:00Z\">d</directory>\r\n" +
		"<file mtime=\"1970-01-01T00:00:00Z\" size=\"7\">a&quot;\x01\n&lt;</file>\r\n<other mtime=\"1970-01-01T00:00:00Z\">s</other>\r\n</list>\r\n"
	if got := string(appendXML(nil, entries)); got != want {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}
