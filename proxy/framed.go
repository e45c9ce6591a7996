package proxy

import (
	"io"

	"understudy/reactor"
	"understudy/web"
)

// relayFramed passes the body of an answer on that the protocol takes out of its frames; these tell where it ends.
func (t *target) relayFramed(x *web.Exchange, e *Exchange) web.Result {
	t.startRate(x, e)
	n, progress := t.framed.StartBody(e.rest, x, e)
	e.rest = e.rest[:n]
	if (x.HeaderOnly() || e.muted()) && !e.keeping() {
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
	for {
		if len(e.rest) > 0 {
			if err := e.write(x, e.rest); err != nil {
				return t.clientLost(x, e, err)
			}
			e.rest = nil
		}
		switch progress {
		case Whole, Reusable:
			return t.done(x, e, progress == Reusable)
		case Cut:
			return t.cutOff(x, e)
		case Broken:
			return t.broken(x, e)
		}
		var res web.Result
		if progress, res = t.readFrames(x, e); res != web.Declined {
			return res
		}
	}
}

// readFrames waits for the next bytes of an answer and takes them out of their frames into e.rest. A result other than Declined ends
// the exchange.
func (t *target) readFrames(x *web.Exchange, e *Exchange) (Progress, web.Result) {
	for {
		if !e.conn.Readable() {
			if err := e.flush(x); err != nil {
				return Broken, t.clientLost(x, e, err)
			}
			e.putBuf(x.Loop())
			if status, how := t.await(x, e); how != answered {
				if how == timedOut {
					x.Errorf(levelError, "upstream timed out (110: Connection timed out)")
					return Broken, t.cutOff(x, e)
				}
				return Broken, t.endedBy(x, e, status)
			}
		}
		if e.buf == nil {
			e.buf = x.Loop().Buf()
		}
		into := e.buf
		if e.rate.limit > 0 {
			var res web.Result
			if into, res = t.paced(x, e, into); res != web.Declined {
				return Broken, res
			}
		}
		x.Task.Turn() // the upstream may always have more
		n, err := e.conn.TryRead(into)
		switch {
		case err == reactor.ErrWouldBlock:
			continue
		case err != nil && e.up.client != 0: // the request's body failed, and its connection was closed for it
			e.now().response = x.Loop().Mono() - e.tryAt
			return Broken, web.Aborted
		case err == io.EOF:
			return t.framed.EOF(x, e), web.Declined
		case err != nil:
			x.Errorf(levelError, "recv() failed (%s)", web.ErrnoText(err))
			return Broken, t.cutOff(x, e)
		}
		if e.rate.limit > 0 {
			e.rate.took(x, n)
		}
		st := e.now()
		st.received += int64(n)
		st.body += int64(n)
		n, progress := t.framed.Decode(into[:n], x, e)
		e.rest = into[:n]
		return progress, web.Declined
	}
}
