package limitreq

import (
	"encoding/binary"
	"testing"

	"understudy/zone"
)

func newLimit(size, rate, burst int64) *limit {
	z := &bucketZone{Declared: &zone.Declared{Name: "z", Size: size}, rate: rate}
	z.table = zone.NewTable[bucket](size, bucketSize)
	return &limit{zone: z, burst: burst}
}

func TestBucketsLeakAtTheirRate(t *testing.T) {
	l := newLimit(1<<20, 2000, 3000) // two a second, three more at once
	key := []byte("k")
	for i, step := range []struct {
		at     int64
		want   verdict
		excess int64
	}{
		{5000, ok, 0},
		{5000, ok, 1000},
		{5000, ok, 2000},
		{5000, ok, 3000},
		{5000, busy, 4000},
		{5400, busy, 3200},
		{5500, ok, 3000}, // refused requests did not count
		{5499, busy, 4000},
		{9000, ok, 0},
		{9000 - 70000, ok, 998}, // a clock that was set back
	} {
		v, _, excess := l.look(key, step.at, true)
		if v != step.want || excess != step.excess {
			t.Errorf("step %d: %d with %d, want %d with %d", i, v, excess, step.want, step.excess)
		}
	}
}

func TestFullZoneForgetsTheOldestKey(t *testing.T) {
	l := newLimit(32<<10, 1000, 0) // 256 keys
	key := func(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
	for n := range 256 {
		l.look(key(n), 1000, true)
	}
	if v, _, _ := l.look(key(1), 1000, true); v != busy {
		t.Fatal("a key of a full zone is forgotten too early")
	}
	if v, _, _ := l.look(key(1000), 1000, true); v != ok {
		t.Fatal("a new key finds no room")
	}
	if v, _, _ := l.look(key(0), 1000, true); v != ok {
		t.Error("the oldest key has not made room")
	}
	if v, _, _ := l.look(key(1), 1000, true); v != busy {
		t.Error("a key used since has made room")
	}
}

func TestKeyThatWaitsForOtherLimitsStays(t *testing.T) {
	l := newLimit(32<<10, 1000, 0)
	big := make([]byte, 20<<10)
	v, e, _ := l.look(big, 1000, false)
	if v != pending {
		t.Fatal(v)
	}
	big[0] = 1
	if v, _, _ := l.look(big, 1000, true); v != failed {
		t.Fatalf("%d: room was made by a key in use", v)
	}
	h := handler{limits: []limit{*l}}
	h.release([]*zone.Entry[bucket]{e})
	if v, _, _ := l.look(big, 1000, true); v != ok {
		t.Fatalf("%d: no room was made", v)
	}
}

func TestLimitOfAKnownKeyAllocatesNothing(t *testing.T) {
	l := newLimit(1<<20, 1000*1000, 1000)
	key, now := []byte("key"), int64(0)
	l.look(key, now, true)
	if n := testing.AllocsPerRun(100, func() {
		now += 10
		l.look(key, now, true)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
