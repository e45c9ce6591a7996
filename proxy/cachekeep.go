package proxy

import (
	"understudy/ascii"
	"understudy/http1"
	"understudy/upstream"
	"understudy/web"
)

// keep prepares to keep the answer whose head has just been read, if it may be kept (ngx_http_upstream_send_response).
func (t *target) keep(x *web.Exchange, e *Exchange) {
	c, s := e.cached, t.conf
	if c == nil || !c.active {
		return
	}
	look := &c.look
	look.CloseFile()
	if !e.buffered {
		c.cacheable = false
		return
	}
	if s.NoCache.Any(x) {
		c.cacheable = false
	} else if c.status == cacheBypass && !look.Enter(c, t.cacheRules()) {
		c.cacheable = false
	}
	if !c.cacheable || !look.Entered() || !c.takeTimes(s, &c.verdict, e.answer.Status) {
		c.cacheable = false
		return
	}
	look.LastModified, look.ETag = -1, nil
	if e.answer.Status == 200 || e.answer.Status == 206 {
		if v := e.answer.Value(e.text, http1.HdrLastModified); v != nil {
			if at, ok := http1.ParseDate(v); ok {
				look.LastModified = at
			}
		}
		look.ETag = e.answer.Value(e.text, http1.HdrETag)
	}
	look.Vary = nil
	if len(c.verdict.Vary) > 0 {
		look.Vary = c.vary
	}
	c.cacheable = look.Begin(c, e.text, c.tempFile)
}

// buffered tells whether the answer is one that is passed on in nginx's buffered way: only these are kept.
func (t *target) buffered(e *Exchange) bool {
	on := t.conf.Buffering.On()
	if t.conf.IgnoreHeaders.Has("X-Accel-Buffering") {
		return on
	}
	switch v := e.answer.Value(e.text, http1.HdrXAccelBuffering); {
	case ascii.EqualFold(v, "yes"):
		return true
	case ascii.EqualFold(v, "no"):
		return false
	}
	return on
}

// keeping tells that the answer's body is wanted whether or not the client takes it.
func (e *Exchange) keeping() bool {
	return e.cached != nil && e.cached.look.Writing() || e.store != nil
}

// muted tells a background update: nothing goes to the client.
func (e *Exchange) muted() bool { return e.cached != nil && e.cached.muted }

// write takes a piece of the answer's body: for the cache, or for a file that is to be stored, and for the client. A client that has
// gone does not end an answer that is kept.
func (e *Exchange) write(x *web.Exchange, p []byte) error {
	if e.cached == nil && e.store == nil {
		return x.Write(p)
	}
	e.take(x, p)
	return e.give(x, p)
}

// writeLast is write for the last piece: whoever has seen the whole answer finds it in the cache.
func (e *Exchange) writeLast(x *web.Exchange, p []byte) error {
	if e.cached == nil && e.store == nil {
		return x.Write(p)
	}
	e.take(x, p)
	lasting := e.keeping()
	e.kept(x)
	err := e.give(x, p)
	if lasting && err != nil {
		e.lost, err = err, nil
	}
	return err
}

// take keeps a piece of the answer's body.
func (e *Exchange) take(x *web.Exchange, p []byte) {
	if c := e.cached; c != nil && c.look.Writing() && c.look.Write(c, p) != nil {
		c.look.Free() // the disk does not take it; the client gets it all the same
		c.cacheable = false
	}
	if e.store != nil {
		e.store.write(x, p)
	}
}

// give hands a piece to the client.
func (e *Exchange) give(x *web.Exchange, p []byte) error {
	if e.muted() || e.lost != nil {
		return nil
	}
	return e.unlessKept(x.Write(p))
}

// unlessKept notes an error of the client's connection, and hides it as long as the answer is being kept.
func (e *Exchange) unlessKept(err error) error {
	if err != nil && e.keeping() {
		e.lost = err
		return nil
	}
	return err
}

