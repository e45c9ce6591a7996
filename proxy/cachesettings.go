package proxy

import (
	"math"
	"os"
	"strings"

	"understudy/cache"
	"understudy/config"
	"understudy/errlog"
	"understudy/http1"
	"understudy/vars"
	"understudy/web"
	"understudy/zone"
)

// CacheSettings are the directives about keeping answers: proxy_cache and its family, proxy_store, and those of other protocols.
type CacheSettings struct {
	CachePath             cache.Paths     `nginx:"_cache_path" in:"http" args:"2+"`
	Cache                 cacheOption     `nginx:"_cache" in:"http server location" args:"1"`
	CacheKey              vars.Value      `nginx:"_cache_key" in:"http server location" args:"1"`
	CacheValid            cache.Valid     `nginx:"_cache_valid" in:"http server location" args:"1+"`
	CacheMethods          config.Mask     `nginx:"_cache_methods" in:"http server location" enum:"GET HEAD POST"`
	CacheBypass           vars.Predicates `nginx:"_cache_bypass" in:"http server location"`
	NoCache               vars.Predicates `nginx:"_no_cache" in:"http server location"`
	CacheMinUses          config.Int      `nginx:"_cache_min_uses" in:"http server location" default:"1"`
	CacheLock             config.Flag     `nginx:"_cache_lock" in:"http server location" default:"off"`
	CacheLockTimeout      config.Time     `nginx:"_cache_lock_timeout" in:"http server location" default:"5s"`
	CacheLockAge          config.Time     `nginx:"_cache_lock_age" in:"http server location" default:"5s"`
	CacheBackgroundUpdate config.Flag     `nginx:"_cache_background_update" in:"http server location" default:"off"`
	CacheRevalidate       config.Flag     `nginx:"_cache_revalidate" in:"http server location" default:"off"`
	CacheMaxRangeOffset   config.Offset   `nginx:"_cache_max_range_offset" in:"http server location"`
	ForceRanges           config.Flag     `nginx:"_force_ranges" in:"http server location" default:"off"`

	Store       storeOption  `nginx:"_store" in:"http server location" args:"1"`
	StoreAccess accessOption `nginx:"_store_access" in:"http server location" args:"1-3"`

	cacheMethods http1.Method
	cacheIgnored cache.Ignored
	maxRange     int64
}

// cacheOption is `proxy_cache ZONE | off`.
type cacheOption struct {
	set   bool
	on    bool
	name  string
	zone  *cache.Zone
	value *vars.Value // the zone's name, when it holds variables
}

func (o *cacheOption) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set = true
	if c.Args[0] == "off" {
		return nil
	}
	if config.Around[CacheSettings](c).Store.on {
		return c.Errorf("\"%s\" directive is incompatible with \"%s_store\"", c.Name, strings.TrimSuffix(c.Name, "_cache"))
	}
	o.on = true
	v, err := vars.Compile(c, c.Args[0])
	if err != nil {
		return err
	}
	name, static := v.Static()
	if !static {
		o.value = v
		return nil
	}
	o.name = name
	_, err = zone.Declare(c, name, 0, c.Name)
	return err
}

// On tells whether answers are kept.
func (o *cacheOption) On() bool { return o.on }

func (o *cacheOption) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*cacheOption)
	}
}

// storeOption is `proxy_store on | off | PATH`.
type storeOption struct {
	set  bool
	on   bool
	path *vars.Value // nil: where root or alias says
}

func (o *storeOption) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set = true
	switch c.Args[0] {
	case "off":
		return nil
	case "":
		return c.Errorf("empty path")
	}
	if config.Around[CacheSettings](c).Cache.on {
		return c.Errorf("\"%s\" directive is incompatible with \"%s_cache\"", c.Name, strings.TrimSuffix(c.Name, "_store"))
	}
	o.on = true
	if c.Args[0] == "on" {
		return nil
	}
	var err error
	o.path, err = vars.Compile(c, c.Args[0])
	return err
}

func (o *storeOption) Inherit(parent config.Option) {
	if !o.set {
		*o = *parent.(*storeOption)
	}
}

