package crypt

import (
	"crypto/md5"
	"strings"
)

// md5Crypt is Poul-Henning Kamp's crypt with MD5; magic is "$1$", or "$apr1$" as Apache's.
func md5Crypt(magic, hash string, password []byte) string {
	salt, _, _ := strings.Cut(hash[len(magic):], "$")
	salt = salt[:min(len(salt), 8)]

	inner := md5.New()
	inner.Write(password)
	inner.Write([]byte(salt))
	inner.Write(password)
	sum := inner.Sum(nil)

	h := md5.New()
	h.Write(password)
	h.Write([]byte(magic))
	h.Write([]byte(salt))
	for n := len(password); n > 0; n -= len(sum) {
		h.Write(sum[:min(n, len(sum))])
	}
	for n := len(password); n > 0; n >>= 1 {
		if n&1 != 0 {
			h.Write([]byte{0})
		} else {
			h.Write(password[:1])
		}
	}
	sum = h.Sum(sum[:0])

	for i := range 1000 {
		h.Reset()
		first, last := sum, password
		if i&1 != 0 {
			first, last = password, sum
		}
		h.Write(first)
		if i%3 != 0 {
			h.Write([]byte(salt))
		}
		if i%7 != 0 {
			h.Write(password)
		}
		h.Write(last)
		sum = h.Sum(sum[:0])
	}

	b := append([]byte(magic+salt), '$')
	for _, at := range [...][3]int{{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}} {
		b = appendDigits(b, uint32(sum[at[0]])<<16|uint32(sum[at[1]])<<8|uint32(sum[at[2]]), 4)
	}
	return string(appendDigits(b, uint32(sum[11]), 2))
}
