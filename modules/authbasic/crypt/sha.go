package crypt

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strconv"
	"strings"
)

// shaForm is one of Ulrich Drepper's two crypts with SHA-2.
type shaForm struct {
	magic string
	make  func() hash.Hash
	size  int
	order [][3]int // which bytes of the sum make four digits; -1 = none
}

var sha256Form = shaForm{"$5$", sha256.New, 32, [][3]int{
	{0, 10, 20}, {21, 1, 11}, {12, 22, 2}, {3, 13, 23}, {24, 4, 14}, {15, 25, 5}, {6, 16, 26}, {27, 7, 17}, {18, 28, 8}, {9, 19, 29}, {-1, 31, 30},
}}

var sha512Form = shaForm{"$6$", sha512.New, 64, [][3]int{
	{0, 21, 42}, {22, 43, 1}, {44, 2, 23}, {3, 24, 45}, {25, 46, 4}, {47, 5, 26}, {6, 27, 48}, {28, 49, 7}, {50, 8, 29}, {9, 30, 51}, {31, 52, 10},
	{53, 11, 32}, {12, 33, 54}, {34, 55, 13}, {56, 14, 35}, {15, 36, 57}, {37, 58, 16}, {59, 17, 38}, {18, 39, 60}, {40, 61, 19}, {62, 20, 41}, {-1, -1, 63},
}}

// The bounds and the default of "rounds=".
const (
	leastRounds   = 1000
	mostRounds    = 999999999
	defaultRounds = 5000
)

// shaCrypt makes the hash of password with the salt and rounds of another hash.
func shaCrypt(f *shaForm, sample string, password []byte) string {
	rest := sample[len(f.magic):]
	rounds, prefix := defaultRounds, f.magic
	if text, after, ok := strings.Cut(rest, "$"); ok && strings.HasPrefix(text, "rounds=") {
		n, err := strconv.Atoi(text[len("rounds="):])
		if err != nil {
			return ""
		}
		rounds = min(max(n, leastRounds), mostRounds)
		prefix += "rounds=" + strconv.Itoa(rounds) + "$"
		rest = after
	}
	text, _, _ := strings.Cut(rest, "$")
	salt := []byte(text[:min(len(text), 16)])

	h := f.make()
	h.Write(password)
	h.Write(salt)
	h.Write(password)
	b := h.Sum(nil)

	h.Reset()
	h.Write(password)
	h.Write(salt)
	h.Write(repeat(b, len(password)))
	for n := len(password); n > 0; n >>= 1 {
		if n&1 != 0 {
			h.Write(b)
		} else {
			h.Write(password)
		}
	}
	a := h.Sum(nil)

	h.Reset()
	for range password {
		h.Write(password)
	}
	p := repeat(h.Sum(nil), len(password))

	h.Reset()
	for range 16 + int(a[0]) {
		h.Write(salt)
	}
	s := repeat(h.Sum(nil), len(salt))

	for i := range rounds {
		h.Reset()
		first, last := a, p
		if i&1 != 0 {
			first, last = p, a
		}
		h.Write(first)
		if i%3 != 0 {
			h.Write(s)
		}
		if i%7 != 0 {
			h.Write(p)
		}
		h.Write(last)
		a = h.Sum(a[:0])
	}

	out := append([]byte(prefix+string(salt)), '$')
	for _, at := range f.order {
		var v uint32
		n := 1
		for _, i := range at {
			v <<= 8
			if i >= 0 {
				v |= uint32(a[i])
				n++
			}
		}
		out = appendDigits(out, v, n)
	}
	return string(out)
}

// repeat makes n bytes of as many copies of b as it takes.
func repeat(b []byte, n int) []byte {
	return bytes.Repeat(b, n/len(b)+1)[:n]
}
