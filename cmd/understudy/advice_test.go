package main

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// TestHintsAboutTheMachine: failures that have no place in the configuration.
func TestHintsAboutTheMachine(t *testing.T) {
	t.Parallel() // it waits for attempts to bind
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	server := func(address string) string {
		return fmt.Sprintf("daemon off; user root; pid p.pid; error_log e.log; events { }\nhttp { access_log off; client_body_temp_path b; proxy_temp_path t; server { listen %s; } }\n", address)
	}
	for _, c := range []struct{ name, args, hint string }{
		{"an unknown option", "foo", "-h lists the options"},
		{"a pid file in no directory", "-t -p . -e e.log -c nopid.conf", "./no/p cannot be written"},
		{"a log in no directory", "-t -p . -e e.log -c nolog.conf", "./no/l cannot be written"},
		{"a configuration that is here and not at the prefix", "-t -p DIR/other -e stderr -c nopid.conf", `-c "$PWD/nopid.conf"`},
		{"a port in use", "-p . -e e.log -c busy.conf", "something else listens on port " + port},
		{"an address of another machine", "-p . -e e.log -c away.conf", "does not have the address of 192.0.2.1:18999"},
		{"a signal to nobody", "-s reload -p . -e e.log -c nobody.conf", "./nobody.pid names it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{
				"nopid.conf":  "pid no/p; events { }\n",
				"nolog.conf":  "pid p; error_log no/l; events { }\n",
				"busy.conf":   server("127.0.0.1:" + port),
				"away.conf":   server("192.0.2.1:18999"),
				"nobody.conf": "pid nobody.pid; events { }\n",
			})
			args := strings.Fields(strings.ReplaceAll(c.args, "DIR", dir))
			r := call(t, dir, binary, append(args, "--hints")...)
			if r.code != 1 || !strings.Contains(r.stderr, " hint: ") || !strings.Contains(r.stderr, c.hint) {
				t.Errorf("exit code %d\n%s", r.code, r.stderr)
			}
			if r := call(t, dir, binary, args...); strings.Contains(r.stderr, "hint") {
				t.Errorf("without --hints:\n%s", r.stderr)
			}
		})
	}
}

func TestDirectivesByName(t *testing.T) {
	r := call(t, t.TempDir(), binary, "directives", "sendfile")
	if r.code != 0 || !strings.Contains(r.stdout, "sendfile ") || strings.Contains(r.stdout, "proxy_pass") {
		t.Errorf("exit code %d, stdout %q", r.code, r.stdout)
	}
	r = call(t, t.TempDir(), binary, "directives", "nosuch")
	if r.code != 1 || !strings.Contains(r.stderr, `no directive's name contains "nosuch"`) {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}
