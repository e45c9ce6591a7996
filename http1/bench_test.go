package http1

import (
	"bytes"
	"testing"
)

var typicalHead = []byte("GET /api/v1/items?id=42&sort=name HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\nCookie: sid=0123456789abcdef0123456789abcdef; theme=dark\r\nReferer: http://www.example.com/start\r\nCache-Control: no-cache\r\nPragma: no-cache\r\n\r\n")

func BenchmarkRequestOfTenHeaders(b *testing.B) {
	var r Request
	b.ReportAllocs()
	b.SetBytes(int64(len(typicalHead)))
	for b.Loop() {
		r.Reset()
		if n, err := r.Parse(typicalHead, RequestOptions{}); n != len(typicalHead) || err != nil {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkFindingLinesOnly is the floor to compare the others with: a look for each colon and each line end.
func BenchmarkFindingLinesOnly(b *testing.B) {
	b.SetBytes(int64(len(typicalHead)))
	for b.Loop() {
		n := 0
		for rest := typicalHead; len(rest) > 0; {
			n += bytes.IndexByte(rest, ':')
			rest = rest[bytes.IndexByte(rest, '\n')+1:]
		}
		if n == 0 {
			b.Fatal("no colon")
		}
	}
}

func BenchmarkSmallRequest(b *testing.B) {
	head := []byte("GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: wrk\r\n\r\n")
	var r Request
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		if n, err := r.Parse(head, RequestOptions{}); n != len(head) || err != nil {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkResponse(b *testing.B) {
	head := []byte("HTTP/1.1 200 OK\r\nServer: x\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/html\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n")
	var r Response
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		if n, err := r.Parse(head); n != len(head) || err != nil {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkNormalizePath(b *testing.B) {
	raw := []byte("/static/%E4%BD%A0/../img//logo.png")
	dst := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if dst, err = NormalizePath(dst[:0], raw, true); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChunkedBody(b *testing.B) {
	var body []byte
	for range 16 {
		body = AppendChunkHead(body, 4096)
		body = append(body, make([]byte, 4096)...)
		body = append(body, '\r', '\n')
	}
	body = append(body, LastChunk...)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	var d Chunked
	for b.Loop() {
		d.Reset()
		for rest, done := body, false; !done; {
			var n int
			var err error
			if _, n, done, err = d.Next(rest); err != nil {
				b.Fatal(err)
			}
			rest = rest[n:]
		}
	}
}