// accessOption is `proxy_store_access WHO:RIGHTS …`: the rights of files that are stored.
type accessOption struct{ mode os.FileMode }

func (o *accessOption) Parse(c *config.Call) error {
	if o.mode != 0 {
		return c.Duplicate()
	}
	o.mode = 0o600
	for _, arg := range c.Args {
		who, rights, _ := strings.Cut(arg, ":")
		var mode os.FileMode
		switch rights {
		case "rw":
			mode = 6
		case "r":
			mode = 4
		default:
			return c.Errorf("invalid value \"%s\"", arg)
		}
		switch who {
		case "user":
			mode <<= 6
		case "group":
			mode <<= 3
		case "all":
		default:
			return c.Errorf("invalid value \"%s\"", arg)
		}
		o.mode |= mode
	}
	return nil
}

func (o *accessOption) Inherit(parent config.Option) {
	if o.mode == 0 {
		*o = *parent.(*accessOption)
	}
}

// file and dirs are the rights of files and of the directories that are made for them.
func (o *accessOption) file() os.FileMode {
	if o.mode == 0 {
		return 0o600
	}
	return o.mode
}

func (o *accessOption) dirs() os.FileMode { return o.file() | o.file()&0o444>>2 }

// mergeCache compiles what the directives of one level come to.
func (s *Conf) mergeCache(b *config.Block) error {
	if s.Cache.on && s.Cache.value == nil {
		if s.Cache.zone = s.CachePath.Zone([]byte(s.Cache.name)); s.Cache.zone == nil {
			return b.Errorf("\"%s_cache\" zone \"%s\" is unknown", s.prefix, s.Cache.name)
		}
	}
	if s.Cache.on {
		s.Store.on = false
	}
	s.cacheMethods = http1.MethodGet | http1.MethodHead
	if s.CacheMethods.Has("POST") {
		s.cacheMethods |= http1.MethodPost
	}
	s.cacheIgnored = cache.Ignored{
		XAccelExpires: s.IgnoreHeaders.Has("X-Accel-Expires"), Expires: s.IgnoreHeaders.Has("Expires"),
		CacheControl: s.IgnoreHeaders.Has("Cache-Control"), SetCookie: s.IgnoreHeaders.Has("Set-Cookie"), Vary: s.IgnoreHeaders.Has("Vary"),
	}
	s.maxRange = math.MaxInt64
	if s.CacheMaxRangeOffset.IsSet() {
		s.maxRange = s.CacheMaxRangeOffset.Bytes()
	}
	return nil
}

// cacheHeaders is the plan for requests whose answers are kept for everybody: they must be whole, and conditions are the cache's own.
func cacheHeaders(set *setHeader, http11 bool, b *config.Block) (*headerPlan, error) {
	table := vars.TableOf(b)
	more := []header{{name: "If-Unmodified-Since"}, {name: "If-Match"}, {name: "Range"}, {name: "If-Range"}}
	for _, own := range [][2]string{{"If-Modified-Since", "$upstream_cache_last_modified"}, {"If-None-Match", "$upstream_cache_etag"}} {
		v, err := table.Compile(own[1])
		if err != nil {
			return nil, err
		}
		more = append(more, header{name: own[0], value: v})
	}
	return compileHeaders(set, http11, more...), nil
}

// Start opens the cache zones that a site's configuration declares for the module with these settings; it is a web.Module's Start.
func Start(of func(*config.Block) *Conf) func(*web.Site) error {
	return func(site *web.Site) error {
		zones := of(site.Block).CachePath.Zones()
		for i, z := range zones {
			if err := z.Open(errlog.Of(site.Block.Parent)); err != nil {
				for _, opened := range zones[:i] {
					opened.Close()
				}
				return err
			}
		}
		return nil
	}
}

// Drop closes them.
func Drop(of func(*config.Block) *Conf) func(*web.Site) {
	return func(site *web.Site) {
		for _, z := range of(site.Block).CachePath.Zones() {
			z.Close()
		}
	}
}
