package http1

import (
	"fmt"
	"testing"

	"understudy/ascii"
)

func TestEditedHeadsSayWhatTheirFieldsSay(t *testing.T) {
	const text = "POST / HTTP/1.1\r\nHost: a\r\nX: 1\r\nContent-Length: 5\r\nx: 2\r\nUpgrade: u\r\nExpect: 100-continue\r\nConnection: upgrade\r\n\r\n"
	b := []byte(text)
	var r Request
	if n, err := r.Parse(b, RequestOptions{}); n == 0 || err != nil {
		t.Fatal(n, err)
	}
	put := func(s string) Span {
		at := len(b)
		b = append(b, s...)
		return span(at, len(b))
	}
	index := func(name string) int {
		for i := range r.Headers {
			if ascii.EqualFold(r.Headers[i].Name.Of(b), name) {
				return i
			}
		}
		t.Fatalf("no %s", name)
		return -1
	}
	say := func() string {
		list := ""
		for i := range r.Headers {
			list += fmt.Sprintf("%s=%s ", r.Headers[i].Name.Of(b), r.Headers[i].Value.Of(b))
		}
		for id, at := range r.Known {
			if at != 0 && r.Headers[at-1].ID != HeaderID(id) {
				t.Errorf("%s is said to be %d", headerNames[id], at)
			}
		}
		return fmt.Sprintf("%s%d upgrade=%v expect=%v close=%v", list, r.ContentLength, r.Upgrade, r.ExpectContinue, r.ConnClose)
	}
	for _, step := range []struct {
		what string
		do   func()
		want string
	}{
		{"drop", func() { r.DropHeader(b, index("x")) },
			"Host=a Content-Length=5 x=2 Upgrade=u Expect=100-continue Connection=upgrade 5 upgrade=true expect=true close=false"},
		{"replace", func() { r.ReplaceHeader(b, index("content-length"), put("17")) },
			"Host=a Content-Length=17 x=2 Upgrade=u Expect=100-continue Connection=upgrade 17 upgrade=true expect=true close=false"},
		{"drop the length", func() { r.DropHeader(b, index("content-length")) },
			"Host=a x=2 Upgrade=u Expect=100-continue Connection=upgrade -1 upgrade=true expect=true close=false"},
		{"drop the upgrade", func() { r.DropHeader(b, index("upgrade")) },
			"Host=a x=2 Expect=100-continue Connection=upgrade -1 upgrade=false expect=true close=false"},
		{"drop the expectation", func() { r.DropHeader(b, index("expect")) },
			"Host=a x=2 Connection=upgrade -1 upgrade=false expect=false close=false"},
		{"close", func() { r.ReplaceHeader(b, index("connection"), put("Close")) },
			"Host=a x=2 Connection=Close -1 upgrade=false expect=false close=true"},
		{"append", func() { r.AppendHeader(b, put("Upgrade"), put("w")); r.AppendHeader(b, put("upgrade"), put("v")) },
			"Host=a x=2 Connection=Close Upgrade=w upgrade=v -1 upgrade=true expect=false close=true"},
		{"drop the first of two", func() { r.DropHeader(b, index("upgrade")) },
			"Host=a x=2 Connection=Close upgrade=v -1 upgrade=true expect=false close=true"},
	} {
		step.do()
		if got := say(); got != step.want {
			t.Errorf("%s:\n got %s\nwant %s", step.what, got, step.want)
		}
	}
}
