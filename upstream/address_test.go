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
