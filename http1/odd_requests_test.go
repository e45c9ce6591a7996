package http1_test

import (
	"slices"
	"strings"
	"testing"

	"understudy/http1"
	"understudy/internal/oddrequests"
)

// servers plays the part of the table's virtual servers.
type servers struct{}

func (s *servers) ChooseServer(r *http1.Request, b []byte) (http1.RequestOptions, bool) {
	o := http1.RequestOptions{Server: s}
	switch string(r.Server.Of(b)) {
	case "underscores":
		o.AllowUnderscores = true
	case "keepinvalid":
		o.KeepInvalid = true
	}
	return o, true
}

// read reads what a client sent and tells the first refusal, the log lines, and each request's $uri.
func read(b []byte) (refused http1.Error, log, uris []string) {
	for len(b) > 0 {
		var r http1.Request
		o := http1.RequestOptions{Server: &servers{}}
		n, err := r.ParseLine(b, o)
		if n > 0 && err == nil {
			path := r.Path.Of(b)
			if r.Complex || r.QuotedURI || r.EmptyPathInURI {
				var bad error
				if path, bad = http1.NormalizePath(nil, path, true); bad != nil {
					e := bad.(http1.Error)
					return e, append(log, e.LogText()), uris
				}
			}
			uris = append(uris, string(path))
			n, err = r.Parse(b, o)
		}
		for _, h := range r.Ignored {
			log = append(log, string(r.AppendIgnored(nil, b, h)))
		}
		if err != nil {
			return err.(http1.Error), append(log, string(r.AppendError(nil, b))), uris
		}
		if n == 0 {
			return 0, log, uris
		}
		b = b[n:]
		if r.Chunked {
			var d http1.Chunked
			for done := false; !done; {
				var n int
				var err error
				if _, n, done, err = d.Next(b); err != nil {
					return err.(http1.Error), append(log, err.Error()), uris
				}
				if b = b[n:]; len(b) == 0 {
					break
				}
			}
		}
		b = b[min(int64(len(b)), max(0, r.ContentLength)):]
		if !r.KeepAlive {
			break
		}
	}
	return 0, log, uris
}

func TestOddRequestsAreReadAsNginxReadsThem(t *testing.T) {
	cases, err := oddrequests.Load("../testdata/http1/odd-requests.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			refused, log, uris := read([]byte(c.Send))
			if !slices.Equal(log, c.Now.Log) {
				t.Errorf("log %q, want %q", log, c.Now.Log)
			}
			last := ""
			if n := len(c.Now.Answers); n > 0 {
				last = c.Now.Answers[n-1].Status
			}
			if refused != 0 && refused != http1.ErrBadChunk && !strings.HasPrefix(last, "HTTP/1.1 "+http1.StatusLine(refused.Status())) && last != "" {
				t.Errorf("answer %q, want %q", http1.StatusLine(refused.Status()), last)
			}
			if refused == 0 && (strings.Contains(last, " 400 ") || strings.Contains(last, " 50")) {
				t.Errorf("accepted, want %q", last)
			}
			for i, a := range c.Now.Answers {
				if _, uri, ok := strings.Cut(a.Body, "uri="); ok && (i >= len(uris) || !strings.HasPrefix(uri, uris[i]+" args=")) {
					t.Errorf("uri %d of %q, want %q", i, uris, uri)
				}
			}
		})
	}
}
