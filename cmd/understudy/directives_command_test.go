package main

import (
	"strings"
	"testing"
)

func TestDirectivesAreDescribed(t *testing.T) {
	for _, c := range []struct {
		name  string
		want  []string
		wrong string
	}{
		{name: "gzip", want: []string{"gzip (ngx_http_gzip_filter_module)\n", "syntax:  gzip on | off;\n", "default: off\n", "context: http, server, location, if in location\n", "status:  supported\n"}},
		{name: "aio", want: []string{"status:  accepted without effect: files are read through the page cache"}},
		{name: "ssl_protocols", want: []string{"ssl_protocols (ngx_http_ssl_module)\n", "status:  known, not yet supported\n"}},
		{name: "map", want: []string{"map (ngx_http_map_module)\n", "map (ngx_stream_map_module)\n", " { … }\n"}},
		{name: "gzip_com", want: []string{"gzip_comp_level  ngx_http_gzip_filter_module  http, server, location  supported\n"}},
		{name: "gzpi", wrong: `did you mean "gzip"?`},
		{name: "nothing_like_it", wrong: `no directive's name contains "nothing_like_it"`},
	} {
		var out strings.Builder
		err := listDirectives(&out, registry(chooseLayout()), c.name, false)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v, want %q", c.name, err, c.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s:\n%swithout %q", c.name, out.String(), want)
			}
		}
	}
}
