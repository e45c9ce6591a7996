package realip

import (
	"net/netip"
	"testing"
)

func TestWalkingToTheClient(t *testing.T) {
	trusted := &proxies{nets: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}
	for _, c := range []struct {
		from, list string
		recursive  bool
		want       string // "" = the address stays
	}{
		{"127.0.0.1:80", "192.0.2.1", false, "192.0.2.1:0"},
		{"192.0.2.9:80", "192.0.2.1", false, ""},
		{"127.0.0.1:80", "192.0.2.1, 10.1.1.1", false, "10.1.1.1:0"},
		{"127.0.0.1:80", "192.0.2.7,192.0.2.1, 10.1.1.1 ,, ", true, "192.0.2.1:0"},
		{"127.0.0.1:80", "10.1.1.2, 10.1.1.1", true, "10.1.1.2:0"},
		{"127.0.0.1:80", "nobody, 10.1.1.1", true, "10.1.1.1:0"},
		{"127.0.0.1:80", "nobody", true, ""},
		{"127.0.0.1:80", "", true, ""},
		{"127.0.0.1:80", ",", true, ""},
		{"127.0.0.1:80", " ", false, ""},
		{"127.0.0.1:80", "192.0.2.1:8080", false, "192.0.2.1:8080"},
		{"127.0.0.1:80", "192.0.2.1:0", false, ""},
		{"127.0.0.1:80", "192.0.2.1:65536", false, ""},
		{"127.0.0.1:80", "2001:db8::1", false, "[2001:db8::1]:0"},
		{"127.0.0.1:80", "[2001:db8::1]", false, "[2001:db8::1]:0"},
		{"127.0.0.1:80", "[2001:db8::1]:443", false, "[2001:db8::1]:443"},
		{"127.0.0.1:80", "[2001:db8::1", false, ""},
		{"127.0.0.1:80", "[]", false, ""},
		{"[fd00::1]:80", "192.0.2.1", false, "192.0.2.1:0"},
		{"[::ffff:127.0.0.1]:80", "192.0.2.1", false, "192.0.2.1:0"},
	} {
		at := netip.MustParseAddrPort(c.from)
		_, found := walk(&at, []byte(c.list), trusted, c.recursive)
		want := c.want
		if want == "" {
			want = c.from
		}
		if found != (c.want != "") || at != netip.MustParseAddrPort(want) {
			t.Errorf("%q from %s: %v, %v; want %s", c.list, c.from, at, found, want)
		}
	}
}

func TestUnixSocketsAreTrustedByName(t *testing.T) {
	for _, trusted := range []bool{true, false} {
		var at netip.AddrPort
		if _, found := walk(&at, []byte("192.0.2.1"), &proxies{unix: trusted}, false); found != trusted {
			t.Errorf("trusted %v: %v", trusted, at)
		}
	}
}

func FuzzWalk(f *testing.F) {
	f.Add("192.0.2.1, [::1]:80 ,", true)
	f.Fuzz(func(t *testing.T, list string, recursive bool) {
		at := netip.MustParseAddrPort("10.0.0.1:1")
		_, found := walk(&at, []byte(list), &proxies{nets: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, recursive)
		if !at.IsValid() || !found && at.String() != "10.0.0.1:1" {
			t.Errorf("%q: %v", list, at)
		}
	})
}
