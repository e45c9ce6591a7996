package http1

import "testing"

func TestOrdinaryRequest(t *testing.T) {
	b := []byte("\r\nPOST /a/b?x=1 HTTP/1.1\r\nHost: Example.com.:8080\r\nContent-Length: 12 \r\nConnection: x, Keep-Alive\r\nFoo_bar: 1\r\n\r\nrest")
	var r Request
	n, err := r.Parse(b, RequestOptions{})
	if err != nil || n != len(b)-4 {
		t.Fatal(n, err)
	}
	if r.Method != MethodPost || string(r.Path.Of(b)) != "/a/b" || string(r.Args.Of(b)) != "x=1" || string(r.Line.Of(b)) != "POST /a/b?x=1 HTTP/1.1" ||
		string(r.Server.Of(b)) != "Example.com" || r.Port != 8080 || !r.ServerUpper || r.ContentLength != 12 || !r.ConnKeepAlive || len(r.Headers) != 3 || len(r.Ignored) != 1 {
		t.Fatalf("%+v", r)
	}
}

func BenchmarkRequest(b *testing.B) {
	head := []byte("GET /api/v1/items?id=42&sort=name HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\nCookie: sid=0123456789abcdef0123456789abcdef; theme=dark\r\nReferer: http://www.example.com/start\r\nCache-Control: no-cache\r\nPragma: no-cache\r\n\r\n")
	var r Request
	b.ReportAllocs()
	b.SetBytes(int64(len(head)))
	for b.Loop() {
		r.Reset()
		if n, err := r.Parse(head, RequestOptions{}); n != len(head) || err != nil {
			b.Fatal(n, err)
		}
	}
}
