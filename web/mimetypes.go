package web

import (
	"bytes"
	"slices"
	"strings"

	"understudy/ascii"
	"understudy/config"
)

// MIMETypes is the option of directives such as gzip_types: a list of types, "*" for all. The first type of the default,
// text/html mostly, always belongs to it.
type MIMETypes struct {
	set   bool
	all   bool
	types []string // lower case
}

func (o *MIMETypes) Parse(c *config.Call) error {
	if !o.set {
		o.set = true
		o.types = append(o.types, strings.Fields(c.Tag("default"))[:1]...)
		if c.Line > 0 {
			c.Conf.OnMerged(c.Block, func() error { return o.fit(c.Conf) })
		}
	}
	if o.all {
		return nil
	}
	for _, arg := range c.Args {
		if arg == "*" {
			o.all = true
			return nil
		}
		low := ascii.ToLower(arg)
		if slices.Contains(o.types, low) {
			if c.Line == 0 {
				continue // the default itself
			}
			c.Warnf("duplicate MIME type \"%s\"", low)
			continue
		}
		o.types = append(o.types, low)
	}
	return nil
}

// fit tells what nginx says of its table of the types (ngx_http_merge_types).
func (o *MIMETypes) fit(c *config.Config) error {
	if o.all {
		return nil
	}
	return config.HashTable{Name: "test_types_hash", Max: 2048, BucketSize: 64}.Fit(c, o.types, nil, nil)
}

func (o *MIMETypes) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*MIMETypes)
	}
}

// Match tells whether a Content-Type is on the list; parameters such as charset do not count.
func (o *MIMETypes) Match(contentType []byte) bool {
	if o.all {
		return true // an answer without a type, too
	}
	if len(contentType) == 0 {
		return false
	}
	if i := bytes.IndexByte(contentType, ';'); i >= 0 {
		contentType = bytes.TrimRight(contentType[:i], " ")
	}
	for _, t := range o.types {
		if ascii.EqualFold(contentType, t) {
			return true
		}
	}
	return false
}
