package gzip

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestTinyBodiesCanBeRead(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	bodies := [][]byte{nil, []byte("SEE-THIS")}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 20000 { // from few letters, so that they repeat
		p := make([]byte, random.IntN(tinyLimit+1))
		for j := range p {
			p[j] = byte(random.IntN(1+i%7) * 37)
		}
		bodies = append(bodies, p)
	}
	for n := 1; n <= tinyLimit; n++ {
		for at := 0; at+n <= len(all); at += n {
			bodies = append(bodies, all[at:at+n])
		}
	}
	for _, p := range bodies {
		r, err := gzip.NewReader(bytes.NewReader(appendTiny(nil, p, 1)))
		if err != nil {
			t.Fatalf("%x: %v", p, err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, p) {
			t.Errorf("%x: %x, %v", p, got, err)
		}
	}
}

func TestTinyBodiesAreAboutAsShortAsZlibsAre(t *testing.T) {
	for _, c := range []struct {
		body string
		zlib int // bytes that zlib 1.2.13 makes at level 1
	}{
		{"SEE-THIS", 28},
		{strings.Repeat("a", tinyLimit), 24},
		{`{"error":"not_found","message":"The requested resource does not exist","code":404}`, 94},
		{`{"id":123,"name":"example","tags":["a","b"],"active":true,"created":"2026-01-01T00:00:00Z","owner":{"id":5,"name":"x"}}`, 116},
		{"<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", 107},
	} {
		if n := len(appendTiny(nil, []byte(c.body), 1)); n*100 > c.zlib*103 { // zlib may make codes of its own
			t.Errorf("%q: %d bytes, zlib makes %d", c.body, n, c.zlib)
		}
	}
}
