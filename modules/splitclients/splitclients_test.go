package splitclients

import "testing"

func TestPercentagesAreRead(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64 // -1 = refused
	}{
		{"1", 100}, {"0.5", 50}, {"33.33", 3333}, {"100", 10000}, {".5", 50}, {"5.", 500}, {"0", 0},
		{"1.234", -1}, {"1.2.3", -1}, {"", -1}, {"-1", -1}, {"x", -1}, {"99999999999999999999", -1},
	} {
		n, ok := hundredths(c.text)
		if ok != (c.want >= 0) || ok && n != c.want {
			t.Errorf("%q: %d %v, want %d", c.text, n, ok, c.want)
		}
	}
}

func TestHashIsMurmur(t *testing.T) {
	for text, want := range map[string]uint32{"": 0, "a": 0x92685f5e, "ab": 0x1aa14063, "abcde": 0x5f09a8de} {
		if got := murmur([]byte(text)); got != want {
			t.Errorf("%q: %#x, want %#x", text, got, want)
		}
	}
}
