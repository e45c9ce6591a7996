package proxy

import (
	"io"
	"strconv"

	"understudy/http1"
	"understudy/reactor"
	"understudy/upstream"
	"understudy/web"
)

// nextStatuses are the answers that proxy_next_upstream can pass over, by name.
var nextStatuses = map[int]string{500: "http_500", 502: "http_502", 503: "http_503", 504: "http_504", 403: "http_403", 404: "http_404", 429: "http_429"}

// passOn does what an answer's status asks for; again means that the next peer is to be asked.
func (t *target) passOn(x *web.Exchange, e *Exchange) (res web.Result, again bool) {
	s := t.conf
	status := e.answer.Status
	if e.cached != nil {
		e.cached.judge(s, e)
	}
	if status >= 300 {
		kind := nextStatuses[status]
		if kind != "" && e.try.Left() > 1 && t.mayGoOn(x, e, kind) {
			result := upstream.Failed
			if status == 403 || status == 404 {
				result = upstream.NotFailed
			}
			if t.giveUp(x, e, result, kind, status) {
				return 0, true
			}
			return web.Result(status), false
		}
		if e.cached != nil {
			if res, done := t.refused(x, e, kind); done {
				return res, false
			}
		}
		if s.InterceptErrors.On() && x.HasErrorPage(status) || s.only404 && status == 404 {
			t.rememberError(e)
			if !e.muted() {
				e.copyAuthenticate(x)
			}
			e.now().response = x.Loop().Mono() - e.tryAt
			if s.only404 && e.answer.ContentLength == 0 && len(e.rest) == 0 && e.conn != nil {
				e.try.Keep(e.conn, nil)
				e.conn = nil
			}
			return web.Result(status), false
		}
	}
	if e.answer.Repeated {
		for _, h := range e.answer.Headers {
			if h.Invalid {
				x.Errorf(levelWarn, "%s", e.answer.AppendRepeated(nil, e.text, h))
			}
		}
	}
	e.buffered = t.buffered(e)
	if e.muted() {
		return t.update(x, e), false
	}
	t.limitRate(x, e)
	if to := e.answer.Value(e.text, http1.HdrXAccelRedirect); to != nil && !s.IgnoreHeaders.Has("X-Accel-Redirect") {
		e.now().response = x.Loop().Mono() - e.tryAt
		return t.accelRedirect(x, e, to), false
	}
	if t.copyHead(x, e) != nil {
		return 500, false
	}
	if status == 101 && t.framed == nil {
		return t.upgrade(x, e), false
	}
	if err := x.SendHead(); err != nil {
		return t.clientLost(x, e, err), false
	}
	if !e.buffered && !x.HeaderOnly() {
		x.LimitRate(0) // it counts for answers that are buffered
	}
	t.keep(x, e)
	if s.Store.on {
		t.startStore(x, e)
	}
	if e.buffered || len(e.rest) == 0 {
		x.Acting("reading upstream")
	}
	return t.relay(x, e), false
}

// limitRate does what X-Accel-Limit-Rate asks for.
func (t *target) limitRate(x *web.Exchange, e *Exchange) {
	if v := e.answer.Value(e.text, http1.HdrXAccelLimitRate); v != nil && !t.conf.IgnoreHeaders.Has("X-Accel-Limit-Rate") {
		if n, err := strconv.ParseUint(string(v), 10, 62); err == nil {
			x.LimitRate(int64(n))
		}
	}
}

