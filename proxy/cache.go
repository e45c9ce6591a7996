package proxy

import (
	"bytes"
	"os"
	"strings"

	"understudy/ascii"
	"understudy/cache"
	"understudy/errlog"
	"understudy/http1"
	"understudy/reactor"
	"understudy/web"
)

// cacheStatus is $upstream_cache_status.
type cacheStatus uint8

const (
	cacheNone cacheStatus = iota
	cacheMiss
	cacheBypass
	cacheExpired
	cacheStale
	cacheUpdating
	cacheRevalidated
	cacheHit
)

var cacheStatusNames = [...]string{"", "MISS", "BYPASS", "EXPIRED", "STALE", "UPDATING", "REVALIDATED", "HIT"}

// caching is what one exchange has to do with a cache (cache.Asker). It exists only in locations with proxy_cache.
type caching struct {
	x         *web.Exchange
	look      cache.Lookup
	status    cacheStatus
	active    bool // the request goes through the cache
	cacheable bool // its answer may be kept
	served    bool // the answer comes out of the cache
	asked     bool // an upstream was asked
	muted     bool // a background update: nobody gets the answer
	convert   bool // HEAD is asked for as GET
	verdict   cache.Verdict
	key       []byte
	vary      []byte
	temp      *web.TempPath
}

// Waiting, Errorf and EachHeader make it a cache.Asker.
func (c *caching) Waiting() *reactor.Task { return c.x.Task }

func (c *caching) Errorf(level errlog.Level, format string, a ...any) {
	c.x.Errorf(level, format, a...)
}

func (c *caching) EachHeader(name []byte, f func(value []byte)) {
	head := c.x.Head()
	for i := range c.x.Req.Headers {
		h := &c.x.Req.Headers[i]
		if ascii.EqualFold(h.Name.Of(head), name) {
			f(h.Value.Of(head))
		}
	}
}

func (c *caching) now() int64 { return c.x.Loop().Now() / 1000 }

func (c *caching) tempFile() (*os.File, error) { return c.temp.Create(true) }

// throughCache answers out of the cache, or asks an upstream and keeps its answer.
func (t *target) throughCache(x *web.Exchange, e *Exchange) web.Result {
	c := e.spare
	if c == nil {
		c = &caching{}
		e.spare = c
	}
	key, vary := c.key[:0], c.vary[:0]
	c.x, c.key, c.vary, c.temp = x, key, vary, &t.conf.TempPath
	c.status, c.active, c.cacheable, c.served, c.asked, c.muted, c.convert = cacheNone, false, false, false, false, false, false
	c.verdict = cache.Verdict{}
	e.cached = c
	defer func() {
		if e.spare == c {
			c.look.Free()
		}
	}()
	if res := t.lookUp(x, e, c); res != web.Declined {
		return res
	}
	res := t.ask(x, e)
	c.conclude(t.conf, res)
	return res
}

// conclude remembers for a while that no upstream could be reached, where proxy_cache_valid says so.
func (c *caching) conclude(s *Conf, res web.Result) {
	if !c.active || !c.cacheable || res != 502 && res != 504 {
		return
	}
	if seconds := s.CacheValid.For(int(res)); seconds > 0 {
		c.look.Remember(int(res), c.now()+seconds)
	}
}

// lookUp asks the cache (ngx_http_upstream_cache). Declined means that an upstream has to be asked.
func (t *target) lookUp(x *web.Exchange, e *Exchange, c *caching) web.Result {
	s := t.conf
	if x.Method&s.cacheMethods == 0 {
		return web.Declined
	}
	zone := s.Cache.zone
	if zone == nil {
		e.url = s.Cache.value.Append(e.url[:0], x)
		if len(e.url) == 0 || string(e.url) == "off" {
			return web.Declined
		}
		if zone = s.CachePath.Zone(e.url); zone == nil {
			x.Errorf(levelError, "cache \"%s\" not found", e.url)
			return 500
		}
	}
	c.convert = x.Method == http1.MethodHead && t.http != nil && t.http.settings.CacheConvertHead.On()
	if c.key = c.key[:0]; s.CacheKey.IsSet() {
		c.key = s.CacheKey.Append(c.key, x)
	} else if t.http != nil {
		c.key = t.http.appendCacheKey(c.key, x, e)
	}
	c.look.Start(zone, c.key)
	room := int(s.BufferSize.Bytes())
	if need := c.look.HeaderStart() + 256; need > room {
		x.Errorf(levelError, "%s_buffer_size %d is not enough for cache key, it should be increased to at least %d", s.prefix, room, (need+1023)&^1023)
		return web.Declined
	}
	c.active, c.cacheable = true, true
	if s.CacheBypass.Any(x) {
		c.status = cacheBypass
		return web.Declined
	}
	c.status = cacheMiss
	found := c.look.Open(c, t.cacheRules())
	stale := false
	switch found {
	case cache.Hit:
		c.status = cacheHit
	case cache.Stale:
		stale = true
		if (s.staleOn("updating") || c.look.UsableUpdating) && s.CacheBackgroundUpdate.On() {
			return t.refreshLater(x, e, c)
		}
	case cache.Updating:
		if s.staleOn("updating") || c.look.UsableUpdating {
			c.status = cacheUpdating
		} else {
			stale = true
		}
	case cache.Miss:
	case cache.Scarce:
		c.cacheable = false
	case cache.Failed:
		return 500
	default: // an error that was remembered
		c.status = cacheHit
		return web.Result(found)
	}
	if stale {
		c.expire()
	} else if c.status != cacheMiss {
		if res := t.sendCached(x, e, c); res != web.Declined {
			return res
		}
		c.status = cacheMiss // the file cannot be used: it is replaced
		c.look.CloseFile()
	}
	if rangeTooFar(x, s.maxRange) {
		c.cacheable = false
	}
	return web.Declined
}

