package proxyprotocol

import (
	"strings"
	"testing"
)

// v2 makes a version 2 header of a command byte, a family byte and what follows.
func v2(command, family byte, rest string) string {
	return signature + string([]byte{command, family, byte(len(rest) >> 8), byte(len(rest))}) + rest
}

const (
	four = "\xc0\x00\x02\x01\xc0\x00\x02\x02\x00\x7b\x16\x2e"
	six  = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x7b\x16\x2e"
)

func TestHeadersAreReadAsNginxReadsThem(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       string // SOURCE PORT DESTINATION PORT, "none", or an error in nginx's words
	}{
		{"TCP4", "PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\n", "192.0.2.1 123 192.0.2.2 5678"},
		{"TCP6, as it was written", "PROXY TCP6 2001:Db8::1 2001:Db8::2 123 5678\r\n", "2001:Db8::1 123 2001:Db8::2 5678"},
		{"an address that is none", "PROXY TCP4 1.2 :: 0 0\r\n", "1.2 0 :: 0"},
		{"UNKNOWN", "PROXY UNKNOWN\r\n", "none"},
		{"UNKNOWN with addresses", "PROXY UNKNOWN 1 2 3 4 5 6\r\n", "none"},
		{"no header", "GET / HTTP/1.1\r\n", `broken header: "GET / HTTP/1.1"`},
		{"nothing behind the name", "PROXY ", `broken header: "PROXY "`},
		{"half a header", "PROXY TCP4 192.0.2.1 192.0.2.2 12", `broken header: "PROXY TCP4 192.0.2.1 192.0.2.2 12"`},
		{"a letter in an address", "PROXY TCP4 192.0.2.g 192.0.2.2 1 2\r\n", `broken header: "PROXY TCP4 192.0.2.g 192.0.2.2 1 2"`},
		{"a port too large", "PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n", `broken header: "PROXY TCP4 192.0.2.1 192.0.2.2 65536 2"`},
		{"no port", "PROXY TCP4 192.0.2.1 192.0.2.2  2\r\n", `broken header: "PROXY TCP4 192.0.2.1 192.0.2.2  2"`},
		{"a line without CR", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", `broken header: "PROXY TCP4 192.0.2.1 192.0.2.2 1 2"`},
		{"UNKNOWN without end", "PROXY UNKNOWN 1", `broken header: "PROXY UNKNOWN 1"`},
		{"another family", "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", `broken header: "PROXY UDP4 192.0.2.1 192.0.2.2 1 2"`},
		{"version 2, IPv4", v2(0x21, 0x11, four), "192.0.2.1 123 192.0.2.2 5678"},
		{"version 2, IPv6", v2(0x21, 0x21, six), "2001:db8::1 123 2001:db8::2 5678"},
		{"version 2, LOCAL", v2(0x20, 0x11, four), "none"},
		{"version 2, datagrams", v2(0x21, 0x12, four), "none"},
		{"version 2, unix socket", v2(0x21, 0x31, strings.Repeat("x", 216)), "none"},
		{"version 2, too short for addresses", v2(0x21, 0x11, four[:11]), ""},
		{"version 2, too short for IPv6", v2(0x21, 0x21, six[:35]), ""},
		{"version 3", v2(0x31, 0x11, four), "unknown PROXY protocol version: 3"},
		{"version 2, cut off", v2(0x21, 0x11, four)[:20], "header is too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			const behind = "GET / HTTP/1.1\r\n\r\n"
			text := c.text
			whole := !strings.HasPrefix(c.want, "broken") && c.want != "header is too large"
			if whole {
				text += behind
			}
			h, n, err := Parse([]byte(text))
			got := "none"
			switch {
			case err != nil:
				got = err.Error()
			case h != nil:
				got = h.Source + " " + port(h.SourcePort) + " " + h.Destination + " " + port(h.DestinationPort)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if err == nil && text[n:] != behind {
				t.Errorf("%q is left, want %q", text[n:], behind)
			}
		})
	}
}

func port(n uint16) string {
	text, _, _ := (&Header{tlvs: []byte{typeSSL, 0, 5, 0, 0, 0, byte(n >> 8), byte(n)}}).Append(nil, &Field{inSSL: true, verify: true})
	return string(text)
}

func TestFieldsAreFoundByName(t *testing.T) {
	const (
		alpn = "\x01\x00\x02h2"
		sub  = "\x21\x00\x07TLSv1.3" + "\x22\x00\x01x"
		ssl  = "\x20\x00\x13\x07\x00\x00\x01\x02" + sub
	)
	for _, c := range []struct{ fields, name, want string }{ // want: =VALUE, "" for not found, or the error's text
		{alpn + ssl, "alpn", "=h2"},
		{alpn + ssl, "0x01", "=h2"},
		{alpn + ssl, "0x1", "=h2"},
		{alpn + ssl, "authority", ""},
		{alpn + ssl, "ssl_version", "=TLSv1.3"},
		{alpn + ssl, "ssl_0x22", "=x"},
		{alpn + ssl, "ssl_cipher", ""},
		{alpn + ssl, "ssl_verify", "=258"},
		{alpn + ssl, "0x100", ""},
		{alpn, "ssl_version", ""},
		{alpn, "nothing", `unknown PROXY protocol TLV "nothing"`},
		{alpn, "0xyz", `invalid PROXY protocol TLV "0xyz"`},
		{alpn + ssl, "ssl_nothing", `unknown PROXY protocol TLV "ssl_nothing"`},
		{"\x01\x00", "alpn", "broken PROXY protocol TLV"},
		{"\x01\x00\x09x", "netns", "broken PROXY protocol TLV"},
		{"\x20\x00\x02xx", "ssl_cn", ""},
	} {
		f := FieldOf(c.name)
		value, found, err := (&Header{tlvs: []byte(c.fields)}).Append([]byte("="), &f)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case found:
			got = string(value)
		}
		if got != c.want {
			t.Errorf("%s of %q: %q, want %q", c.name, c.fields, got, c.want)
		}
	}
	f := FieldOf("alpn")
	if _, found, err := (*Header)(nil).Append(nil, &f); found || err != nil {
		t.Error("a connection without header has a field")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\nGET"), "alpn")
	f.Add([]byte("PROXY UNKNOWN\r\n"), "ssl_cn")
	f.Add([]byte(v2(0x21, 0x11, four+"\x20\x00\x13\x07\x00\x00\x01\x02\x21\x00\x07TLSv1.3")), "ssl_version")
	f.Add([]byte(v2(0x21, 0x21, six)), "0x01")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		h, n, err := Parse(b)
		if n < 0 || n > len(b) || err == nil && n == 0 || err != nil && (n != 0 || h != nil) {
			t.Fatalf("%q: %v, %d bytes, %v", b, h, n, err)
		}
		field := FieldOf(name)
		if value, found, _ := h.Append(nil, &field); found && !field.verify && len(value) > len(b) {
			t.Fatalf("%q: a field of %d bytes", b, len(value))
		}
	})
}
