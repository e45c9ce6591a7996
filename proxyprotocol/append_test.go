package proxyprotocol

import (
	"net/netip"
	"testing"
)

// What is written is read again, by both versions.
func TestWrittenHeadersAreRead(t *testing.T) {
	for _, c := range []struct{ source, destination, wantSource, wantDestination string }{
		{"192.0.2.1:1234", "198.51.100.2:80", "192.0.2.1", "198.51.100.2"},
		{"[2001:db8::1]:1234", "[2001:db8::2]:80", "2001:db8::1", "2001:db8::2"},
	} {
		source, destination := netip.MustParseAddrPort(c.source), netip.MustParseAddrPort(c.destination)
		for version, header := range map[string][]byte{"1": AppendV1(nil, source, destination), "2": AppendV2(nil, source, destination)} {
			h, n, err := Parse(append(header, "rest"...))
			if err != nil || h == nil || n != len(header) {
				t.Fatalf("version %s of %s: %v, %d of %d bytes, %v", version, c.source, h, n, len(header), err)
			}
			if h.Source != c.wantSource || h.Destination != c.wantDestination || h.SourcePort != 1234 || h.DestinationPort != 80 {
				t.Errorf("version %s of %s: %+v", version, c.source, h)
			}
		}
	}
}

// Addresses of one family in the clothes of the other, and none at all.
func TestFamiliesOfWrittenHeaders(t *testing.T) {
	mapped, v4, v6 := netip.MustParseAddrPort("[::ffff:192.0.2.1]:1"), netip.MustParseAddrPort("192.0.2.2:2"), netip.MustParseAddrPort("[2001:db8::1]:3")
	for _, c := range []struct {
		source, destination netip.AddrPort
		command, family     byte
		size                int
	}{
		{mapped, mapped, 0x21, 0x11, 16 + 12 + 7},
		{v4, v6, 0x21, 0x21, 16 + 36 + 7},
		{netip.AddrPort{}, v4, 0x20, 0, 16 + 7},
	} {
		b := AppendV2(nil, c.source, c.destination)
		if len(b) != c.size || b[12] != c.command || b[13] != c.family {
			t.Errorf("%v to %v: %x", c.source, c.destination, b)
		}
	}
	if got := string(AppendV1(nil, netip.AddrPort{}, v4)); got != "PROXY UNKNOWN\r\n" {
		t.Errorf("%q", got)
	}
}
