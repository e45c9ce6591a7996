package fastcgi

import (
	"bytes"

	"understudy/errlog"
	"understudy/proxy"
	"understudy/proxy/cgi"
	"understudy/web"
)

// protocol is FastCGI in the role of a responder.
type protocol struct{ conf *Settings }

// state is what is known of the answer that is being read.
type state struct {
	reader
	inBody   bool
	left     int64 // of the body, by Content-Length; -1 = nobody knows
	closed   bool  // stdout is
	ending   bool  // the end of the request has begun
	finished bool  // it is complete
	behind   bool  // there are bytes behind it
	caught   bool  // what came in stderr is one of fastcgi_catch_stderr
	over     bool  // there was more than Content-Length says
}

var slot = web.NewSlot[state]()

// Resolve implements proxy.Protocol.
func (p *protocol) Resolve(x *web.Exchange, e *proxy.Exchange) web.Result {
	return p.conf.Pass.Resolve(x, e, "fastcgi://")
}

// Streams implements proxy.Protocol.
func (p *protocol) Streams(*web.Exchange) bool { return true }

// Request implements proxy.Protocol (ngx_http_fastcgi_create_request).
func (p *protocol) Request(b []byte, x *web.Exchange, e *proxy.Exchange) ([]byte, web.Result) {
	flags := byte(0)
	if p.conf.KeepConn.On() {
		flags = 1
	}
	b = append(appendHeader(b, typeBegin, 8), 0, 1, flags, 0, 0, 0, 0, 0) // the role of a responder
	at := len(b)
	b = appendHeader(b, typeParams, 0)
	b = p.conf.AppendParams(b, x, e, appendPair)
	n := len(b) - at - headerSize
	if n > maxContent {
		x.Errorf(errlog.Alert, "fastcgi request record is too big: %d", n)
		return b, 500
	}
	appendHeader(b[:at], typeParams, n)
	b = appendHeader(appendPadding(b, n), typeParams, 0)
	if e.Streaming() {
		return b, web.Declined
	}
	if !p.conf.PassRequestBody.On() {
		return p.AppendRecord(b, 0), web.Declined
	}
	if x.BodyFile() != nil {
		return b, web.Declined
	}
	return proxy.AppendBody(p, b, x.BodyMemory()), web.Declined
}

// AppendRecord implements proxy.Recorded.
func (p *protocol) AppendRecord(b []byte, n int) []byte { return appendHeader(b, typeStdin, n) }

// AppendPadding implements proxy.Recorded.
func (p *protocol) AppendPadding(b []byte, n int) []byte { return appendPadding(b, n) }

// Begin implements proxy.Framed.
func (p *protocol) Begin(x *web.Exchange, _ *proxy.Exchange) { *slot.Of(x) = state{left: -1} }

// Head implements proxy.Protocol.
func (p *protocol) Head(b []byte, x *web.Exchange, e *proxy.Exchange) (int, error) {
	return cgi.Head(b, x, e)
}

// Decode implements proxy.Framed. What stands in stderr goes to the log.
func (p *protocol) Decode(b []byte, x *web.Exchange, _ *proxy.Exchange) (int, proxy.Progress) {
	st := slot.Of(x)
	n := 0
	for rest := b; ; {
		var ev event
		var content []byte
		ev, content, rest = st.next(rest)
		switch ev {
		case needMore, faulty:
			return n, p.progress(x, st)
		case stdout:
			if st.inBody {
				if content = st.within(x, content); st.over {
					return n + copy(b[n:], content), proxy.Whole
				}
			}
			n += copy(b[n:], content)
		case stderr:
			p.logStderr(x, content)
			if !st.inBody && !bytes.Contains(b[:n], []byte("\n\r\n")) && !bytes.Contains(b[:n], []byte("\n\n")) && p.catches(content) {
				st.caught = true
				return n, proxy.Broken
			}
		case closed:
			st.closed = true
		case ending:
			st.ending = true
		case finished:
			st.finished, st.behind = true, len(rest) > 0
			return n, p.progress(x, st)
		}
	}
}

// progress tells how far the answer has come, and logs what is wrong with its body.
func (p *protocol) progress(x *web.Exchange, st *state) proxy.Progress {
	switch {
	case !st.inBody:
		if st.fault != "" || st.closed || st.ending {
			return proxy.Broken
		}
		return proxy.More
	case (st.closed || st.ending) && st.left > 0:
		what := "request"
		if st.closed {
			what = "stdout"
		}
		x.Errorf(errlog.Error, "upstream prematurely closed FastCGI %s", what)
		return proxy.Cut
	case st.fault != "":
		x.Errorf(errlog.Error, "%s", st.fault)
		return proxy.Broken
	case st.finished && !st.behind && p.conf.KeepConn.On():
		return proxy.Reusable
	case st.finished: // not before, as the application could not say the rest
		return proxy.Whole
	}
	return proxy.More
}

// within cuts what is more than Content-Length says.
func (st *state) within(x *web.Exchange, content []byte) []byte {
	if st.left < 0 {
		return content
	}
	if int64(len(content)) > st.left {
		x.Errorf(errlog.Warn, "upstream sent more data than specified in \"Content-Length\" header")
		content, st.over = content[:st.left], true
	}
	st.left -= int64(len(content))
	return content
}

// NoHead implements proxy.Framed.
func (p *protocol) NoHead(x *web.Exchange, _ *proxy.Exchange) {
	switch st := slot.Of(x); {
	case st.caught:
	case st.closed:
		x.Errorf(errlog.Error, "upstream prematurely closed FastCGI stdout")
	case st.ending:
		x.Errorf(errlog.Error, "upstream sent unexpected FastCGI record: %d", typeEnd)
	default:
		x.Errorf(errlog.Error, "%s", st.fault)
	}
}

// StartBody implements proxy.Framed (ngx_http_fastcgi_input_filter_init).
func (p *protocol) StartBody(b []byte, x *web.Exchange, e *proxy.Exchange) (int, proxy.Progress) {
	st := slot.Of(x)
	a, _ := e.Answer()
	st.inBody, st.left = true, a.ContentLength
	if a.Status == 204 || a.Status == 304 {
		st.left = 0
	}
	if b = st.within(x, b); st.over {
		return len(b), proxy.Whole
	}
	return len(b), p.progress(x, st)
}

// EOF implements proxy.Framed: without fastcgi_keep_conn the end of the connection is an end, too.
func (p *protocol) EOF(x *web.Exchange, _ *proxy.Exchange) proxy.Progress {
	if st := slot.Of(x); !p.conf.KeepConn.On() && st.left <= 0 {
		return proxy.Whole
	}
	x.Errorf(errlog.Error, "upstream prematurely closed connection")
	return proxy.Cut
}

// logStderr writes what an application says in stderr to the log.
func (p *protocol) logStderr(x *web.Exchange, text []byte) {
	n := len(text)
	for n > 1 && (text[n-1] == '\n' || text[n-1] == '\r' || text[n-1] == '.' || text[n-1] == ' ') {
		n--
	}
	x.Errorf(errlog.Error, "FastCGI sent in stderr: \"%s\"", text[:n])
}

func (p *protocol) catches(text []byte) bool {
	for _, s := range p.conf.CatchStderr.All() {
		if bytes.Contains(text, []byte(s)) {
			return true
		}
	}
	return false
}
