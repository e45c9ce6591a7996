package vars

import (
	"math/bits"

	"understudy/vars/pcre"
)

// Regexes is a list of regexes of which the first that matches counts (locations, server names, the lines of a map). A text
// is looked through once for what the regexes need to be in it; only those that can match are asked, in their order.
type Regexes struct {
	list   []*Regex
	always []uint64 // a bit for each regex that any text may match
	heads  []int32  // by hash of three bytes: 1 + the index of the first need
	shift  uint
	needs  []need
}

// need is a text of which a regex needs one.
type need struct {
	text  string // in lower case
	at    int32  // of the three bytes that are looked for
	regex int32
	next  int32 // with the same hash, +1
}

const (
	gram       = 3
	fewRegexes = 4 // that are asked in turn without a look at the text
)

// NewRegexes makes the list ready.
func NewRegexes(list []*Regex) *Regexes {
	x := &Regexes{list: list}
	if len(list) <= fewRegexes {
		return x
	}
	x.always = make([]uint64, (len(list)+63)/64)
	frequency := map[string]int{}
	total := 0
	for i, r := range list {
		if !r.selective() {
			x.always[i/64] |= 1 << (i % 64)
			continue
		}
		for _, text := range r.needs {
			total++
			for at := range len(text) - gram + 1 {
				frequency[text[at:at+gram]]++
			}
		}
	}
	x.shift = uint(32 - max(6, min(16, bits.Len(uint(4*total)))))
	x.heads = make([]int32, 1<<(32-x.shift))
	x.needs = make([]need, 0, total)
	for i, r := range list {
		if !r.selective() {
			continue
		}
		for _, text := range r.needs {
			best := 0 // the rarest
			for at := range len(text) - gram + 1 {
				if frequency[text[at:at+gram]] < frequency[text[best:best+gram]] {
					best = at
				}
			}
			head := &x.heads[x.hash(text[best], text[best+1], text[best+2])]
			x.needs = append(x.needs, need{text: text, at: int32(best), regex: int32(i), next: *head})
			*head = int32(len(x.needs))
		}
	}
	return x
}

// selective says that the regex needs texts that can be looked for.
func (r *Regex) selective() bool {
	for _, text := range r.needs {
		if len(text) < gram {
			return false
		}
	}
	return len(r.needs) > 0
}

func (x *Regexes) hash(a, b, c byte) uint32 {
	return (uint32(a) | uint32(b)<<8 | uint32(c)<<16) * 0x9E3779B1 >> x.shift
}

// Len is the number of regexes.
func (x *Regexes) Len() int {
	if x == nil {
		return 0
	}
	return len(x.list)
}

// First is the index of the first regex that matches text, -1 if none does, with the captures set as Regex.Match sets
// them. A regex that cannot be matched ends the search with the error of Regex.Exec.
func (x *Regexes) First(s Subject, text []byte) (int, error) {
	if x == nil {
		return -1, nil
	}
	if x.always == nil {
		for i, r := range x.list {
			if ok, err := r.Exec(s, text); ok || err != nil {
				return i, err
			}
		}
		return -1, nil
	}
	st := s.VarState()
	st.chosen = append(st.chosen[:0], x.always...)
	x.look(text, st.chosen)
	for w, word := range st.chosen {
		for ; word != 0; word &= word - 1 {
			i := w*64 + bits.TrailingZeros64(word)
			if ok, err := x.list[i].Exec(s, text); ok || err != nil {
				return i, err
			}
		}
	}
	return -1, nil
}

// look sets the bits of the regexes that find in text what they need.
func (x *Regexes) look(text []byte, chosen []uint64) {
	if len(text) < gram {
		return
	}
	a, b := pcre.Lower(text[0]), pcre.Lower(text[1])
	for i := gram - 1; i < len(text); i++ {
		c := pcre.Lower(text[i])
		for n := x.heads[x.hash(a, b, c)]; n != 0; {
			need := &x.needs[n-1]
			n = need.next
			if chosen[need.regex/64]&(1<<(need.regex%64)) != 0 {
				continue
			}
			if from := i - gram + 1 - int(need.at); from >= 0 && from+len(need.text) <= len(text) && sameFolded(text[from:from+len(need.text)], need.text) {
				chosen[need.regex/64] |= 1 << (need.regex % 64)
			}
		}
		a, b = b, c
	}
}

func sameFolded(text []byte, want string) bool {
	for i, c := range text {
		if pcre.Lower(c) != want[i] {
			return false
		}
	}
	return true
}
