package zone

import (
	"encoding/binary"
	"testing"
)

func key(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func insert(t *Table[int], n int) *Entry[int] {
	s, hash := t.Shard(key(n))
	s.Lock()
	defer s.Unlock()
	if e := s.Find(hash, key(n)); e != nil {
		return e
	}
	return s.Insert(hash, key(n))
}

func TestTableHoldsWhatNginxWouldHold(t *testing.T) {
	for _, c := range []struct {
		size, entry int64
		want        int // entries, within a tenth
	}{
		{1 << 20, 80, 8192},
		{1 << 20, 40, 16384},
		{32 << 10, 80, 256},
	} {
		table := NewTable[int](c.size, c.entry)
		n := 0
		for full := 0; full < 100; n++ {
			if insert(table, n) == nil {
				full++
			}
		}
		if n < c.want*9/10 || n > c.want*11/10+100 {
			t.Errorf("%d bytes, %d each: %d entries, want about %d", c.size, c.entry, n, c.want)
		}
	}
}

func TestEntriesAreFoundAgainAndLeaveInOrderOfUse(t *testing.T) {
	table := NewTable[int](32<<10, 80)
	for n := range 200 {
		insert(table, n).Value = n
	}
	for n := range 200 {
		if e := insert(table, n); e.Value != n {
			t.Fatalf("%d has the value %d", n, e.Value)
		}
	}
	insert(table, 0) // used again: 1 is the oldest now
	s, _ := table.Shard(key(0))
	for want := 1; want < 200; want++ {
		e := s.Oldest()
		if e.Value != want {
			t.Fatalf("the oldest is %d, want %d", e.Value, want)
		}
		s.Remove(e)
	}
	if e := s.Oldest(); e == nil || e.Value != 0 {
		t.Fatalf("the last one left is %v", e)
	} else {
		s.Remove(e)
	}
	if s.Oldest() != nil || s.count != 0 || s.room != 32<<10 {
		t.Fatalf("empty, but %d entries and %d bytes of room", s.count, s.room)
	}
	if e := insert(table, 7); e.Value != 0 {
		t.Fatal("a removed entry came back with its value")
	}
}

func TestUseOfKnownKeysAllocatesNothing(t *testing.T) {
	table := NewTable[int](1<<20, 80)
	k := key(1)
	insert(table, 1)
	if n := testing.AllocsPerRun(100, func() {
		s, hash := table.Shard(k)
		s.Lock()
		s.Find(hash, k).Value++
		s.Unlock()
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestTablesAreKeptWhileSomebodyHasThemOpen(t *testing.T) {
	var kept Kept[int]
	d := &Declared{Name: "z", Size: 1 << 20}
	a, _, _ := kept.Open(d, "$a", 80)
	b, _, ok := kept.Open(&Declared{Name: "z", Size: 1 << 20}, "$a", 80)
	if a != b || !ok {
		t.Fatal("an unchanged zone has not been kept")
	}
	if _, previous, ok := kept.Open(d, "$b", 80); ok || previous != "$a" {
		t.Fatalf("another key: %q %v", previous, ok)
	}
	c, _, ok := kept.Open(&Declared{Name: "z", Size: 2 << 20}, "$b", 80)
	if c == a || !ok {
		t.Fatal("a zone of another size is a new one")
	}
	kept.Close(d, a)
	kept.Close(d, a)
	again, _, _ := kept.Open(&Declared{Name: "z", Size: 2 << 20}, "$b", 80)
	if again != c {
		t.Fatal("the newer table was closed with the older one")
	}
	kept.Close(d, c)
	kept.Close(d, c)
	if len(kept.byName) != 0 {
		t.Fatal("a table is left that nobody uses")
	}
}
