package gzip

import "testing"

func TestAcceptEncodingIsReadAsByNginx(t *testing.T) {
	for field, want := range map[string]bool{
		"gzip": true, "GZip": true, "deflate, gzip": true, "deflate,gzip;q=1": true, "gzip;q=0.001": true, "gzip ; q=1.000": true, "gzip;": true,
		"xgzip, gzip": true, "xgzip,gzip": true,
		"": false, "gzi": false, "xgzip": false, "gzipx": false, "gzip;q=0": false, "gzip;q=0.000": false, "gzip;q=2": false, "gzip;q=0.0001": false,
		"gzip;v=1": false, "gzip;q=0, gzip": false,
	} {
		if got := acceptsGzip([]byte(field)); got != want {
			t.Errorf("%q: %t", field, got)
		}
	}
	field := []byte("deflate, br, gzip;q=0.8")
	if n := testing.AllocsPerRun(100, func() { acceptsGzip(field) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
