// Package sub is nginx's ngx_http_sub_filter_module: texts in answers are replaced by others.
package sub

import (
	"understudy/ascii"
	"understudy/config"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_sub_filter_module.
type Settings struct {
	// Pairs are the texts to look for, whatever their case, and what comes in their place: `sub_filter TEXT REPLACEMENT`.
	Pairs pairsOption `nginx:"sub_filter" in:"http server location" args:"2"`
	// Types are the MIME types of answers that are looked through.
	Types web.MIMETypes `nginx:"sub_filter_types" in:"http server location" args:"1+" default:"text/html"`
	// Once replaces each text only where it comes first.
	Once config.Flag `nginx:"sub_filter_once" in:"http server location" default:"on"`
	// LastModified keeps Last-Modified, and the ETag as a weak one.
	LastModified config.Flag `nginx:"sub_filter_last_modified" in:"http server location" default:"off"`
}

var conf = config.Declare[Settings]("ngx_http_sub_filter_module")

// Module is ngx_http_sub_filter_module.
var Module = &web.Module{Settings: conf, Compile: func(l *web.Location) error {
	if s := conf.Of(l.Block); len(s.Pairs.list) > 0 {
		l.Filter(newFilter(s))
	}
	return nil
}}

// pairsOption is all `sub_filter` of one level.
type pairsOption struct{ list []pair }

type pair struct{ match, value *vars.Value }

// maxPairs is nginx's limit for one level.
const maxPairs = 255

func (o *pairsOption) Parse(c *config.Call) error {
	if c.Args[0] == "" {
		return c.Errorf("empty search pattern")
	}
	if len(o.list) == maxPairs {
		return c.Errorf("number of search patterns exceeds %d", maxPairs)
	}
	match, err := vars.Compile(c, ascii.ToLower(c.Args[0]))
	if err != nil {
		return err
	}
	value, err := vars.Compile(c, c.Args[1])
	if err != nil {
		return err
	}
	o.list = append(o.list, pair{match, value})
	return nil
}

// Inherit implements config.Inheriting: the directives of one level inherit whole or not at all.
func (o *pairsOption) Inherit(parent config.Option) {
	if o.list == nil {
		o.list = parent.(*pairsOption).list
	}
}