// ownRanges tells that ranges of the answer are served here, so that what the upstream says of them does not matter.
func (t *target) ownRanges(o *web.Response, e *Exchange) bool {
	switch c := e.cached; {
	case t.conf.ForceRanges.On():
		return true
	case c == nil:
		return false
	case c.served:
		o.Ranges = true
		return true
	case c.cacheable:
		o.Ranges, o.SingleRange = true, true
		return true
	}
	return false
}

// flush sends what is held back.
func (e *Exchange) flush(x *web.Exchange) error {
	if e.muted() || e.lost != nil {
		return nil
	}
	return e.unlessKept(x.Flush())
}

// kept puts an answer that came whole into the cache, or where it is to be stored. It is called before the last bytes go out, so
// that whoever has seen the answer finds it there.
func (e *Exchange) kept(x *web.Exchange) {
	if c := e.cached; c != nil && c.look.Writing() {
		c.look.Commit(c)
	}
	if e.store != nil {
		e.store.commit(x, e)
		e.store = nil
	}
}

// refused gives the answer of an upstream up for one in the cache: an old one in the place of an error, or the one that a 304 is about
// (ngx_http_upstream_test_next). done tells that the exchange has been answered.
func (t *target) refused(x *web.Exchange, e *Exchange, kind string) (res web.Result, done bool) {
	c, s := e.cached, t.conf
	if !c.active || c.status != cacheExpired {
		return 0, false
	}
	switch {
	case kind != "" && s.staleOn(kind):
		e.letPeer(x)
		return t.serveStale(x, e), true
	case e.answer.Status == 304 && s.CacheRevalidate.On():
		fresh := c.verdict
		e.letPeer(x)
		c.status = cacheRevalidated
		if c.muted {
			e.answer.Reset()
			e.text = append(e.text[:0], c.look.Head()...)
			if n, err := t.protocol.Head(e.text, x, e); err != nil || n != len(e.text) {
				return 500, true
			}
			c.judge(s, e)
			res = web.Done
		} else if res = t.sendCached(x, e, c); res == web.Declined {
			return 500, true
		}
		if fresh.ValidSec == 0 {
			fresh = c.verdict
		}
		if c.takeTimes(s, &fresh, e.answer.Status) {
			c.look.Vary = nil
			if len(c.verdict.Vary) > 0 {
				c.look.Vary = c.vary
			}
			c.look.Refresh(c)
		}
		return res, true
	}
	return 0, false
}

// letPeer ends the try with a peer whose answer is not passed on; its connection can be used again if the answer has no body.
func (e *Exchange) letPeer(x *web.Exchange) {
	st := e.now()
	st.response = x.Loop().Mono() - e.tryAt
	st.bytes = e.up.sent
	if e.conn != nil && e.noBody() && !e.answer.ConnClose && len(e.rest) == 0 && !e.up.active && e.up.err == nil {
		e.try.Keep(e.conn, nil)
		e.conn = nil
	}
	e.try.Done(upstream.OK)
}

// serveStale answers with what is too old.
func (t *target) serveStale(x *web.Exchange, e *Exchange) web.Result {
	c := e.cached
	c.status = cacheStale
	if c.muted {
		return web.Done
	}
	if res := t.sendCached(x, e, c); res != web.Declined {
		return res
	}
	return 500
}

// failedFor tells whether what is too old takes the place of a failure of this kind (ngx_http_upstream_next).
func (t *target) failedFor(e *Exchange, kind string) bool {
	c := e.cached
	return c != nil && c.active && c.status == cacheExpired && (t.conf.staleOn(kind) || c.look.UsableOnError)
}

// rememberError keeps the status of an answer that an error page takes the place of (proxy_intercept_errors).
func (t *target) rememberError(e *Exchange) {
	c := e.cached
	if c == nil || !c.active || !c.cacheable {
		return
	}
	if c.takeTimes(t.conf, &c.verdict, e.answer.Status) {
		c.look.Remember(e.answer.Status, c.look.ValidSec)
	}
}
