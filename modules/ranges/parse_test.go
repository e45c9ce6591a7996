package ranges

import (
	"bytes"
	"fmt"
	"testing"
)

func TestRangesAreCutToTheBody(t *testing.T) {
	for _, c := range []struct {
		text   string
		limit  int
		result outcome
		list   string
	}{
		{"0-4", 9, satisfied, "[{0 5}]"},
		{"5-", 9, satisfied, "[{5 100}]"},
		{"-3", 9, satisfied, "[{97 100}]"},
		{"-300", 9, satisfied, "[{0 100}]"},
		{"99-", 9, satisfied, "[{99 100}]"},
		{"0-999", 9, satisfied, "[{0 100}]"},
		{" 1 - 3 ", 9, satisfied, "[{1 4}]"},
		{"0-0, 5-6 ,-1", 9, satisfied, "[{0 1} {5 7} {99 100}]"},
		{"0-1,100-", 9, satisfied, "[{0 2}]"},
		{"100-", 9, unsatisfiable, "[]"},
		{"-0", 9, unsatisfiable, "[]"},
		{"5-4", 9, unsatisfiable, "[]"},
		{"", 9, unsatisfiable, "[]"},
		{"x", 9, unsatisfiable, "[]"},
		{"1", 9, unsatisfiable, "[]"},
		{"1-x", 9, unsatisfiable, "[]"},
		{"1-2x", 9, unsatisfiable, "[]"},
		{"0-1,", 9, unsatisfiable, "[{0 2}]"},
		{"99999999999999999999-", 9, unsatisfiable, "[]"},
		{"0-9223372036854775807", 9, satisfied, "[{0 100}]"},
		{"0-9223372036854775808", 9, unsatisfiable, "[]"},
		{"0-1,2-3", 1, whole, "[{0 2}]"},
		{"0-1,2-3", 2, satisfied, "[{0 2} {2 4}]"},
		{"0-80,10-90", 9, whole, "[{0 81}]"},
	} {
		var b body
		if got := b.parse([]byte(c.text), 100, c.limit); got != c.result || fmt.Sprint(b.list) != c.list {
			t.Errorf("%q: %d %v, want %d %s", c.text, got, b.list, c.result, c.list)
		}
	}
}

func TestManySmallRangesAreNotWorthIt(t *testing.T) {
	text := []byte("0-0")
	for i := 2; i < 80; i += 2 {
		text = fmt.Appendf(text, ",%d-%d", i, i)
	}
	var b body
	if got := b.parse(text, 100, unlimited); got != whole {
		t.Errorf("without max_ranges: %d", got)
	}
	if got := b.parse(text, 100, 100); got != satisfied {
		t.Errorf("with max_ranges: %d", got)
	}
}

func TestListOfRangesStaysShort(t *testing.T) {
	const many = 100_000
	for _, c := range []struct {
		name, one, last string
		length          int64
		limit           int
		result          outcome
		longest         int
	}{
		{"small ones", "5-5,", "0-0", 1 << 20, unlimited, whole, (1<<20 + 4096) / 256},
		{"overlapping ones", "0-,", "0-", 1 << 20, unlimited, whole, 1},
		{"overlapping ones that are allowed", "0-,", "0-", 1 << 20, 2 * many, whole, 1},
		{"of a small body", "0-0,", "0-0", 100, 2 * many, whole, 100},
		{"a bad one behind them", "0-0,", "x", 100, 2 * many, unsatisfiable, 100},
		{"more than allowed", "0-0,", "0-0", 1 << 20, 9, whole, 9},
		{"empty ones", "-0,", "-0", 1 << 20, unlimited, unsatisfiable, 0},
	} {
		var b body
		text := append(bytes.Repeat([]byte(c.one), many), c.last...)
		if got := b.parse(text, c.length, c.limit); got != c.result || len(b.list) > c.longest {
			t.Errorf("%s: %d, a list of %d; want %d, at most %d", c.name, got, len(b.list), c.result, c.longest)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"0-4", "5-", "-3", " 1 - 3 ,-0", "0-0,5-6,-1", "99999999999999999999-1"} {
		f.Add([]byte(seed), int64(100))
	}
	f.Fuzz(func(t *testing.T, text []byte, length int64) {
		if length < 0 {
			return
		}
		var b body
		if b.parse(text, length, 5) != satisfied {
			return
		}
		if len(b.list) == 0 || len(b.list) > 5 {
			t.Fatalf("%d ranges", len(b.list))
		}
		for _, p := range b.list {
			if p.start < 0 || p.start >= p.end || p.end > length {
				t.Fatalf("%v of %d", p, length)
			}
		}
	})
}
