package brotli

import "testing"

func TestAcceptEncodingIsReadAsByTheModule(t *testing.T) {
	for field, want := range map[string]bool{
		"br": true, "BR": true, "gzip, br": true, "gzip,br;q=1": true, "br;q=0.001": true, "br;q": true, "br;": true, "br;v=0": true,
		"": false, "b": false, "abr": false, "brx": false, "bbr": false, "*": false, "br;q=0": false, "br;q=0.": false, "br;q=0.000": false, "br ; q = 0": false,
		"br;q=0, br": false, "brx, br": true, "b,br": true,
	} {
		if got := acceptsBrotli([]byte(field)); got != want {
			t.Errorf("%q: %t", field, got)
		}
	}
}

func FuzzAcceptEncoding(f *testing.F) {
	for _, field := range []string{"br", "gzip, br;q=0.5", "br;q=0.0", "b", "Br ;"} {
		f.Add([]byte(field))
	}
	f.Fuzz(func(t *testing.T, field []byte) {
		if acceptsBrotli(field) && !acceptsBrotli(append([]byte("gzip, "), field...)) {
			t.Errorf("%q is taken only alone", field)
		}
	})
}

// A compressor goes back once, however its answer ends.
func TestCompressorsGoBack(t *testing.T) {
	var b body
	b.start(6, 19)
	if _, err := b.z.Write([]byte("half of an answer")); err != nil {
		t.Fatal(err)
	}
	b.Drop()
	if b.z != nil {
		t.Error("it is kept")
	}
	b.Drop()
	b.start(6, 19)
	if b.in != 0 || b.out != 0 || len(b.held) != 0 {
		t.Error("something is left of the answer before")
	}
	b.Drop()
}