// copyHead makes the answer's head the exchange's (ngx_http_upstream_process_headers). The error has been reported.
func (t *target) copyHead(x *web.Exchange, e *Exchange) error {
	o := &x.Out
	a := &e.answer
	o.Status = a.Status
	if !a.StatusText.Empty() {
		o.StatusText = a.StatusText.Of(e.text)
	}
	o.Length = a.ContentLength
	if a.Chunked {
		o.Length = -1
	}
	if v := a.Value(e.text, http1.HdrXAccelCharset); v != nil && !t.conf.IgnoreHeaders.Has("X-Accel-Charset") {
		o.Charset = v
	}
	e.name = e.name[:0]
	for i := range a.Headers {
		h := &a.Headers[i]
		name := h.Name.Of(e.text)
		if h.Invalid || t.conf.hidden.has(h.ID, name) {
			continue
		}
		value := h.Value.Of(e.text)
		switch h.ID {
		case http1.HdrContentType:
			o.ContentType = value
		case http1.HdrDate:
			o.Date = value
			o.Add(h.ID, name, value)
		case http1.HdrServer:
			o.OwnServer = true
			o.Add(h.ID, name, value)
		case http1.HdrLocation:
			if p := t.http; p != nil {
				if to, ok := p.settings.Redirect.rewrite(x, p, e, value); ok {
					o.Location = to
					continue
				}
			}
			o.Add(h.ID, name, value)
		case http1.HdrRefresh:
			if p := t.http; p != nil {
				value = p.settings.Redirect.refresh(x, p, e, value)
			}
			o.Add(h.ID, name, value)
		case http1.HdrContentLength, http1.HdrConnection, http1.HdrKeepAlive, http1.HdrTransferEncoding:
			// made anew for this connection
		case http1.HdrUpgrade:
			if !x.IsStream() {
				o.Add(h.ID, name, value)
			}
		case http1.HdrSetCookie:
			if t.http != nil {
				var err error
				if value, err = t.http.settings.setCookie(x, value); err != nil {
					return err
				}
			}
			o.Add(h.ID, name, value)
		case http1.HdrAcceptRanges:
			if !t.ownRanges(o, e) {
				o.Add(h.ID, name, value)
			}
		default:
			o.Add(h.ID, name, value)
		}
	}
	if hidden := t.conf.hidden; t.http != nil && e.text != nil && !(hidden.known[http1.HdrDate] && hidden.known[http1.HdrServer]) {
		// passed on as they are, and so left out where the upstream has none
		if !hidden.known[http1.HdrDate] && o.Date == nil {
			o.Date = []byte{}
		}
		o.OwnServer = o.OwnServer || !hidden.known[http1.HdrServer]
	}
	o.NoConditions = e.cached == nil || !e.cached.cacheable
	if t.conf.ForceRanges.On() {
		o.Ranges, o.SingleRange = true, e.cached == nil || !e.cached.served
	}
	return nil
}

// copyAuthenticate keeps what a 401 from the upstream asks for when an error page takes its place.
func (e *Exchange) copyAuthenticate(x *web.Exchange) {
	if e.answer.Status != 401 {
		return
	}
	for i := range e.answer.Headers {
		if h := &e.answer.Headers[i]; h.ID == http1.HdrWWWAuthenticate {
			x.Out.Add(h.ID, h.Name.Of(e.text), h.Value.Of(e.text))
		}
	}
}

// noBody tells an answer that ends with its head.
func (e *Exchange) noBody() bool {
	status := e.answer.Status
	return e.head || status == 204 || status == 304
}

// relay passes the body on as it comes, through the loop's buffer, which is given back whenever nothing is at hand.
func (t *target) relay(x *web.Exchange, e *Exchange) web.Result {
	if !e.head {
		e.now().body = int64(len(e.rest))
	}
	if e.noBody() && t.framed == nil {
		if !e.head && len(e.rest) > 0 && e.answer.Status != 101 {
			x.Errorf(levelWarn, "upstream sent more data than specified in \"Content-Length\" header")
		}
		return t.done(x, e, !e.answer.ConnClose && len(e.rest) == 0)
	}
	if t.framed != nil {
		return t.relayFramed(x, e)
	}
	left := e.answer.ContentLength
	chunked := e.answer.Chunked
	t.startRate(x, e)
	e.chunks.KeepTrailers = t.http != nil && t.http.settings.PassTrailers.On()
	e.chunks.Reset()
	if !chunked && left == 0 {
		return t.extra(x, e, 0)
	}
	if (x.HeaderOnly() || e.muted()) && !e.head && !e.keeping() {
		e.now().body = 0 // nobody reads it
		return t.done(x, e, false)
	}
	if e.buffered && !e.muted() {
		if e.keeping() {
			x.Spool(&t.conf.keeping)
		} else {
			x.Spool(&t.conf.spool)
		}
	}
	first := !e.buffered && len(e.rest) > 0
	for {
		for len(e.rest) > 0 {
			p := e.rest
			switch {
			case chunked:
				data, done, err := e.dechunk()
				if err != nil {
					x.Errorf(levelError, "upstream sent invalid chunked response")
					return t.broken(x, e)
				}
				if len(data) > 0 {
					if err := e.write(x, data); err != nil {
						return t.clientLost(x, e, err)
					}
				}
				if done {
					behind := "final chunk"
					if e.chunks.KeepTrailers {
						received := e.now().received
						if res := t.readTrailers(x, e); res != web.Declined {
							return res
						}
						if e.now().received > received {
							behind = "trailers"
						}
					}
					if len(e.rest) > 0 {
						x.Errorf(levelWarn, "upstream sent data after %s", behind)
						return t.done(x, e, false)
					}
					return t.done(x, e, !e.answer.ConnClose)
				}
				continue
			case left >= 0 && int64(len(p)) >= left:
				if err := e.writeLast(x, p[:left]); err != nil {
					return t.clientLost(x, e, err)
				}
				return t.extra(x, e, int(left))
			}
			if err := e.write(x, p); err != nil {
				return t.clientLost(x, e, err)
			}
			if left >= 0 {
				left -= int64(len(p))
			}
			e.rest = nil
		}
		if first { // nginx has turned to the client for it
			x.Acting("sending to client")
			first = false
		}
		if !e.conn.Readable() {
			if err := e.flush(x); err != nil {
				return t.clientLost(x, e, err)
			}
			e.putBuf(x.Loop())
			if status, how := t.await(x, e); how != answered {
				if how == timedOut {
					x.Errorf(levelError, "upstream timed out (110: Connection timed out)")
					return t.cutOff(x, e)
				}
				return t.endedBy(x, e, status)
			}
			x.Acting("reading upstream")
		}
		if e.buf == nil {
			e.buf = x.Loop().Buf()
		}
		into := e.buf
		if e.rate.limit > 0 {
			var res web.Result
			if into, res = t.paced(x, e, into); res != web.Declined {
				return res
			}
		}
		x.Task.Turn() // the upstream may always have more
		n, err := e.conn.TryRead(into)
		switch {
		case err == reactor.ErrWouldBlock:
			continue
		case err != nil && e.up.client != 0: // the request's body failed, and its connection was closed for it
			e.now().response = x.Loop().Mono() - e.tryAt
			return web.Aborted
		case err == io.EOF && left < 0 && !chunked:
			return t.done(x, e, false)
		case err == io.EOF:
			x.Errorf(levelError, "upstream prematurely closed connection")
			return t.cutOff(x, e)
		case err != nil:
			x.Errorf(levelError, "recv() failed (%s)", web.ErrnoText(err))
			return t.cutOff(x, e)
		}
		if e.rate.limit > 0 {
			e.rate.took(x, n)
		}
		e.rest = e.buf[:n]
		st := e.now()
		st.received += int64(n)
		st.body += int64(n)
	}
}

