package userid

import (
	"strings"
	"sync/atomic"
	"testing"
)

func TestCookieText(t *testing.T) {
	const now = 1234567890 // Fri, 13 Feb 2009 23:31:30 GMT
	var fresh, marked visit
	for i := range fresh.set {
		fresh.set[i] = byte(i + 1)
	}
	marked.got, marked.set = fresh.set, fresh.set
	marked.cookie = []byte("AQIDBAUGBwgJCgsMDQ4PEA==")
	for _, c := range []struct {
		name string
		set  func(s *Settings)
		v    *visit
		want string
	}{
		{"a new one", func(*Settings) {}, &fresh, "uid=AQIDBAUGBwgJCgsMDQ4PEA==; path=/"},
		{"with a mark", func(s *Settings) { s.Mark.c = 'x' }, &fresh, "uid=AQIDBAUGBwgJCgsMDQ4PEAx=; path=/"},
		{"an old one that gets a mark", func(s *Settings) { s.Mark.c = 'x' }, &marked, "uid=AQIDBAUGBwgJCgsMDQ4PEAx=; path=/"},
		{"for a day", func(s *Settings) { s.Expires = expires{set: true, seconds: 86400} }, &fresh, "uid=AQIDBAUGBwgJCgsMDQ4PEA==; expires=Sat, 14-Feb-09 23:31:30 GMT; path=/"},
		{"for ever", func(s *Settings) { s.Expires = expires{set: true, max: true} }, &fresh, "uid=AQIDBAUGBwgJCgsMDQ4PEA==; expires=Thu, 31-Dec-37 23:55:55 GMT; path=/"},
		{"beyond 2037", func(s *Settings) { s.Expires = expires{set: true, seconds: 30 * 365 * 86400} }, &fresh, "uid=AQIDBAUGBwgJCgsMDQ4PEA==; expires=Sun, 06-Feb-2039 23:31:30 GMT; path=/"},
		{"of a domain and a path", func(s *Settings) {
			s.Domain, s.Path = attribute{true, "; domain=example.com"}, attribute{true, "; path=/x"}
		}, &fresh, "uid=AQIDBAUGBwgJCgsMDQ4PEA==; domain=example.com; path=/x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Settings
			s.Name.Set("uid")
			c.set(&s)
			if got := string(s.appendCookie(nil, c.v, now)); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestNumbersInVariables(t *testing.T) {
	var s Settings
	s.Name.Set("uid")
	if got := string(appendUID(nil, &s, &uid{1, 2, 3, 4, 0xff, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0x80})); got != "uid=04030201000000FF0000000980000000" {
		t.Error(got)
	}
}

func TestSequenceBeginsAgain(t *testing.T) {
	var counter atomic.Uint32
	const first = 0x03030302
	if n := nextSequence(&counter, first); n != first {
		t.Errorf("first %#x", n)
	}
	if n := nextSequence(&counter, first); n != first+0x100 {
		t.Errorf("second %#x", n)
	}
	counter.Store(0xfcfcfd00)
	if n := nextSequence(&counter, first); n != first {
		t.Errorf("behind the last %#x", n)
	}
}

func TestAttributesOfOtherNamesStay(t *testing.T) {
	if s := (&Settings{Path: attribute{set: true}}).path(); s != "" {
		t.Errorf("an empty path became %q", s)
	}
	if s := new(Settings).path(); !strings.HasSuffix(s, "=/") {
		t.Errorf("no path became %q", s)
	}
}
