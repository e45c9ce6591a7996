package http1

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"understudy/internal/oddrequests"
)

// outcome is all that a caller can see of a parsed request.
func (r *Request) outcome(b []byte, n int, err error) string {
	c := *r
	c.phase, c.state, c.proto, c.major, c.minor, c.head, c.opts = 0, 0, 0, 0, 0, headScan{}, RequestOptions{}
	c.hdr, c.prev = Header{}, Header{}
	c.Headers, c.Ignored = append([]Header{}, c.Headers...), append([]Header{}, c.Ignored...)
	s := fmt.Sprintf("%d %v line done %v\n%+v", n, err, r.LineDone(), c)
	if err != nil {
		return s + string(r.AppendError(nil, b))
	}
	return s
}

// parseInSteps parses b handing over more of it at each call, in a new buffer each time.
func parseInSteps(r *Request, b []byte, o RequestOptions, ends ...int) string {
	n, err := 0, error(nil)
	for _, end := range ends {
		part := bytes.Clone(b[:end])
		if n, err = r.Parse(part, o); n != 0 || err != nil {
			return r.outcome(part, n, err)
		}
	}
	return r.outcome(b, n, err)
}

func everyEnd(n int) []int {
	ends := make([]int, n+1)
	for i := range ends {
		ends[i] = i
	}
	return ends
}

func checkSpans(t *testing.T, r *Request, b []byte, n int) {
	t.Helper()
	end := uint32(n)
	for name, s := range map[string]Span{
		"method": r.MethodText, "line": r.Line, "target": r.Target, "protocol": r.Protocol, "schema": r.Schema, "host": r.Host,
		"host and port": r.HostPort, "path": r.Path, "args": r.Args, "server": r.Server,
	} {
		if s.Off > s.End || s.End > end {
			t.Errorf("%s: span %v of %d bytes", name, s, n)
		}
	}
	if r.Path.Off < r.Target.Off || r.Path.End > r.Target.End || r.HasArgs && (r.Args.Off <= r.Path.End-1 || r.Args.End > r.Target.End) {
		t.Errorf("target %v, path %v, args %v", r.Target, r.Path, r.Args)
	}
	at := r.Line.End
	for _, h := range r.Headers {
		if h.Name.Off < at || h.Name.Off >= h.Name.End || h.Name.End > h.Value.Off || h.Value.Off > h.Value.End || h.Value.End >= end {
			t.Errorf("header %+v behind %d, of %d bytes", h, at, n)
		}
		at = h.Value.End
		if h.ID != Lookup(h.Name.Of(b)) {
			t.Errorf("header %q has id %d", h.Name.Of(b), h.ID)
		}
	}
	for id, k := range r.Known {
		if k != 0 && (int(k) > len(r.Headers) || r.Headers[k-1].ID != HeaderID(id)) {
			t.Errorf("known header %d is at %d", id, k)
		}
	}
}

func TestEverySplitOfARequestReadsTheSame(t *testing.T) {
	cases, err := oddrequests.Load("../testdata/http1/odd-requests.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		b := []byte(c.Send)
		var whole, steps Request
		want := parseInSteps(&whole, b, RequestOptions{}, len(b))
		if got := parseInSteps(&steps, b, RequestOptions{}, everyEnd(len(b))...); got != want {
			t.Errorf("%s byte by byte:\n%s\nwhole:\n%s", c.Name, got, want)
		}
		for i := range b {
			steps.Reset()
			if got := parseInSteps(&steps, b, RequestOptions{}, i, len(b)); got != want {
				t.Errorf("%s split at %d:\n%s\nwhole:\n%s", c.Name, i, got, want)
			}
		}
	}
}

func TestABytewiseRequestIsNotReadTwice(t *testing.T) {
	b := append([]byte("GET /"+string(bytes.Repeat([]byte("a"), 3000))+" HTTP/1.1\r\nHost: a\r\nCookie: "), bytes.Repeat([]byte("b"), 3000)...)
	var r Request
	for n := 1; n <= len(b); n++ {
		if got, err := r.Parse(b[:n], RequestOptions{}); got != 0 || err != nil {
			t.Fatal(n, got, err)
		}
		if r.Scanned() != n {
			t.Fatalf("of %d bytes %d have been looked at: the rest would be looked at again and again", n, r.Scanned())
		}
	}
	if !r.LineDone() || string(b[r.Pos():r.Pos()+8]) != "Cookie: " {
		t.Errorf("the incomplete line starts at %d", r.Pos())
	}
}

func FuzzRequest(f *testing.F) {
	cases, err := oddrequests.Load("../testdata/http1/odd-requests.txt")
	if err != nil {
		f.Fatal(err)
	}
	for i, c := range cases {
		f.Add([]byte(c.Send), uint16(i), byte(i))
	}
	f.Add(typicalHead, uint16(100), byte(0))
	f.Fuzz(func(t *testing.T, b []byte, at uint16, flags byte) {
		if len(b) > 4096 {
			return
		}
		o := RequestOptions{AllowUnderscores: flags&1 != 0, KeepInvalid: flags&2 != 0, AllowConnect: flags&4 != 0, MaxHeaders: int(flags >> 4)}
		var whole, steps Request
		want := parseInSteps(&whole, b, o, len(b))
		if n, err := whole.Parse(b, o); n > 0 && err == nil {
			checkSpans(t, &whole, b, n)
			if whole.Chunked && whole.Known[HdrContentLength] != 0 {
				t.Error("both Content-Length and chunked")
			}
			_, _ = NormalizePath(nil, whole.Path.Of(b), true)
		}
		if got := parseInSteps(&steps, b, o, everyEnd(len(b))...); got != want {
			t.Errorf("byte by byte:\n%s\nwhole:\n%s", got, want)
		}
		steps.Reset()
		if got := parseInSteps(&steps, b, o, int(at)%(len(b)+1), len(b)); got != want {
			t.Errorf("split at %d:\n%s\nwhole:\n%s", int(at)%(len(b)+1), got, want)
		}
	})
}