// dechunk takes out of e.rest what there is of chunks. Their data is moved together, so that it goes to the client in one chunk.
func (e *Exchange) dechunk() (body []byte, done bool, err error) {
	in := e.rest
	at := 0
	for at < len(in) && !done && err == nil {
		var data []byte
		var used int
		data, used, done, err = e.chunks.Next(in[at:])
		at += used
		if body == nil && len(data) > 0 {
			body = in[at-len(data) : at] // what is behind it has been read by the time it is written over
		} else {
			body = append(body, data...)
		}
	}
	e.rest = in[at:]
	return body, done, err
}

// extra ends a body of known length; bytes behind it cost the connection.
func (t *target) extra(x *web.Exchange, e *Exchange, used int) web.Result {
	if len(e.rest) > used {
		x.Errorf(levelWarn, "upstream sent more data than specified in \"Content-Length\" header")
		return t.done(x, e, false)
	}
	return t.done(x, e, !e.answer.ConnClose)
}

// done ends an answer that came whole; keep says whether the peer's connection can serve another request.
func (t *target) done(x *web.Exchange, e *Exchange, keep bool) web.Result {
	st := e.now()
	st.response = x.Loop().Mono() - e.tryAt
	st.bytes = e.up.sent
	if keep && !e.up.active && e.up.err == nil && e.conn != nil {
		e.try.Keep(e.conn, nil)
		e.conn = nil
	}
	e.try.Done(upstream.OK)
	if e.cached != nil || e.store != nil {
		e.kept(x)
		if e.muted() {
			return web.Done
		}
		if e.lost != nil {
			return t.clientLost(x, e, e.lost)
		}
	}
	x.Acting("sending to client")
	if err := x.End(); err != nil {
		return t.clientLost(x, e, err)
	}
	return web.Done
}

// cutOff ends an answer that broke off: what there is of it goes out, and the client sees the connection close.
func (t *target) cutOff(x *web.Exchange, e *Exchange) web.Result {
	e.now().response = x.Loop().Mono() - e.tryAt
	if e.flush(x) == nil && !e.muted() {
		_ = x.Drain() // the client sees the connection close, either way
	}
	return web.Aborted
}

// clientLost ends an answer that the client does not take.
func (t *target) clientLost(x *web.Exchange, e *Exchange, err error) web.Result {
	e.now().response = x.Loop().Mono() - e.tryAt
	x.Acting("sending to client")
	x.LostClient(err)
	return web.Aborted
}

// endedBy ends an answer in the middle because the client has gone.
func (t *target) endedBy(x *web.Exchange, e *Exchange, status int) web.Result {
	e.now().status = e.answer.Status
	return web.Aborted
}
