// Package cgi is what FastCGI, SCGI and uwsgi have in common: requests are sent as parameters (RFC 3875, 4.1), and answers begin
// with header fields among which Status gives the status (RFC 3875, 6.3).
package cgi

import (
	"strings"

	"understudy/config"
	"understudy/proxy"
	"understudy/vars"
)

// Settings are the directives that the three have alike, each under its own prefix.
type Settings struct {
	proxy.Conf

	Param         Params      `nginx:"_param" in:"http server location" args:"2-3"`
	NextUpstream  config.Mask `nginx:"_next_upstream" in:"http server location" enum:"error timeout invalid_header non_idempotent http_500 http_503 http_403 http_404 http_429 updating off" default:"error timeout"`
	CacheUseStale config.Mask `nginx:"_cache_use_stale" in:"http server location" enum:"error timeout invalid_header non_idempotent http_500 http_503 http_403 http_404 http_429 updating off" default:"off"`

	plain *plan
	kept  *plan // for requests whose answers are kept
}

// SettleParams works out what the directives of one level come to; see proxy.Conf.Settle. status tells that Status stays here.
func (s *Settings) SettleParams(b *config.Block, prefix string, status bool) error {
	hidden := []string{"X-Accel-Expires", "X-Accel-Redirect", "X-Accel-Limit-Rate", "X-Accel-Buffering", "X-Accel-Charset"}
	if status {
		hidden = append(hidden, "Status")
	}
	if err := s.Settle(b, prefix, hidden, proxy.Failures{Next: &s.NextUpstream, UseStale: &s.CacheUseStale}); err != nil {
		return err
	}
	if err := s.fit(b, prefix, hidden); err != nil {
		return err
	}
	if s.Cache.On() && !s.CacheKey.IsSet() {
		b.Warnf("no \"%s_cache_key\" for \"%s_cache\"", prefix, prefix)
	}
	table := vars.TableOf(b)
	if table == nil {
		return nil
	}
	var err error
	if s.plain, err = newPlan(s.Param.list, table, [][2]string{{"HTTP_HOST", host}}); err != nil || !s.Cache.On() {
		return err
	}
	s.kept, err = newPlan(s.Param.list, table, [][2]string{
		{"HTTP_HOST", host}, {"HTTP_IF_MODIFIED_SINCE", "$upstream_cache_last_modified"}, {"HTTP_IF_UNMODIFIED_SINCE", ""},
		{"HTTP_IF_NONE_MATCH", "$upstream_cache_etag"}, {"HTTP_IF_MATCH", ""}, {"HTTP_RANGE", ""}, {"HTTP_IF_RANGE", ""},
	})
	return err
}

// fit tells what nginx says of its tables of the headers that are hidden and that parameters take the place of.
func (s *Settings) fit(b *config.Block, prefix string, hidden []string) error {
	table := config.HashTable{Name: prefix + "_hide_headers_hash", Max: 512, BucketSize: 64}
	if err := table.Fit(b.Config(), proxy.HiddenNames(hidden, s.HideHeader.All(), s.PassHeader.All()), nil, nil); err != nil {
		return err
	}
	var names []string
	for _, p := range s.Param.list {
		if name, ok := strings.CutPrefix(p.name, "HTTP_"); ok {
			names = append(names, name)
		}
	}
	table.Name = prefix + "_params_hash"
	return table.Fit(b.Config(), names, nil, nil)
}

const host = "$host$is_request_port$request_port"

// Params is `fastcgi_param NAME VALUE [if_not_empty]`; the directives of one level inherit whole or not at all.
type Params struct{ list []param }

type param struct {
	name     string
	value    *vars.Value
	notEmpty bool
}

// Parse implements config.Option.
func (o *Params) Parse(c *config.Call) error {
	if len(c.Args) == 3 && c.Args[2] != "if_not_empty" {
		return c.Errorf("invalid parameter \"%s\"", c.Args[2])
	}
	v, err := vars.Compile(c, c.Args[1])
	if err != nil {
		return err
	}
	o.list = append(o.list, param{c.Args[0], v, len(c.Args) == 3})
	return nil
}

// Inherit implements config.Inheriting.
func (o *Params) Inherit(parent config.Option) {
	if o.list == nil {
		o.list = parent.(*Params).list
	}
}
