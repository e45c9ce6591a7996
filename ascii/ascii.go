// Package ascii folds and compares text by the case of the letters A to Z only, as nginx does and as names in HTTP ask for. The
// strings package goes by Unicode: to it the Kelvin sign is a k, and a byte that is no UTF-8 is replaced by three others.
package ascii

// Text is what can be compared.
type Text interface{ ~string | ~[]byte }

// Lower folds a letter.
func Lower(c byte) byte {
	if c-'A' <= 'Z'-'A' {
		c |= 0x20
	}
	return c
}

// ToLower folds all letters; s itself is returned if there is nothing to fold.
func ToLower(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] != Lower(s[i]) {
			return string(AppendLower(make([]byte, 0, len(s)), s))
		}
	}
	return s
}

// AppendLower appends s with all letters folded.
func AppendLower[T Text](dst []byte, s T) []byte {
	for i := 0; i < len(s); i++ {
		dst = append(dst, Lower(s[i]))
	}
	return dst
}

// EqualFold tells whether a and b differ in the case of letters at most.
func EqualFold[A, B Text](a A, b B) bool { return len(a) == len(b) && HasPrefixFold(a, b) }

// HasPrefixFold tells whether s begins with prefix.
func HasPrefixFold[A, B Text](s A, prefix B) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := 0; i < len(prefix); i++ {
		if c, d := s[i], prefix[i]; c != d && Lower(c) != Lower(d) {
			return false
		}
	}
	return true
}

// IndexFold finds the first place in s where part stands; -1 if there is none.
func IndexFold[A, B Text](s A, part B) int {
	for i := 0; i+len(part) <= len(s); i++ {
		if HasPrefixFold(s[i:], part) {
			return i
		}
	}
	return -1
}
