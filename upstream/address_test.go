package upstream

import (
	"errors"
	"strings"
	"testing"
)

func TestAddressesAreReadAsNginxReadsThem(t *testing.T) {
	for _, c := range []struct {
		text   string
		host   string
		names  string // joined by spaces; "" = a name to resolve
		noPort bool
		err    error
	}{
		{text: "127.0.0.1:8010", host: "127.0.0.1", names: "127.0.0.1:8010"},
		{text: "127.0.0.1", host: "127.0.0.1", names: "127.0.0.1:80", noPort: true},
		{text: "127.000.000.001:1", host: "127.000.000.001", names: "127.0.0.1:1"},
		{text: "0.0.0.0:1", host: "0.0.0.0", names: "0.0.0.0:1"},
		{text: "backend", host: "backend", noPort: true},
		{text: "backend:8080", host: "backend"},
		{text: "1.2.3.4.5:1", host: "1.2.3.4.5"},
		{text: "1.2.3.256:1", host: "1.2.3.256"},
		{text: "[::1]:8010", host: "[::1]", names: "[::1]:8010"},
		{text: "[::1]", host: "[::1]", names: "[::1]:80", noPort: true},
		{text: "[2001:DB8:0:0:0:0:0:1]:1", host: "[2001:DB8:0:0:0:0:0:1]", names: "[2001:db8::1]:1"},
		{text: "unix:/run/app.sock", host: "/run/app.sock", names: "unix:/run/app.sock"},
		{text: "UNIX:/x", host: "/x", names: "UNIX:/x"},

		{text: "", err: errNoHost},
		{text: ":80", err: errNoHost},
		{text: "host:", err: errInvalidPort},
		{text: "host:0", err: errInvalidPort},
		{text: "host:65536", err: errInvalidPort},
		{text: "host:80a", err: errInvalidPort},
		{text: "host:+80", err: errInvalidPort},
		{text: "::1", err: errInvalidPort},
		{text: "host/path", err: errInvalidHost},
		{text: "host:80/", err: errInvalidHost},
		{text: "host?a", err: errInvalidHost},
		{text: "http://host", err: errInvalidHost},
		{text: "[::1", err: errInvalidHost},
		{text: "[::1]80", err: errInvalidHost},
		{text: "[::1]:80/", err: errInvalidHost},
		{text: "[::1]:", err: errInvalidPort},
		{text: "[]:80", err: errNoHost},
		{text: "[::g]:80", err: errInvalidIPv6},
		{text: "[fe80::1%eth0]:80", err: errInvalidIPv6},
		{text: "[127.0.0.1]:80", err: errInvalidIPv6},
		{text: "unix:", err: errNoUnixPath},
		{text: "unix:/" + strings.Repeat("x", 107), err: errLongUnixPath},
	} {
		a, err := parseAddress(c.text, 80)
		if !errors.Is(err, c.err) {
			t.Errorf("%q: error %v, want %v", c.text, err, c.err)
			continue
		}
		if err != nil {
			continue
		}
		if got := names(a); got != c.names || a.host != c.host || a.noPort != c.noPort {
			t.Errorf("%q: host %q names %q noPort %v", c.text, a.host, got, a.noPort)
		}
	}
}

func TestLooseIPv4FormsResolveWithoutALookUp(t *testing.T) {
	for text, want := range map[string]string{
		"127.1":           "127.0.0.1:7",
		"0x7f000001":      "127.0.0.1:7",
		"2130706433":      "127.0.0.1:7",
		"0177.0.0.1":      "127.0.0.1:7",
		"10.0x10.3":       "10.16.0.3:7",
		"1.2.65535":       "1.2.255.255:7",
		"4294967295":      "255.255.255.255:7",
		"255.255.255.255": "255.255.255.255:7",
	} {
		a := address{host: text, port: 7}
		if err := a.resolve(); err != nil || names(a) != want {
			t.Errorf("%q: %q %v, want %q", text, names(a), err, want)
		}
	}
	for _, text := range []string{"", "127.1.", "256.1", "1.2.3.4.5", "1.2.65536", "4294967296", "1_0.1", "0b1.1", "0o7.1", "-1.1", "host"} {
		if ip, ok := looseIPv4(text); ok {
			t.Errorf("%q taken for %v", text, ip)
		}
	}
}

func TestLocalhostGivesEveryAddressOnce(t *testing.T) {
	a := address{host: "localhost", port: 80}
	if err := a.resolve(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range a.addrs {
		if seen[p.name] {
			t.Errorf("%s twice", p.name)
		}
		seen[p.name] = true
	}
	if !seen["127.0.0.1:80"] && !seen["[::1]:80"] {
		t.Errorf("localhost is %q", names(a))
	}
}

func TestUnknownHostIsNotFound(t *testing.T) {
	a := address{host: "no-such-host.invalid", port: 80}
	if err := a.resolve(); err != errHostNotFound {
		t.Errorf("error %v", err)
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"127.0.0.1:80", "[::1]:80", "unix:/x", "host", "1.2.3", ":", "[", "[]", "[%]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseAddress(text, 80)
		if err != nil {
			return
		}
		if a.host == "" {
			t.Errorf("%q has no host", text)
		}
		for _, p := range a.addrs {
			if p.addr.Unix == "" && !p.addr.IP.IsValid() {
				t.Errorf("%q gives an invalid address", text)
			}
		}
		looseIPv4(a.host)
		pointName(text)
	})
}

func names(a address) string {
	var all []string
	for _, p := range a.addrs {
		all = append(all, p.name)
	}
	return strings.Join(all, " ")
}