func (t *target) cacheRules() cache.Rules {
	s := t.conf
	return cache.Rules{
		MinUses: s.CacheMinUses.N(), Lock: s.CacheLock.On(), LockTimeout: s.CacheLockTimeout.D(), LockAge: s.CacheLockAge.D(),
		Limit: int(s.BufferSize.Bytes()),
	}
}

// expire begins the update of an answer that is too old.
func (c *caching) expire() {
	c.status = cacheExpired
	c.look.ValidSec, c.look.UpdatingSec, c.look.ErrorSec = 0, 0, 0
}

// appendCacheKey writes the key for requests without proxy_cache_key: what the upstream is asked for (ngx_http_proxy_create_key).
func (t *overHTTP) appendCacheKey(b []byte, x *web.Exchange, e *Exchange) []byte {
	b = append(b, e.to.scheme...)
	if g := e.to.group; g != nil && strings.HasPrefix(g.Name, "unix:") {
		b = append(append(b, g.Name...), ':')
	} else {
		b = append(b, e.to.host...)
	}
	return t.appendURI(b, x, e)
}

// rangeTooFar tells a request for a part so far behind the beginning that the whole is not fetched for it
// (proxy_cache_max_range_offset).
func rangeTooFar(x *web.Exchange, limit int64) bool {
	v, ok := x.Header(http1.HdrRange)
	if !ok || limit == 1<<63-1 {
		return false
	}
	if limit == 0 {
		return true
	}
	if len(v) < 7 || !ascii.HasPrefixFold(v, "bytes=") {
		return false
	}
	v = bytes.TrimLeft(v[6:], " ")
	if len(v) > 0 && v[0] == '-' {
		return true
	}
	n := int64(0)
	for _, d := range v {
		if d < '0' || d > '9' {
			break
		}
		if n = n*10 + int64(d-'0'); n >= limit {
			return true
		}
	}
	return n >= limit
}

// sendCached answers with the file that was found. Declined means that it cannot be used (logged).
func (t *target) sendCached(x *web.Exchange, e *Exchange, c *caching) web.Result {
	look := &c.look
	e.answer.Reset()
	e.text = append(e.text[:0], look.Head()...)
	length := look.Length() - int64(look.BodyStart())
	if len(e.text) == 0 {
		e.answer.Status, e.answer.ContentLength = 200, -1
		x.NoHead()
	} else if n, err := t.protocol.Head(e.text, x, e); err != nil || n != len(e.text) {
		x.Errorf(errlog.Crit, "cache file \"%s\" contains invalid header", look.Name())
		return web.Declined
	}
	c.served = true
	c.judge(t.conf, e)
	if !c.muted {
		t.limitRate(x, e)
	}
	if to := e.answer.Value(e.text, http1.HdrXAccelRedirect); to != nil && !t.conf.IgnoreHeaders.Has("X-Accel-Redirect") {
		return t.accelRedirect(x, e, to)
	}
	if c.muted {
		return web.Done
	}
	if t.copyHead(x, e) != nil {
		return 500
	}
	x.Acting("sending to client")
	if x.SendHead() != nil {
		return web.Aborted
	}
	var err error
	if f := look.File(); f != nil {
		err = x.SendFile(f, int64(look.BodyStart()), length)
	} else if length > 0 {
		err = x.Write(look.SmallBody())
	}
	if err != nil {
		x.LostClient(err)
		return web.Aborted
	}
	if err := x.End(); err != nil {
		x.LostClient(err)
		return web.Aborted
	}
	if want := e.answer.ContentLength; want > length && !x.HeaderOnly() {
		return web.Aborted // the answer to a HEAD was kept; a client that waits for the body sees the connection close
	}
	return web.Done
}

// judge reads what an answer's head says about keeping it.
func (c *caching) judge(s *Conf, e *Exchange) {
	if !c.active {
		return
	}
	v := cache.Judge(&e.answer, e.text, s.cacheIgnored, c.now(), c.vary)
	c.verdict = v
	if len(v.Vary) > 0 {
		c.vary = append(c.vary[:0], v.Vary...)
	}
	if v.Never {
		c.cacheable = false
	}
}

// takeTimes makes an answer's verdict what the file is going to say; without a time of its own proxy_cache_valid has one, or it is
// not kept (false).
func (c *caching) takeTimes(s *Conf, v *cache.Verdict, status int) bool {
	valid := v.ValidSec
	if valid == 0 {
		seconds := s.CacheValid.For(status)
		if seconds == 0 {
			return false
		}
		valid = c.now() + seconds
	}
	c.look.ValidSec, c.look.UpdatingSec, c.look.ErrorSec = valid, v.UpdatingSec, v.ErrorSec
	c.look.Date = c.now()
	return true
}
