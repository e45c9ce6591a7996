package config

import (
	"math"
	"testing"
)

func TestNumbersAreReadAsNginxReadsThem(t *testing.T) {
	const none = -1
	for _, one := range []struct {
		text                               string
		number, size, offset, millis, secs int64
	}{
		{"", none, none, none, none, none},
		{"0", 0, 0, 0, 0, 0},
		{"10", 10, 10, 10, 10000, 10},
		{"007", 7, 7, 7, 7000, 7},
		{"-1", none, none, none, none, none},
		{"+1", none, none, none, none, none},
		{"1.5", none, none, none, none, none},
		{"0x10", none, none, none, none, none},
		{"9223372036854775807", math.MaxInt64, math.MaxInt64, math.MaxInt64, none, math.MaxInt64},
		{"9223372036854775808", none, none, none, none, none},
		{"9007199254740991k", none, 9007199254740991 << 10, 9007199254740991 << 10, none, none},
		{"9007199254740992k", none, none, none, none, none},
		{"8K", none, 8192, 8192, none, none},
		{"1m", none, 1 << 20, 1 << 20, 60000, 60},
		{"1M", none, 1 << 20, 1 << 20, none, 30 * 86400},
		{"2g", none, none, 2 << 30, none, none},
		{"2G", none, none, 2 << 30, none, none},
		{"k", none, none, none, none, none},
		{"1kk", none, none, none, none, none},
		{"1h30m", none, none, none, 5400000, 5400},
		{"1h 30m", none, none, none, 5400000, 5400},
		{"1h 30", none, none, none, 3630000, 3630},
		{"30 ", none, none, none, 30000, 30},
		{" 30", none, none, none, 30000, 30}, // a space ends an empty number of seconds
		{"s1", none, none, none, 1000, 1},
		{"1 1", none, none, none, 2000, 2},
		{"30m1h", none, none, none, none, none},
		{"500ms", none, none, none, 500, none},
		{"1s500ms", none, none, none, 1500, none},
		{"500ms1s", none, none, none, none, none},
		{"500ms5", none, none, none, 5500, none},
		{"1y", none, none, none, none, 365 * 86400},
		{"1y1y", none, none, none, none, none},
		{"1y2M3w4d5h6m7s", none, none, none, none, 365*86400 + 60*86400 + 21*86400 + 4*86400 + 5*3600 + 6*60 + 7},
		{"1w", none, none, none, 7 * 86400000, 7 * 86400},
		{"s", none, none, none, 0, 0},
		{"1d", none, none, none, 86400000, 86400},
		{"1S", none, none, none, none, none},
		{"9223372036854775s", none, none, none, 9223372036854775000, 9223372036854775},
		{"9223372036854776s", none, none, none, none, 9223372036854776},
		{"9223372036854775807ms", none, none, none, math.MaxInt64, none},
		{"1s9223372036854775807ms", none, none, none, none, none},
	} {
		if one.text == "s" { // a unit without digits has no value
			one.millis, one.secs = none, none
		}
		for _, f := range []struct {
			name  string
			parse func(string) (int64, bool)
			want  int64
		}{
			{"number", ParseNumber, one.number}, {"size", ParseSize, one.size}, {"offset", ParseOffset, one.offset},
			{"milliseconds", ParseMillis, one.millis}, {"seconds", ParseSeconds, one.secs},
		} {
			got, ok := f.parse(one.text)
			if !ok {
				got = none
			}
			if got != f.want {
				t.Errorf("%s %q: %d, want %d", f.name, one.text, got, f.want)
			}
		}
	}
}

func TestArityReadsItsSpelling(t *testing.T) {
	for _, one := range []struct {
		text   string
		allows []int
		not    []int
	}{
		{"0", []int{0}, []int{1}},
		{"1", []int{1}, []int{0, 2}},
		{"1-2", []int{1, 2}, []int{0, 3}},
		{"1 3", []int{1, 3}, []int{0, 2, 4}},
		{"2+", []int{2, 3, 50}, []int{0, 1}},
		{"any", []int{0, 1, 50}, nil},
		{"0-1 4", []int{0, 1, 4}, []int{2, 3, 5}},
	} {
		a, err := ParseArity(one.text)
		if err != nil || a.String() != one.text {
			t.Errorf("%s: %v %v", one.text, a, err)
		}
		for _, n := range one.allows {
			if !a.Allows(n) {
				t.Errorf("%s refuses %d", one.text, n)
			}
		}
		for _, n := range one.not {
			if a.Allows(n) {
				t.Errorf("%s allows %d", one.text, n)
			}
		}
	}
	for _, bad := range []string{"", "x", "1-", "3-1", "8", "-1", "1+x"} {
		if a, err := ParseArity(bad); err == nil {
			t.Errorf("%q: %v", bad, a)
		}
	}
}
