//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestPlainHTTPThroughTheSameLocation checks what nginx makes of requests without an Upgrade header in the guide's
// configuration: the map turns their Connection header into "close" towards the application.
func TestPlainHTTPThroughTheSameLocation(t *testing.T) {
	conf, proxy, application := withPorts(t, guideConf)
	nodeEcho(t, application)
	start(t, conf, "")
	large := strings.Repeat("0123456789", 50000)
	for name, request := range map[string]struct{ method, path, body string }{
		"GET":                 {"GET", "/some/path?query=1&b=%2F", ""},
		"GET of an odd path":  {"GET", "/a%20b/%C3%BC/c+d?x=%20y", ""},
		"POST":                {"POST", "/form", "a=1&b=2"},
		"PUT of 500 kB":       {"PUT", "/large", large},
		"DELETE":              {"DELETE", "/thing/17", ""},
		"PATCH with an body":  {"PATCH", "/thing/17", "{}"},
		"OPTIONS":             {"OPTIONS", "/", ""},
		"method of one's own": {"PURGE", "/", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest(request.method, "http://"+address(proxy)+request.path, strings.NewReader(request.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Custom", "kept")
			r.Header.Set("Keep-Alive", "timeout=5")
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != 200 {
				t.Fatalf("%s, %v", response.Status, err)
			}
			var seen struct {
				Method, URL, HTTPVersion, Body string
				Headers                        []string
			}
			if err := json.Unmarshal(body, &seen); err != nil {
				t.Fatal(err)
			}
			header := http.Header{}
			for i := 0; i+1 < len(seen.Headers); i += 2 {
				header.Add(seen.Headers[i], seen.Headers[i+1])
			}
			if seen.Method != request.method || seen.URL != request.path || seen.Body != request.body || seen.HTTPVersion != "1.1" {
				t.Errorf("the application saw %s %s HTTP/%s and %d bytes", seen.Method, seen.URL, seen.HTTPVersion, len(seen.Body))
			}
			for name, want := range map[string]string{"Host": "127.0.0.1", "Connection": "close", "Upgrade": "", "Keep-Alive": "", "X-Custom": "kept"} {
				if got := header.Get(name); got != want {
					t.Errorf("%s reached the application as %q, want %q", name, got, want)
				}
			}
			if response.Close {
				t.Error("the client's connection was closed")
			}
		})
	}
}

// TestDeadApplication wants nginx's page when nothing listens behind the proxy.
func TestDeadApplication(t *testing.T) {
	conf, proxy, _ := withPorts(t, guideConf)
	server := start(t, conf, "")
	response, err := http.Get("http://" + address(proxy) + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 502 || !strings.Contains(string(body), "<center><h1>502 Bad Gateway</h1></center>") {
		t.Errorf("%s, %v\n%s", response.Status, err, body)
	}
	if log := server.ErrorLog(); !strings.Contains(log, "connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: , request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:") {
		t.Errorf("the error log does not say which peer failed and why:\n%s", log)
	}
}
