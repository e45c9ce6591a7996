package rewrite

import "testing"

func TestRedirectsAreUnescapedUpToTheArguments(t *testing.T) {
	for _, c := range []struct {
		text string
		path int
	}{
		{"", 0}, {"/a", 2}, {"/a?b?c", 3}, {"/a%20b?c", 7}, {"/a%3Fb?c", 5}, {"/a%3fb", 5}, {"/a%%3f?b", 7}, {"/a%z?b", 5}, {"/a%3?b", 6}, {"/a%", 3}, {"/a%3", 4},
	} {
		if got := pathEnd([]byte(c.text)); got != c.path {
			t.Errorf("%q: %d, want %d", c.text, got, c.path)
		}
	}
}

func TestReturnCodesAreNumbers(t *testing.T) {
	for text, want := range map[string]int{"200": 200, "0": 0, "007": 7, "": -1, "-1": -1, "2x": -1, "http://x": -1, "99999999999999999999": -1} {
		if n, ok := number(text); ok && n != want || ok != (want >= 0) {
			t.Errorf("%q: %d %v", text, n, ok)
		}
	}
}
