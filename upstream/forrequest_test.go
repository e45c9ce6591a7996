package upstream

import "testing"

func TestAddressOfARequestFindsItsGroup(t *testing.T) {
	b, s := httpOf(t, "upstream u { server 127.0.0.1:1; }\npass 127.0.0.1:8080;")
	named, _ := Find(b, "u")
	for _, c := range []struct {
		text string
		peer string // "" = a name to resolve, or an error
		is   *Group
		err  error
	}{
		{"u", "127.0.0.1:1", named, nil},
		{"U", "127.0.0.1:1", named, nil},
		{"u:80", "", nil, nil}, // a name with a port is no block
		{"127.0.0.1:8080", "127.0.0.1:8080", s.Pass.groups[0], nil},
		{"127.0.0.1", "127.0.0.1:80", nil, nil},
		{"[::1]:81", "[::1]:81", nil, nil},
		{"unix:/tmp/s", "unix:/tmp/s", nil, nil},
		{"host", "", nil, nil},
		{"host:x", "", nil, errInvalidPort},
		{"", "", nil, errNoHost},
	} {
		g, err := ForRequest(b, c.text, 80)
		if err != c.err || (g != nil) != (c.peer != "") {
			t.Errorf("%q: %v %v", c.text, g, err)
			continue
		}
		if g == nil {
			continue
		}
		if name := string(g.Peers()[0].Name); name != c.peer || c.is != nil && g != c.is {
			t.Errorf("%q: peer %s of %q", c.text, name, g.Name)
		}
		if again, _ := ForRequest(b, c.text, 80); again != g {
			t.Errorf("%q: a second request gets another group", c.text)
		}
	}
}

// FastCGI and its like have no usual port: an address without one is not that of a proxy_pass.
func TestAddressWithoutPortIsThatOfItsProtocol(t *testing.T) {
	b, _ := httpOf(t, "")
	for _, port := range []int{0, 80, 0} {
		g, err := ForRequest(b, "127.0.0.1", port)
		if err != nil {
			t.Fatal(err)
		}
		if got := int(g.Peers()[0].Addr.IP.Port()); got != port || g.NoPort() != (port == 0) {
			t.Errorf("usual port %d: port %d, NoPort %t", port, got, g.NoPort())
		}
	}
}
