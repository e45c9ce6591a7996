package sslpreread

import "testing"

// Whatever comes: no panic, and what is complete or foreign stays so when more follows.
func FuzzHello(f *testing.F) {
	for _, seed := range []string{
		"", "GET / HTTP/1.0\r\n", "\x80\x2e\x01\x03\x01", "\x16\x03\x01\x00\x05\x02\x00\x00\x00z",
		"\x16\x03\x01\x00\x04\x01\x00\x00\x2f\x16\x03\x01\x00\x2f\x03\x03" + "01234567890123456789012345678901" + "\x00\x00\x02\x13\x01\x01\x00\x00\x07\x00\x2b\x00\x03\x02\x03\x04",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var whole hello
		end := whole.parse(b)
		for n := range b {
			var h hello
			if out := h.parse(b[:n]); out != incomplete && (out != end || string(h.name) != string(whole.name)) {
				t.Fatalf("%d of %d bytes: %d, all: %d", n, len(b), out, end)
			}
		}
		_ = whole.version()
	})
}
