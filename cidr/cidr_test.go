package cidr

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
)

func TestAddressesAreReadAsNginxReadsThem(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"10.0.0.1", "10.0.0.1"}, {"010.000.0.001", "10.0.0.1"}, {"0.0.0.0", "0.0.0.0"}, {"1..2.3", "1.0.2.3"},
		{"255.255.255.255", ""}, {"256.0.0.1", ""}, {"1.2.3", ""}, {"1.2.3.4.5", ""}, {"", ""}, {"x", ""}, {"1.2.3.x", ""},
		{"::1", "::1"}, {"::ffff:1.2.3.4", "::ffff:1.2.3.4"}, {"fe80::1%lo", ""}, {"[::1]", ""}, {":", ""},
		{strings.Repeat("0", 50) + "::", ""},
	} {
		addr, ok := Parse(c.text)
		if ok != (c.want != "") || ok && addr.String() != c.want {
			t.Errorf("%q: %v %v, want %q", c.text, addr, ok, c.want)
		}
	}
}

func TestPortsAreRead(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"10.0.0.1", "10.0.0.1:0"}, {"10.0.0.1:80", "10.0.0.1:80"}, {"[::1]", "[::1]:0"}, {"[::1]:80", "[::1]:80"}, {"::1", "[::1]:0"},
		{"10.0.0.1:", ""}, {"10.0.0.1:0", ""}, {"10.0.0.1:65536", ""}, {"10.0.0.1:x", ""}, {"[::1", ""}, {"[::1]80", ""}, {"[::1]:", ""}, {"x:80", ""}, {"", ""},
		{"10.0.0.1:99999999999999999999", ""},
	} {
		addr, ok := ParsePort([]byte(c.text))
		if ok != (c.want != "") || ok && addr.String() != c.want {
			t.Errorf("%q: %v %v, want %q", c.text, addr, ok, c.want)
		}
	}
}

func TestNetworksAreRead(t *testing.T) {
	for _, c := range []struct {
		text, want string
		loose      bool
	}{
		{"10.0.0.1", "10.0.0.1/32", false}, {"10.0.0.0/8", "10.0.0.0/8", false}, {"10.0.0.1/8", "10.0.0.0/8", true}, {"0.0.0.0/0", "0.0.0.0/0", false},
		{"::1", "::1/128", false}, {"2001:db8::1/32", "2001:db8::/32", true}, {"10.0.0.0/33", "", false}, {"::/129", "", false},
		{"10.0.0.0/", "", false}, {"10.0.0.0/-1", "", false}, {"10.0.0.0/x", "", false}, {"localhost", "", false},
	} {
		n, loose, ok := ParseNetwork(c.text)
		if ok != (c.want != "") || ok && (n.String() != c.want || loose != c.loose) {
			t.Errorf("%q: %v %v %v, want %q", c.text, n, loose, ok, c.want)
		}
	}
}

func TestClientIsFoundBehindTrustedProxies(t *testing.T) {
	trusted := List{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}}
	for _, c := range []struct {
		fields    string // separated by |
		recursive bool
		want      string // "" = as it was
	}{
		{"192.0.2.1", false, "192.0.2.1:0"},
		{"192.0.2.1:80", false, "192.0.2.1:80"},
		{"10.0.0.1, 192.0.2.1", false, "192.0.2.1:0"},
		{"192.0.2.1, 10.0.0.1, 127.0.0.1", false, "127.0.0.1:0"},
		{"192.0.2.7, 192.0.2.1, 10.0.0.1,127.0.0.1 ,, ", true, "192.0.2.1:0"},
		{"192.0.2.1|127.0.0.1, 10.0.0.1", false, "10.0.0.1:0"},
		{"10.0.0.1|192.0.2.1|127.0.0.1", true, "192.0.2.1:0"},
		{"10.0.0.2|10.0.0.3", true, "10.0.0.2:0"},
		{"unknown, 10.0.0.3", true, "10.0.0.3:0"},
		{"unknown", true, ""},
		{"", true, ""},
		{",", true, ""},
		{",192.0.2.1", false, ""},
		{" 192.0.2.1", true, ""},
		{",10.0.0.1,127.0.0.1", true, "127.0.0.1:0"},
		{",,192.0.2.1", false, "192.0.2.1:0"},
		{"[2001:db8::1]:7, ::ffff:10.0.0.1", true, "[2001:db8::1]:7"},
	} {
		var fields [][]byte
		for _, f := range strings.Split(c.fields, "|") {
			fields = append(fields, []byte(f))
		}
		r, ok := trusted.Forwarded(netip.MustParseAddrPort("127.0.0.1:1"), fields, c.recursive)
		if ok != (c.want != "") || ok && r.String() != c.want {
			t.Errorf("%q: %v %v, want %q", c.fields, r, ok, c.want)
		}
	}
	if _, ok := trusted.Forwarded(netip.MustParseAddrPort("192.0.2.9:1"), [][]byte{[]byte("1.2.3.4")}, true); ok {
		t.Error("who is not trusted is believed")
	}
	if _, ok := trusted.Forwarded(netip.AddrPort{}, [][]byte{[]byte("1.2.3.4")}, true); ok {
		t.Error("a unix socket is trusted without being asked for")
	}
}

func FuzzForwarded(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "10.0.0.1, 192.0.2.1:80", "[::1]:80,,", " ", ","} {
		f.Add([]byte(s), true)
	}
	all := List{Networks: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}}
	f.Fuzz(func(t *testing.T, field []byte, recursive bool) {
		r, ok := all.Forwarded(netip.MustParseAddrPort("127.0.0.1:1"), bytes.Split(field, []byte("|")), recursive)
		if ok && !r.IsValid() {
			t.Fatalf("%q gives %v", field, r)
		}
	})
}

func TestLooseIPv4FormsResolveWithoutALookUp(t *testing.T) {
	for text, want := range map[string]string{
		"127.1": "127.0.0.1", "0x7f000001": "127.0.0.1", "0X7B.1": "123.0.0.1", "2130706433": "127.0.0.1", "0177.0.0.1": "127.0.0.1", "0": "0.0.0.0",
		"10.0x10.3": "10.16.0.3", "1.2.65535": "1.2.255.255", "4294967295": "255.255.255.255", "255.255.255.255": "255.255.255.255",
	} {
		if ips, err := LookupHost(text); err != nil || len(ips) != 1 || ips[0].String() != want {
			t.Errorf("%q: %v %v, want %q", text, ips, err, want)
		}
	}
	for _, text := range []string{"", "127.1.", "256.1", "1.2.3.4.5", "1.2.65536", "4294967296", "1_0.1", "0b1.1", "0o7.1", "-1.1", "+1", "0x", "08", "host"} {
		if ip, ok := looseIPv4(text); ok {
			t.Errorf("%q taken for %v", text, ip)
		}
	}
}

func TestLocalhostGivesEveryAddressOnce(t *testing.T) {
	ips, err := LookupHost("localhost")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, ip := range ips {
		if seen[ip.String()] {
			t.Errorf("%s twice", ip)
		}
		seen[ip.String()] = true
	}
	if !seen["127.0.0.1"] && !seen["::1"] {
		t.Errorf("localhost is %v", ips)
	}
}
