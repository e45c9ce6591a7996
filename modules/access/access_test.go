package access

import "testing"

func TestNetworksAreRead(t *testing.T) {
	for _, c := range []struct {
		text, want string // the network, "" for none
	}{
		{"10.0.0.1", "10.0.0.1/32"},
		{"10.0.0.0/8", "10.0.0.0/8"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"::1", "::1/128"},
		{"2001:db8::/32", "2001:db8::/32"},
		{"::ffff:10.0.0.1/128", "::ffff:10.0.0.1/128"},
		{"10.0.0.0/33", ""},
		{"::/129", ""},
		{"10.0.0", ""},
		{"10.0.0.0/", ""},
		{"10.0.0.0/x", ""},
		{"10.0.0.0/-1", ""},
		{"[::1]", ""},
		{"fe80::1%lo", ""},
		{"localhost", ""},
		{"", ""},
	} {
		p, ok := parsePrefix(c.text)
		if ok != (c.want != "") || ok && p.String() != c.want {
			t.Errorf("%q: %v %v, want %q", c.text, p, ok, c.want)
		}
	}
}
