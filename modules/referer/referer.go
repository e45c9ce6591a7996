// Package referer is nginx's ngx_http_referer_module: $invalid_referer tells requests that come from other sites' pages.
package referer

import (
	"strings"

	"understudy/ascii"
	"understudy/config"
	"understudy/hostname"
	"understudy/http1"
	"understudy/parser"
	"understudy/vars"
	"understudy/web"
)

// Settings of ngx_http_referer_module.
type Settings struct {
	// Valid are the referers of one level: `valid_referers none | blocked | server_names | HOST[/PATH] | ~REGEX …`.
	Valid referers `nginx:"valid_referers" in:"server location" args:"1+"`
	// HashMaxSize and HashBucketSize bound nginx's tables.
	HashMaxSize    config.Int `nginx:"referer_hash_max_size" in:"server location" args:"1" default:"2048"`
	HashBucketSize config.Int `nginx:"referer_hash_bucket_size" in:"server location" args:"1" default:"64"`
}

var conf = config.Declare[Settings]("ngx_http_referer_module")

// Module is ngx_http_referer_module.
var Module = &web.Module{Settings: conf, Variables: []vars.Def{
	{Name: "invalid_referer", Cached: true, Changeable: true, Get: func(s vars.Subject, dst []byte) ([]byte, bool) {
		x := s.(*web.Exchange)
		if conf.Of(x.Location.Block).Valid.allow(x) {
			return dst, true
		}
		return append(dst, '1'), true
	}},
}}

// referers are the directives of one level.
type referers struct {
	set, none, blocked, serverNames bool

	count   int
	hosts   *hostname.Table[string] // with the path that must follow, "" = any
	regexes []*vars.Regex           // of host and path
	names   []*vars.Regex           // of hosts: server_name
}

// Parse implements config.Option.
func (o *referers) Parse(c *config.Call) error {
	if !o.set {
		o.set, o.hosts = true, new(hostname.Table[string])
	}
	for _, arg := range c.Args {
		switch {
		case arg == "":
			return c.Errorf(`invalid referer "%s"`, arg)
		case arg == "none":
			o.none = true
		case arg == "blocked":
			o.blocked = true
		case arg == "server_names":
			o.serverNames = true
		case arg == "~":
			return c.Errorf(`empty regex in "%s"`, arg)
		case arg[0] == '~':
			regex, err := vars.TableOf(c.Block).Regex(arg[1:], true)
			if err != nil {
				return c.Errorf("%s", err)
			}
			o.regexes = append(o.regexes, regex)
		default:
			host, path := arg, ""
			if i := strings.IndexByte(arg, '/'); i >= 0 {
				host, path = arg[:i], arg[i:]
			}
			o.count++
			switch o.hosts.Add(host, path) {
			case hostname.ErrInvalid:
				return c.Errorf(`invalid hostname or wildcard "%s"`, host)
			case hostname.ErrConflict:
				return c.Errorf(`conflicting parameter "%s"`, host)
			}
		}
	}
	return nil
}

// Merge adds the server's names, and takes over what the level around says.
func (s *Settings) Merge(parent *Settings, b *config.Block) error {
	o := &s.Valid
	if !o.set {
		if parent != nil {
			*o = parent.Valid
			o.set = false
		}
		return nil
	}
	if o.serverNames {
		names, regexes := web.ServerNames(b)
		o.names = regexes
		for _, name := range names {
			o.count++
			switch o.hosts.Add(name, "") {
			case hostname.ErrInvalid:
				return b.Errorf(`invalid hostname or wildcard "%s"`, name)
			case hostname.ErrConflict:
				return b.Errorf(`conflicting parameter "%s"`, name)
			}
		}
	}
	if (o.none || o.blocked) && o.count == 0 {
		return &parser.Error{Level: parser.Emerg, Text: `the "none" or "blocked" referers are specified in the "valid_referers" directive without any valid referer`}
	}
	if parent != nil {
		if o.regexes == nil {
			o.regexes = parent.Valid.regexes
		}
		if o.names == nil {
			o.names = parent.Valid.names
		}
	}
	exact, head, tail := o.hosts.Keys()
	table := config.HashTable{Name: "referer_hash", Max: s.HashMaxSize.N(), BucketSize: s.HashBucketSize.N()}
	if err := table.Fit(b.Config(), exact, head, tail); err != nil {
		return err
	}
	o.hosts.Freeze()
	return nil
}

// allow tells whether the request's referer is a valid one (ngx_http_referer_variable).
func (o *referers) allow(x *web.Exchange) bool {
	if o.count == 0 && o.regexes == nil && o.names == nil {
		return true
	}
	text, ok := x.Header(http1.HdrReferer)
	if !ok {
		return o.none
	}
	rest := text
	if len(text) < len("http://i.ru") || !cutScheme(&rest) {
		return o.blocked
	}
	end := 0
	for end < len(rest) && rest[end] != '/' && rest[end] != ':' {
		if end++; end > 256 {
			return false
		}
	}
	var low [256]byte
	host := low[:end]
	for i, c := range rest[:end] {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		host[i] = c
	}
	if o.hosts != nil {
		if path, ok := o.hosts.Lookup(host); ok {
			at := end
			for at < len(rest) && rest[at] != '/' {
				at++
			}
			return path == "" || strings.HasPrefix(string(rest[at:]), path)
		}
	}
	for _, regex := range o.names {
		if ok, err := regex.Test(x, host); ok || err != nil { // then nginx's variable has no value
			return true
		}
	}
	for _, regex := range o.regexes {
		if ok, err := regex.Test(x, rest); ok || err != nil {
			return true
		}
	}
	return false
}

// cutScheme takes http:// or https:// off.
func cutScheme(b *[]byte) bool {
	for _, scheme := range [...]string{"http://", "https://"} {
		if ascii.HasPrefixFold(*b, scheme) {
			*b = (*b)[len(scheme):]
			return true
		}
	}
	return false
}
