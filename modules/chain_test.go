package modules

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"understudy/config"
	"understudy/web"
)

// TestLocationHoldsOnlyWhatItUses: a module that a location does not use has no part in its requests.
func TestLocationHoldsOnlyWhatItUses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(`events {}
http {
    access_log off;
    map $uri $unused { ~x y; }
    server {
        listen 127.0.0.1:8080;
        location /proxied/ { proxy_pass http://127.0.0.1:8081; }
        location /said { return 200 said; }
        location /shut { deny all; return 200 shut; }
        location /busy { access_log logs/a.log; gzip on; add_header X-A b; limit_except GET { deny all; } proxy_pass http://127.0.0.1:8081; }
        location /files/ { root html; }
    }
}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.NewRegistry(All()...), config.LoadOptions{Prefix: dir, ConfPrefix: dir, File: file})
	if err != nil {
		t.Fatal(err)
	}
	site, err := web.Build(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := site.Ports[0].Default()
	// what has no directive to switch it on: conditional requests, ranges (unless max_ranges is 0), files where nothing else answers
	always := func(before []string, filters ...string) []string {
		return slices.Concat(before, []string{"filter notmodified.filter"}, filters, []string{"outer filter ranges.filter"})
	}
	files := []string{"content index", "content static"}
	for uri, want := range map[string][]string{
		"/files/x":   always(files),
		"/proxied/x": always(append(files, "answer proxy")),
		"/said":      always(append([]string{"rewrite rewrite"}, files...)),
		"/shut":      always(append([]string{"rewrite rewrite", "access access"}, files...)),
		"/busy":      always(append(files, "log accesslog", "answer proxy"), "filter *headers.filter", "outer filter *gzip.filter"),
	} {
		if got := server.LocationFor(uri).Chain(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", uri, got, want)
		}
	}
}
