package http1

// Finding a header's id costs one multiplication, one table look-up and a comparison of words: the names are known, so a
// perfect hash over a name's first and last eight bytes is looked for once, when the program starts.

const (
	lookupBits = 11
	lowerMask  = ones * 0x20
	maxKnown   = 32 // no known name is longer
)

// knownNames is the perfect hash and, for each id, its name as words (unused bytes 0).
var knownNames = func() (t struct {
	magic uint64
	ids   [1 << lookupBits]HeaderID
	words [NumHeaders][maxKnown / 8]uint64
	sizes [NumHeaders]uint8
}) {
	for id := HdrNone + 1; int(id) < NumHeaders; id++ {
		for i, c := range []byte(headerNames[id]) {
			t.words[id][i/8] |= uint64(c) << (i % 8 * 8)
		}
		t.sizes[id] = uint8(len(headerNames[id]))
	}
search:
	for t.magic = 0x9e3779b97f4a7c15; ; t.magic = t.magic*6364136223846793005 + 1442695040888963407 {
		magic := t.magic | 1
		t.ids = [1 << lookupBits]HeaderID{}
		for id := HdrNone + 1; int(id) < NumHeaders; id++ {
			var padded [maxKnown + 8]byte
			n := copy(padded[:], headerNames[id])
			slot := &t.ids[nameHash(padded[:], n, magic)]
			if *slot != HdrNone {
				continue search
			}
			*slot = id
		}
		t.magic = magic
		return t
	}
}()

// nameHash hashes the first n bytes of b, which has at least eight; letters of either case give the same.
func nameHash(b []byte, n int, magic uint64) uint64 {
	var first, last uint64
	if n >= 8 {
		first, last = load64(b), load64(b[n-8:])
	} else {
		first = load64(b) & (1<<(n*8&63) - 1)
	}
	h := (first|lowerMask)*magic ^ (last|lowerMask)*(magic>>7|1) ^ uint64(n)*magic
	return h * magic >> (64 - lookupBits)
}

// Lookup finds the id of a header name, whatever its case.
func Lookup(name []byte) HeaderID {
	if len(name) > maxKnown {
		return HdrNone
	}
	var padded [maxKnown + 8]byte
	copy(padded[:], name)
	return lookup(padded[:], len(name))
}

// lookup finds the id of the name in the first n bytes of b. b must have whole words: eight bytes behind the last word's
// start.
func lookup(b []byte, n int) HeaderID {
	id := knownNames.ids[nameHash(b, n, knownNames.magic)]
	if int(knownNames.sizes[id]) != n || n == 0 {
		return HdrNone
	}
	words := &knownNames.words[id]
	var control uint64
	i := 0
	for ; i+8 <= n; i += 8 {
		w := load64(b[i:])
		control |= controls(w)
		if w|lowerMask != words[i/8] {
			return HdrNone
		}
	}
	if rest := n - i; rest > 0 {
		mask := uint64(1)<<(rest*8) - 1
		w := load64(b[i:])
		control |= controls(w) & mask
		if (w|lowerMask)&mask != words[i/8] {
			return HdrNone
		}
	}
	// the bit that makes letters lower-case also turns CR into '-'
	if control != 0 {
		return HdrNone
	}
	return id
}
