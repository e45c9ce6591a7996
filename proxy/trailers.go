package proxy

import (
	"io"

	"understudy/http1"
	"understudy/reactor"
	"understudy/web"
)

// readTrailers reads the fields behind a chunked body and has them sent behind the answer's (proxy_pass_trailers); what is behind
// them stays in e.rest. A result other than Declined ends the exchange.
func (t *target) readTrailers(x *web.Exchange, e *Exchange) web.Result {
	limit := int(t.conf.BufferSize.Bytes())
	e.trailing.Reset()
	e.trailText = e.trailText[:0]
	for {
		had := len(e.trailText)
		e.trailText = append(e.trailText, e.rest[:min(len(e.rest), limit-had)]...)
		size, err := e.trailing.ParseTrailers(e.trailText)
		switch {
		case err != nil:
			x.Errorf(levelError, "%s", e.trailing.AppendError(nil, e.trailText))
			return t.broken(x, e)
		case size > 0:
			e.rest = e.rest[size-had:]
			e.trailText = e.trailText[:size]
			for i := range e.trailing.Headers {
				h := &e.trailing.Headers[i]
				if name := h.Name.Of(e.trailText); !t.conf.hidden.has(h.ID, name) {
					x.AddTrailer(web.Header{Name: name, Value: h.Value.Of(e.trailText), ID: h.ID})
				}
			}
			return web.Declined
		case len(e.trailText) >= limit:
			x.Errorf(levelError, "upstream sent too big trailers")
			return t.broken(x, e)
		}
		if res := t.more(x, e); res != web.Declined {
			return res
		}
	}
}

// more waits for the next bytes of an answer and reads them into e.rest.
func (t *target) more(x *web.Exchange, e *Exchange) web.Result {
	for {
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
		}
		if e.buf == nil {
			e.buf = x.Loop().Buf()
		}
		n, err := e.conn.TryRead(e.buf)
		switch {
		case err == reactor.ErrWouldBlock:
			continue
		case err != nil && e.up.client != 0: // the request's body failed, and its connection was closed for it
			return t.broken(x, e)
		case err == io.EOF:
			x.Errorf(levelError, "upstream prematurely closed connection")
			return t.cutOff(x, e)
		case err != nil:
			x.Errorf(levelError, "recv() failed (%s)", web.ErrnoText(err))
			return t.cutOff(x, e)
		}
		e.rest = e.buf[:n]
		st := e.now()
		st.received += int64(n)
		st.body += int64(n)
		return web.Declined
	}
}

// broken ends an answer that does not keep to the protocol: what waits to be sent does not go out.
func (t *target) broken(x *web.Exchange, e *Exchange) web.Result {
	e.now().response = x.Loop().Mono() - e.tryAt
	return web.Aborted
}

// hint passes a 103 on (ngx_http_upstream_process_early_hints); other interim answers are of no interest to the client.
func (t *target) hint(x *web.Exchange, e *Exchange, head []byte) {
	if e.answer.Status != 103 || e.muted() {
		return
	}
	if e.hinted += len(head); int64(e.hinted) > t.conf.BufferSize.Bytes() {
		x.Errorf(levelInfo, "upstream sent too big early hints")
		return
	}
	list := make([]web.Header, 0, len(e.answer.Headers))
	for i := range e.answer.Headers {
		h := &e.answer.Headers[i]
		if name := h.Name.Of(head); !t.conf.hidden.has(h.ID, name) {
			list = append(list, web.Header{Name: name, Value: h.Value.Of(head), ID: h.ID})
		}
	}
	_ = x.SendEarlyHints(list) // a client that has gone is noticed when the answer is sent
}

// answerTrailer is $upstream_trailer_NAME.
func answerTrailer(name string) func(x *web.Exchange, dst []byte) ([]byte, bool) {
	return func(x *web.Exchange, dst []byte) ([]byte, bool) {
		e, ok := slot.Have(x)
		if !ok {
			return dst, false
		}
		return joinFields(e.trailing.Headers, e.trailText, name, dst)
	}
}

// joinFields appends the values of the fields of that name.
func joinFields(list []http1.Header, text []byte, name string, dst []byte) ([]byte, bool) {
	found := false
	for i := range list {
		h := &list[i]
		if h.Invalid || h.Name.End > uint32(len(text)) || !web.SameName(h.Name.Of(text), name) {
			continue
		}
		if found {
			dst = append(dst, ", "...)
		}
		found = true
		dst = append(dst, h.Value.Of(text)...)
	}
	return dst, found
}
