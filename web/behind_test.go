package web

import "testing"

// TestWhatIsBehindARequest is the next one, never the present one's body.
func TestWhatIsBehindARequest(t *testing.T) {
	for _, c := range []struct {
		what   string
		length int64
		body   requestBody
		want   string
	}{
		{"no body", -1, requestBody{}, "next"},
		{"no body, asked for", -1, requestBody{state: bodyWhole, behind: []byte("next")}, "next"},
		{"a body nobody has read", 8, requestBody{}, ""},
		{"a body that is being read", 8, requestBody{state: bodyReading, raw: []byte("xt")}, ""},
		{"a body that was read", 2, requestBody{state: bodyWhole, behind: []byte("xt")}, "xt"},
		{"a body that was read, and nothing behind it", 4, requestBody{state: bodyWhole, behind: []byte{}}, ""},
	} {
		x := &Exchange{head: []byte("headnext"), size: 4, have: 8, Body: c.body}
		x.Req.ContentLength = c.length
		if got := string(x.Behind()); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
