package memcached

import (
	"bytes"
	"errors"
	"strconv"

	"understudy/errlog"
	"understudy/http1"
	"understudy/proxy"
	"understudy/vars"
	"understudy/web"
)

// protocol is `get KEY` and its answers: "VALUE KEY FLAGS LENGTH" with a value and "END" behind it, or "END" alone
// (https://github.com/memcached/memcached/blob/master/doc/protocol.txt).
type protocol struct {
	conf *Settings
	key  *vars.Variable
}

// state is what is known of the answer that is being read.
type state struct {
	name  []byte // $memcached_key
	key   []byte // the same as it was asked for
	value int64  // bytes that are still to come; -1 before the head has been read
	end   int    // of the end behind the value
}

var slot = web.NewSlot[state]()

const end = "\r\nEND\r\n"

var errInvalid = errors.New("invalid response")

// Resolve implements proxy.Protocol.
func (p *protocol) Resolve(x *web.Exchange, e *proxy.Exchange) web.Result {
	if x.Method&(http1.MethodGet|http1.MethodHead) == 0 {
		return 405
	}
	if res := x.Discard(); res != web.Declined {
		return res
	}
	return p.conf.Pass.Resolve(x, e, "memcached://")
}

// Streams implements proxy.Protocol.
func (p *protocol) Streams(*web.Exchange) bool { return false }

// Request implements proxy.Protocol.
func (p *protocol) Request(b []byte, x *web.Exchange, _ *proxy.Exchange) ([]byte, web.Result) {
	st := slot.Of(x)
	var ok bool
	if st.name, ok = p.key.Append(x, st.name[:0]); !ok || len(st.name) == 0 {
		x.Errorf(errlog.Error, "the \"$memcached_key\" variable is not set")
		return b, 500
	}
	b = append(b, "get "...)
	at := len(b)
	b = http1.EscapeURI(b, st.name, http1.EscapeMemcached)
	st.key = append(st.key[:0], b[at:]...)
	return append(b, "\r\n"...), web.Declined
}

// Begin implements proxy.Framed.
func (p *protocol) Begin(x *web.Exchange, _ *proxy.Exchange) { slot.Of(x).value = -1 }

// Head implements proxy.Protocol.
func (p *protocol) Head(b []byte, x *web.Exchange, e *proxy.Exchange) (int, error) {
	lf := bytes.IndexByte(b, '\n')
	if lf < 0 {
		return 0, nil
	}
	st := slot.Of(x)
	line := b[:lf]
	text, ok := bytes.CutSuffix(line, []byte("\r"))
	if !ok {
		return 0, invalid(x, line)
	}
	a, _ := e.Answer()
	if string(text) == "END" {
		x.Errorf(errlog.Info, "key: \"%s\" was not found by memcached", st.key)
		a.Status, a.ContentLength = 404, 0
		return lf + 1, nil
	}
	rest, ok := bytes.CutPrefix(text, []byte("VALUE "))
	if !ok {
		return 0, invalid(x, text)
	}
	if !bytes.HasPrefix(rest, st.key) {
		return 0, p.wrong(x, "key", text)
	}
	fields, ok := bytes.CutPrefix(rest[len(st.key):], []byte(" "))
	flags, length, both := bytes.Cut(fields, []byte(" "))
	if !ok || !both {
		return 0, invalid(x, text)
	}
	if mask := p.conf.GzipFlag.N(); mask != 0 {
		n, ok := number(flags)
		if !ok {
			return 0, p.wrong(x, "flags", text)
		}
		if n&int64(mask) != 0 {
			x.Out.Add(http1.HdrContentEncoding, []byte("Content-Encoding"), []byte("gzip"))
		}
	}
	n, ok := number(length)
	if !ok {
		return 0, p.wrong(x, "length", text)
	}
	a.Status, a.ContentLength = 200, n
	x.Out.ContentType = x.ContentType()
	return lf + 1, nil
}

func invalid(x *web.Exchange, line []byte) error {
	x.Errorf(errlog.Error, "memcached sent invalid response: \"%s\"", line)
	return errInvalid
}

// wrong logs what is wrong about a VALUE line.
func (p *protocol) wrong(x *web.Exchange, what string, line []byte) error {
	x.Errorf(errlog.Error, "memcached sent invalid %s in response \"%s\" for key \"%s\"", what, line, slot.Of(x).key)
	return errInvalid
}

// number reads decimal digits, and nothing else.
func number(b []byte) (int64, bool) {
	if len(b) == 0 || b[0] == '+' || b[0] == '-' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil
}

// NoHead implements proxy.Framed; Decode never ends a head.
func (p *protocol) NoHead(*web.Exchange, *proxy.Exchange) {}

// StartBody implements proxy.Framed.
func (p *protocol) StartBody(b []byte, x *web.Exchange, e *proxy.Exchange) (int, proxy.Progress) {
	a, _ := e.Answer()
	st := slot.Of(x)
	st.value, st.end = a.ContentLength, len(end)
	return p.Decode(b, x, e)
}

// Decode lets the value through and checks the end behind it (proxy.Framed).
func (p *protocol) Decode(b []byte, x *web.Exchange, _ *proxy.Exchange) (int, proxy.Progress) {
	st := slot.Of(x)
	if st.value < 0 {
		return len(b), proxy.More
	}
	n := int(min(st.value, int64(len(b))))
	st.value -= int64(n)
	tail := b[n:]
	if len(tail) > st.end || string(tail) != end[len(end)-st.end:len(end)-st.end+len(tail)] {
		x.Errorf(errlog.Error, "memcached sent invalid trailer")
		return n, proxy.Whole
	}
	if st.end -= len(tail); st.end > 0 {
		return n, proxy.More
	}
	return n, proxy.Reusable
}

// EOF implements proxy.Framed.
func (p *protocol) EOF(x *web.Exchange, _ *proxy.Exchange) proxy.Progress {
	x.Errorf(errlog.Error, "upstream prematurely closed connection")
	return proxy.Cut
}
