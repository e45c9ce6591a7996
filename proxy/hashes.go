package proxy

import (
	"slices"

	"understudy/ascii"
	"understudy/config"
)

// fitHeaders tells what nginx says of its tables of the headers that proxy_hide_header and proxy_set_header name, where a level has
// tables of its own (ngx_http_upstream_hide_headers_hash, ngx_http_proxy_init_headers).
func (s *Settings) fitHeaders(parent *Settings, b *config.Block) error {
	table := config.HashTable{Name: "proxy_headers_hash", Max: s.HashMaxSize.N(), BucketSize: s.HashBucketSize.N()}
	hide, pass := s.HideHeader.All(), s.PassHeader.All()
	if parent == nil || !slices.Equal(hide, parent.HideHeader.All()) || !slices.Equal(pass, parent.PassHeader.All()) {
		if err := table.Fit(b.Config(), HiddenNames(alwaysHidden, hide, pass), nil, nil); err != nil {
			return err
		}
	}
	if parent != nil && !s.SetHeader.own {
		return nil
	}
	names := []string{"Host"}
	for _, h := range s.SetHeader.list {
		if !ascii.EqualFold(h.name, "Host") {
			names = append(names, h.name)
		}
	}
	for _, h := range ownHeaders[1:] {
		if !hasFold(names, h.name) {
			names = append(names, h.name)
		}
	}
	return table.Fit(b.Config(), names, nil, nil)
}

// HiddenNames lists the headers that are hidden, each once.
func HiddenNames(always, hide, pass []string) []string {
	names := slices.Clone(always)
	for _, name := range hide {
		if !hasFold(names, name) {
			names = append(names, name)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return hasFold(pass, name) })
}

func hasFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return ascii.EqualFold(s, name) })
}
