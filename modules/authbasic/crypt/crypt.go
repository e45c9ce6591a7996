// Package crypt checks passwords against what password files hold: the formats that nginx knows itself ($apr1$, {PLAIN}, {SHA},
// {SSHA}) and those of crypt(3): DES, $1$, $5$, $6$, bcrypt and yescrypt ($y$, what
// Debian makes by default).
package crypt

import (
	"bytes"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"github.com/openwall/yescrypt-go"
	"golang.org/x/crypto/bcrypt"
)

// Slow tells whether a check takes so long that an event loop should not wait for it.
func Slow(hash string) bool {
	return !strings.HasPrefix(hash, "{PLAIN}") && !strings.HasPrefix(hash, "{SHA}") && !strings.HasPrefix(hash, "{SSHA}")
}

// Matches tells whether hash was made of password. A hash of no known form matches nothing.
func Matches(hash string, password []byte) bool {
	if i := bytes.IndexByte(password, 0); i >= 0 { // C's strings end here
		password = password[:i]
	}
	switch {
	case strings.HasPrefix(hash, "$apr1$"):
		return same(hash, md5Crypt("$apr1$", hash, password))
	case strings.HasPrefix(hash, "{PLAIN}"):
		return same(hash[len("{PLAIN}"):], string(password))
	case strings.HasPrefix(hash, "{SSHA}"):
		return matchesSalted(hash[len("{SSHA}"):], password)
	case strings.HasPrefix(hash, "{SHA}"):
		sum := sha1.Sum(password)
		return same(hash[len("{SHA}"):], base64.StdEncoding.EncodeToString(sum[:]))
	case strings.HasPrefix(hash, "$1$"):
		return same(hash, md5Crypt("$1$", hash, password))
	case strings.HasPrefix(hash, "$5$"):
		return same(hash, shaCrypt(&sha256Form, hash, password))
	case strings.HasPrefix(hash, "$6$"):
		return same(hash, shaCrypt(&sha512Form, hash, password))
	case strings.HasPrefix(hash, "$2a$"), strings.HasPrefix(hash, "$2b$"), strings.HasPrefix(hash, "$2y$"):
		return len(hash) == 60 && bcrypt.CompareHashAndPassword([]byte(hash), password) == nil
	case strings.HasPrefix(hash, "$y$"):
		made, err := yescrypt.Hash(password, []byte(hash))
		return err == nil && same(hash, string(made))
	case len(hash) == 13:
		return same(hash, desCrypt(hash, password))
	}
	return false
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// matchesSalted checks {SSHA}: base64 of SHA-1(password salt) and the salt. What is too short for a sum has no salt.
func matchesSalted(text string, password []byte) bool {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) < sha1.Size {
		return false
	}
	sum := sha1.Sum(append(bytes.Clone(password), raw[sha1.Size:]...))
	return subtle.ConstantTimeCompare(raw[:sha1.Size], sum[:]) == 1
}

// digits are those of crypt(3)'s base 64.
const digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// appendDigits appends n digits of v, the lowest first.
func appendDigits(b []byte, v uint32, n int) []byte {
	for range n {
		b = append(b, digits[v&63])
		v >>= 6
	}
	return b
}