func (r *Response) outcome(b []byte, n int, err error) string {
	c := *r
	c.phase, c.state, c.seen, c.major, c.minor, c.head = 0, 0, 0, 0, 0, headScan{}
	c.hdr, c.prev = Header{}, Header{}
	c.Headers = append([]Header{}, c.Headers...)
	s := fmt.Sprintf("%d %v line done %v\n%+v", n, err, r.LineDone(), c)
	if err != nil {
		return s + string(r.AppendError(nil, b))
	}
	return s
}

func responseInSteps(b []byte, ends ...int) string {
	var r Response
	n, err := 0, error(nil)
	for _, end := range ends {
		part := bytes.Clone(b[:end])
		if n, err = r.Parse(part); n != 0 || err != nil {
			return r.outcome(part, n, err)
		}
	}
	return r.outcome(b, n, err)
}

func FuzzResponse(f *testing.F) {
	for i, c := range responseCases {
		f.Add([]byte(c.send), uint16(i))
	}
	f.Fuzz(func(t *testing.T, b []byte, at uint16) {
		if len(b) > 4096 {
			return
		}
		want := responseInSteps(b, len(b))
		if got := responseInSteps(b, everyEnd(len(b))...); got != want {
			t.Errorf("byte by byte:\n%s\nwhole:\n%s", got, want)
		}
		if i := int(at) % (len(b) + 1); responseInSteps(b, i, len(b)) != want {
			t.Errorf("split at %d:\n%s\nwhole:\n%s", i, responseInSteps(b, i, len(b)), want)
		}
		var r Response
		if n, err := r.Parse(b); n > 0 && err == nil {
			for _, h := range r.Headers {
				if h.Name.Off > h.Name.End || h.Name.End > h.Value.Off || h.Value.Off > h.Value.End || int(h.Value.End) >= n {
					t.Errorf("header %+v of %d bytes", h, n)
				}
				if h.Invalid {
					r.AppendRepeated(nil, b, h)
				}
			}
		}
	})
}

// decode gives the whole body, how many bytes it took, and whether it ended, from parts of b that end at ends.
func decode(b []byte, keep bool, ends ...int) (body []byte, used int, done bool, err error) {
	d := Chunked{KeepTrailers: keep}
	for _, end := range ends {
		for used < end && !done && err == nil {
			var data []byte
			var n int
			data, n, done, err = d.Next(b[used:end])
			body = append(body, data...)
			used += n
		}
	}
	return body, used, done, err
}

func FuzzChunked(f *testing.F) {
	for i, c := range chunkedCases {
		f.Add([]byte(c.send), uint16(i), i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, b []byte, at uint16, keep bool) {
		if len(b) > 4096 {
			return
		}
		type result struct {
			body []byte
			used int
			done bool
			err  error
		}
		run := func(ends ...int) (r result) {
			r.body, r.used, r.done, r.err = decode(b, keep, ends...)
			return r
		}
		want := run(len(b))
		if want.used > len(b) || len(want.body) > want.used {
			t.Errorf("%+v from %d bytes", want, len(b))
		}
		if got := run(everyEnd(len(b))...); !reflect.DeepEqual(got, want) {
			t.Errorf("byte by byte: %+v, whole: %+v", got, want)
		}
		if got := run(int(at)%(len(b)+1), len(b)); !reflect.DeepEqual(got, want) {
			t.Errorf("split: %+v, whole: %+v", got, want)
		}
	})
}

func FuzzNormalizePath(f *testing.F) {
	for _, c := range pathCases {
		f.Add([]byte(c.raw), c.merge)
	}
	f.Fuzz(func(t *testing.T, raw []byte, merge bool) {
		raw = append([]byte("/"), raw...)
		got, err := NormalizePath([]byte("kept"), raw, merge)
		if string(got[:4]) != "kept" {
			t.Fatalf("what was in dst has become %q", got)
		}
		got = got[4:]
		if err != nil {
			if len(got) != 0 {
				t.Errorf("error and %q", got)
			}
			return
		}
		if len(got) == 0 || len(got) > len(raw) || got[0] != '/' || bytes.IndexByte(got, 0) >= 0 && bytes.IndexByte(raw, 0) < 0 {
			t.Errorf("%q becomes %q", raw, got)
		}
		for _, bad := range []string{"/./", "/../"} {
			if bytes.Contains(got, []byte(bad)) {
				t.Errorf("%q becomes %q", raw, got)
			}
		}
		if bytes.HasSuffix(got, []byte("/..")) || bytes.HasSuffix(got, []byte("/.")) || merge && bytes.Contains(got, []byte("//")) {
			t.Errorf("%q becomes %q", raw, got)
		}
	})
}
