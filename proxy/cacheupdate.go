package proxy

import (
	"understudy/http1"
	"understudy/web"
)

// update is a background update: an answer that is too old has been given, and the upstream is asked for a new one behind it
// (proxy_cache_background_update). It has an exchange of its own with the upstream, beside the one that the variables show.
type update struct {
	t *target
	e Exchange
	c *caching
}

// refreshLater answers with what is too old and has it updated once the client has its answer.
func (t *target) refreshLater(x *web.Exchange, e *Exchange, c *caching) web.Result {
	u := &update{t: t, c: c}
	u.e.begin(x)
	u.e.target = t
	u.e.to = *e.to.clone()
	u.e.cached = c
	c.status = cacheExpired // what the conditions in the request go by
	built := t.build(x, &u.e)
	c.status = cacheStale
	res := t.sendCached(x, e, c)
	if res == web.Declined { // the file cannot be used: it is replaced, and the client waits
		c.expire()
		c.status = cacheMiss
		c.look.CloseFile()
		return web.Declined
	}
	if built != web.Declined {
		return res
	}
	seen := *c
	e.spare, e.cached = nil, &caching{x: x, status: c.status, served: true, verdict: seen.verdict}
	c.expire()
	c.served, c.cacheable, c.muted = false, true, true
	x.Later(u)
	return res
}

// update passes the answer to a background update on to nobody but the cache.
func (t *target) update(x *web.Exchange, e *Exchange) web.Result {
	if e.answer.Value(e.text, http1.HdrXAccelRedirect) != nil && !t.conf.IgnoreHeaders.Has("X-Accel-Redirect") || e.answer.Status == 101 {
		return web.Done
	}
	t.keep(x, e)
	return t.relay(x, e)
}

// Run asks the upstream (web.Afterwards).
func (u *update) Run(x *web.Exchange) {
	defer u.Drop()
	shown := x.Upstream
	defer func() { x.Upstream = shown }()
	u.c.x = x
	u.c.conclude(u.t.conf, u.t.walk(x, &u.e))
}

// Drop gives the entry back.
func (u *update) Drop() { u.c.look.Free() }
