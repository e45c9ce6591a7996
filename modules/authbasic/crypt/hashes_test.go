//go:build !race

package crypt

// Without the race detector, which would take eleven seconds to find nothing: no goroutine is started. With it the seeds of
// FuzzMatches go through every scheme but bcrypt.

import "testing"

func TestPasswordsMatchTheirHashes(t *testing.T) {
	for _, c := range made {
		if !Matches(c.hash, []byte(c.password)) {
			t.Errorf("%q does not match %s", c.password, c.hash)
		}
		if !Matches(c.hash, []byte(c.password+"\x00more")) {
			t.Errorf("%q does not end at its NUL for %s", c.password, c.hash)
		}
		if Matches(c.hash, []byte("y"+c.password)) {
			t.Errorf("a wrong password matches %s", c.hash)
		}
		if Matches(c.hash[:len(c.hash)-1]+"!", []byte(c.password)) {
			t.Errorf("%q matches a mutilated %s", c.password, c.hash)
		}
	}
}
