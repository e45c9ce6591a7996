package http1

import (
	"strings"
	"testing"
)

var responseCases = []struct {
	name, send string
	want       string // "STATUS TEXT|length|flags" or the log text
}{
	{"ordinary", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 OK|5|"},
	{"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "200 OK|5|"},
	{"no text", "HTTP/1.1 204\r\n\r\n", "204|-1|"},
	{"empty text", "HTTP/1.1 204 \r\n\r\n", "204 |-1|"},
	{"text of bytes above 127 and spaces", "HTTP/1.1 200 \xe9 b \r\n\r\n", "200 \xe9 b |-1|"},
	{"IIS status", "HTTP/1.1 403.1 No\r\n\r\n", "403.1 No|-1|"},
	{"spaces before the code", "HTTP/1.1   200 OK\r\n\r\n", "200 OK|-1|"},
	{"HTTP/1.0 closes", "HTTP/1.0 200 OK\r\n\r\n", "200 OK|-1|close"},
	{"HTTP/1.0 with keep-alive closes", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", "200 OK|-1|close keep"},
	{"HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n", "200 OK|-1|"},
	{"HTTP/999.9", "HTTP/999.9 200 OK\r\n\r\n", "200 OK|-1|"},
	{"Connection close", "HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\n\r\n", "200 OK|-1|close"},
	{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", "200 OK|-1|chunked"},
	{"upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "101 Switching Protocols|-1|upgrade"},
	{"odd names are kept", "HTTP/1.1 200 OK\r\nx_y: 1\r\nx.y: 2\r\n(\xe9: 3\r\n\r\n", "200 OK|-1|"},
	{"a second status line is skipped", "HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", "200 OK|1|"},
	{"interim response", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "100 Continue|-1|"},
	{"early hints have no rules", "HTTP/1.1 103 Early Hints\r\nContent-Length: x\r\nContent-Length: 1\r\nTransfer-Encoding: y\r\n\r\n", "103 Early Hints|-1|"},
	{"repeated once-only header", "HTTP/1.1 200 OK\r\nLocation: a\r\nlocation: b\r\n\r\n", "200 OK|-1|repeated"},
	{"repeated list header", "HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nCache-Control: a\r\nCache-Control: b\r\n\r\n", "200 OK|-1|"},
	{"early hints of HTTP/1.0", "HTTP/1.0 103 Early Hints\r\n\r\n", "upstream sent HTTP/1.0 response with early hints"},
	{"not HTTP", "hello", "upstream sent no valid HTTP/1.0 header"},
	{"nearly HTTP", "HTTP 200 OK\r\n", "upstream sent no valid HTTP/1.0 header"},
	{"version 0", "HTTP/0.9 200 OK\r\n", "upstream sent no valid HTTP/1.0 header"},
	{"no version", "HTTP/ 200 OK\r\n", "upstream sent no valid HTTP/1.0 header"},
	{"two digits of code", "HTTP/1.1 20\r\n", "upstream sent no valid HTTP/1.0 header"},
	{"four digits of code", "HTTP/1.1 2000\r\n", "upstream sent no valid HTTP/1.0 header"},
	{"code of letters", "HTTP/1.1 abc\r\n", "upstream sent no valid HTTP/1.0 header"},
	{"carriage return in the text", "HTTP/1.1 200 O\rK\r\n", "upstream sent no valid HTTP/1.0 header"},
	{"huge version", "HTTP/1000.1 200 OK\r\n", "upstream sent no valid HTTP/1.0 header"},
	{"folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", `upstream sent invalid header: "\x20..."`},
	{"space before the colon", "HTTP/1.1 200 OK\r\nX : a\r\n\r\n", `upstream sent invalid header: "X\x20..."`},
	{"NUL in a value", "HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n", `upstream sent invalid header: "X: a\x00..."`},
	{"carriage return in a value", "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", `upstream sent invalid header: "X: a\x0d..."`},
	{"empty name", "HTTP/1.1 200 OK\r\n: a\r\n\r\n", `upstream sent invalid header: "\x3a..."`},
	{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n", `upstream sent duplicate header line: "content-length: 1", previous value: "Content-Length: 1"`},
	{"bad length", "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n", `upstream sent invalid "Content-Length" header: "Content-Length: 1x"`},
	{"length and chunked", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", `upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time`},
	{"chunked and length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", `upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time`},
	{"chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", `upstream sent duplicate header line: "Transfer-Encoding: chunked", previous value: "Transfer-Encoding: chunked"`},
	{"unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", `upstream sent unknown "Transfer-Encoding": "gzip"`},
	{"cut off", "HTTP/1.1 200 OK\r\nX: a\r\n", "more"},
}

func TestResponses(t *testing.T) {
	for _, c := range responseCases {
		var r Response
		b := []byte(c.send)
		n, err := r.Parse(b)
		got := ""
		switch {
		case err != nil:
			got = string(r.AppendError(nil, b))
			if e := err.(Error); e != ErrNoHeader && e.Status() != 502 {
				t.Errorf("%s: status %d", c.name, e.Status())
			}
		case n == 0:
			got = "more"
		default:
			var flags []string
			for name, on := range map[string]bool{"close": r.ConnClose} {
				if on {
					flags = append(flags, name)
				}
			}
			if r.ConnKeepAlive {
				flags = append(flags, "keep")
			}
			if r.Chunked {
				flags = append(flags, "chunked")
			}
			if r.Upgrade {
				flags = append(flags, "upgrade")
			}
			if r.Repeated {
				flags = append(flags, "repeated")
			}
			length := "-1"
			if r.ContentLength >= 0 {
				length = string(r.Value(b, HdrContentLength))
			}
			got = string(r.StatusText.Of(b)) + "|" + length + "|" + strings.Join(flags, " ")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if split := responseInSteps(b, everyEnd(len(b))...); split != responseInSteps(b, len(b)) {
			t.Errorf("%s: byte by byte %s", c.name, split)
		}
	}
}

func TestRepeatedHeadersAreNamed(t *testing.T) {
	b := []byte("HTTP/1.1 200 OK\r\nETag: a\r\nX: 1\r\netag: b\r\n\r\n")
	var r Response
	if _, err := r.Parse(b); err != nil || !r.Headers[2].Invalid || r.Headers[0].Invalid {
		t.Fatalf("%v %+v", err, r.Headers)
	}
	if got := string(r.AppendRepeated(nil, b, r.Headers[2])); got != `upstream sent duplicate header line: "etag: b", previous value: "ETag: a", ignored` {
		t.Error(got)
	}
}

var chunkedCases = []struct {
	name, send string
	body       string
	rest       int  // bytes not used up
	bad        bool // refused
}{
	{"one chunk", "3\r\nabc\r\n0\r\n\r\n", "abc", 0, false},
	{"what follows is left alone", "3\r\nabc\r\n0\r\n\r\nGET ", "abc", 4, false},
	{"upper and lower case", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", 0, false},
	{"extensions", "3;a=\"b\"\r\nabc\r\n0 ;x\r\n\r\n", "abc", 0, false},
	{"trailers are skipped", "3\r\nabc\r\n0\r\nA: b\r\nC: d\r\n\r\nx", "abc", 1, false},
	{"largest size", "7ffffffffffffff\r\nabc", "abc", 0, false},
	{"too large a size", "800000000000000\r\nabc", "", 0, true},
	{"size of many digits", "fffffffffffffffff\r\nabc", "", 0, true},
	{"size of many zeros", "00000000000000000000003\r\nabc\r\n0\r\n\r\n", "abc", 0, false},
	{"bare line feed after a size", "3\nabc\r\n", "", 0, true},
	{"bare line feed after data", "3\r\nabc\n0\r\n\r\n", "abc", 0, true},
	{"bare line feed at the end", "0\r\n\n", "", 0, true},
	{"bare line feed in a trailer", "0\r\nA: b\n\r\n", "", 0, true},
	{"bare line feed in an extension", "3;a\nabc\r\n", "", 0, true},
	{"no size", "\r\nabc", "", 0, true},
	{"not a digit", "g\r\n", "", 0, true},
	{"space first", " 3\r\nabc", "", 0, true},
	{"more data than the size", "3\r\nabcd\r\n", "abc", 0, true},
	{"carriage return inside an extension", "3;\ra\r\nabc\r\n", "", 0, true},
}

func TestChunkedBodies(t *testing.T) {
	for _, c := range chunkedCases {
		body, used, _, err := decode([]byte(c.send), false, len(c.send))
		if string(body) != c.body || (err != nil) != c.bad || !c.bad && len(c.send)-used != c.rest {
			t.Errorf("%s: %q, %d used, %v", c.name, body, used, err)
		}
		body, again, _, err := decode([]byte(c.send), false, everyEnd(len(c.send))...)
		if string(body) != c.body || (err != nil) != c.bad || again != used {
			t.Errorf("%s byte by byte: %q, %d used, %v", c.name, body, again, err)
		}
	}
}

func TestTrailersAreKeptOnDemand(t *testing.T) {
	b := []byte("3\r\nabc\r\n0\r\nA: b\r\nContent-Length: x\r\n\r\nrest")
	body, used, done, err := decode(b, true, len(b))
	if string(body) != "abc" || !done || err != nil {
		t.Fatal(string(body), done, err)
	}
	var r Response
	n, err := r.ParseTrailers(b[used:])
	if err != nil || string(b[used+n:]) != "rest" || len(r.Headers) != 2 || string(r.Headers[1].Value.Of(b[used:])) != "x" {
		t.Errorf("%d %v %+v", n, err, r.Headers)
	}
	var bad Response
	text := []byte("A: b\r\nB : c\r\n\r\n")
	if _, err := bad.ParseTrailers(text); err != ErrUpstreamBadTrailer || string(bad.AppendError(nil, text)) != `upstream sent invalid trailer: "B\x20..."` {
		t.Error(err, string(bad.AppendError(nil, text)))
	}
}

func TestRequestsBeyondTheLimitOfHeadersAreRefused(t *testing.T) {
	var r Request
	b := []byte("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n")
	if _, err := r.Parse(b, RequestOptions{MaxHeaders: 3}); err != nil {
		t.Error(err)
	}
	r.Reset()
	if _, err := r.Parse(b, RequestOptions{MaxHeaders: 2}); err != ErrTooManyHeaders || ErrTooManyHeaders.Status() != 494 {
		t.Error(err)
	}
}

func TestConnectWhereItIsAllowed(t *testing.T) {
	for send, want := range map[string]error{
		"CONNECT A.b:443 HTTP/1.1\r\nHost: x\r\n\r\n":                             nil,
		"CONNECT a:443 HTTP/1.0\r\nHost: x\r\n\r\n":                               ErrConnect,
		"CONNECT a:443 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n":          ErrConnectBody,
		"CONNECT a:443 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n":          nil,
		"CONNECT a:443 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n": ErrConnectBody,
	} {
		var r Request
		_, err := r.Parse([]byte(send), RequestOptions{AllowConnect: true})
		if err != want {
			t.Errorf("%q: %v", send, err)
		}
		if err == nil && (string(r.Path.Of([]byte(send))) != "/" || r.Port != 443) {
			t.Errorf("%q: path %q, port %d", send, r.Path.Of([]byte(send)), r.Port)
		}
	}
}
