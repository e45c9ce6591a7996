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
