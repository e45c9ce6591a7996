package gzip

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"
)

func TestTinyBodiesCanBeRead(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	bodies := [][]byte{nil, []byte("SEE-THIS")}
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
	if n := len(appendTiny(nil, []byte("SEE-THIS"), 1)); n != 28 {
		t.Errorf("%d bytes, zlib makes 28", n)
	}
}
