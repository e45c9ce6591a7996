package web

import (
	"understudy/ascii"
	"understudy/errlog"
	"understudy/http1"
)

// Request heads that come as fields instead of text (HTTP/2, HTTP/3). Their bytes are gathered in the exchange's head buffer,
// with a request line made for variables and logs.

// fieldsHead is what is known of such a head while it comes.
type fieldsHead struct {
	method    http1.Span
	scheme    http1.Span
	path      http1.Span
	authority http1.Span
	named     bool // there was an authority
	lined     bool // the request line has been made: no pseudo-header may follow
	cookies   []http1.Span
}

func (f *fieldsHead) reset() { *f = fieldsHead{cookies: f.cookies[:0]} }

// gather appends text to the head buffer.
func (x *Exchange) gather(text string) http1.Span {
	n := x.have
	if n+len(text) > len(x.head) {
		grown := make([]byte, max(2*len(x.head), n+len(text)+headBuffer))
		copy(grown, x.head[:n])
		x.head = grown
	}
	x.have += copy(x.head[n:], text)
	return http1.Span{Off: uint32(n), End: uint32(x.have)}
}

// Field takes one field of the head, pseudo-headers first. Declined: go on; else the status to answer with.
func (x *Exchange) Field(name, value string) Result {
	pseudo := name[0] == ':'
	checked := name
	if pseudo {
		checked = name[1:]
	}
	odd, ok := http1.CheckFieldName(checked, x.Req.Options().AllowUnderscores)
	if !ok {
		return x.badField("client sent invalid header name: \"%s\"", name)
	}
	for i := range len(value) {
		if c := value[i]; c == 0 || c == '\n' || c == '\r' {
			return x.badField("client sent header \"%s\" with invalid value: \"%s\"", name, value)
		}
	}
	if pseudo {
		return x.pseudo(name, value)
	}
	if res := x.makeLine(); res != Declined {
		return res
	}
	if odd && !x.Req.Options().KeepInvalid {
		x.Errorf(errlog.Info, "client sent invalid header: \"%s\"", name)
		return Declined
	}
	if name == "cookie" {
		x.fields.cookies = append(x.fields.cookies, x.gather(value))
		return Declined
	}
	return x.added(x.Req.AddField(x.header(name, value)))
}

// header gathers a field.
func (x *Exchange) header(name, value string) ([]byte, http1.Header) {
	h := http1.Header{Name: x.gather(name), Value: x.gather(value)}
	return x.head, h
}

func (x *Exchange) added(err error) Result {
	if err == nil {
		return Declined
	}
	return x.badHead(err)
}

func (x *Exchange) badField(format string, args ...any) Result {
	x.Errorf(errlog.Info, format, args...)
	return statusBadRequest
}

// pseudo takes :method, :scheme, :path or :authority.
func (x *Exchange) pseudo(name, value string) Result {
	f := &x.fields
	if f.lined {
		return x.badField("client sent out of order pseudo-headers")
	}
	var place *http1.Span
	switch name {
	case ":method":
		place = &f.method
	case ":scheme":
		place = &f.scheme
	case ":path":
		place = &f.path
	case ":authority":
		return x.authority(value)
	default:
		return x.badField("client sent unknown pseudo-header \"%s\"", name)
	}
	if !place.Empty() {
		return x.badField("client sent duplicate %s header", name)
	}
	if value == "" {
		return x.badField("client sent empty %s header", name)
	}
	*place = x.gather(value)
	switch name {
	case ":path":
		if !x.Req.SetPath(x.head, *place) {
			return x.badField("client sent invalid :path header: \"%s\"", value)
		}
		if res := x.admitURI(); res != Declined {
			return res
		}
		x.takeURI() // for the log, should the request be refused
	case ":scheme":
		if !validScheme(value) {
			return x.badField("client sent invalid :scheme header: \"%s\"", value)
		}
	default:
		m := place.Of(x.head)
		if x.Req.Method = http1.MethodOf(m); !http1.ValidMethod(m) {
			return x.badField("client sent invalid method: \"%s\"", value)
		}
		x.Req.MethodText = *place
	}
	return Declined
}

func (x *Exchange) authority(value string) Result {
	f := &x.fields
	if f.named {
		return x.badField("client sent duplicate \":authority\" header")
	}
	f.named = true
	f.authority = x.gather(value)
	if err := x.Req.SetAuthority(x.head, f.authority); err == http1.ErrBadHost {
		return x.badField("client sent invalid \":authority\" header")
	} else if err != nil {
		return x.badHead(err)
	}
	return Declined
}

func validScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return true
}

// makeLine makes the request line once the pseudo-headers are over.
func (x *Exchange) makeLine() Result {
	f := &x.fields
	if f.lined {
		return Declined
	}
	switch {
	case f.method.Empty():
		return x.badField("client sent no :method header")
	case f.scheme.Empty():
		return x.badField("client sent no :scheme header")
	case f.path.Empty():
		return x.badField("client sent no :path header")
	}
	f.lined = true
	r := &x.Req
	start := x.gather(string(f.method.Of(x.head)))
	x.gather(" ")
	x.gather(string(f.path.Of(x.head)))
	x.gather(" ")
	r.Protocol = x.gather("HTTP/2.0")
	r.Line = http1.Span{Off: start.Off, End: r.Protocol.End}
	x.Method = r.Method
	return Declined
}

// EndFields completes the head: ended tells that no body follows, enabled that the protocol is meant to be spoken to the server
// that was chosen. Declined: the request can be served; else the status to answer with (ngx_http_v2_run_request).
func (x *Exchange) EndFields(ended bool, enabled func(s *Server) bool) Result {
	f, r := &x.fields, &x.Req
	if !enabled(x.Server) {
		x.Errorf(errlog.Info, "client attempted to request the server name for which the negotiated protocol is disabled")
		return statusMisdirected
	}
	if res := x.makeLine(); res != Declined {
		return res
	}
	if res := x.joinCookies(); res != Declined {
		return res
	}
	for _, refused := range [...]http1.HeaderID{http1.HdrConnection, http1.HdrKeepAlive, http1.HdrTransferEncoding, http1.HdrUpgrade} {
		if r.Known[refused] != 0 {
			return x.badField("client sent \"%s\" header", canonical[refused])
		}
	}
	if i := r.Known[http1.HdrTE]; i != 0 && !x.onlyTrailers(int(i)) {
		return x.badField("client sent invalid \"TE\" header")
	}
	if r.Server.Empty() {
		return x.badField("client sent neither \":authority\" nor \"Host\" header")
	}
	if f.named {
		if host, ok := x.Header(http1.HdrHost); !ok {
			name := x.gather("host")
			if res := x.added(r.AddOwn(x.head, http1.Header{Name: name, Value: f.authority})); res != Declined {
				return res
			}
		} else if string(host) != string(f.authority.Of(x.head)) {
			return x.badField("client sent \":authority\" and \"Host\" headers with different values")
		}
	}
	if err := r.EndFields(x.head); err != nil {
		return x.badHead(err)
	}
	switch {
	case r.ContentLength > 0 && ended:
		x.front.SkipBody()
		return x.badField("client prematurely closed stream")
	case r.ContentLength < 0 && !ended:
		r.Chunked = true
	case r.ContentLength == 0 && !ended:
		x.Body.open = true
	}
	switch r.Method {
	case http1.MethodConnect:
		x.Errorf(errlog.Info, "client sent CONNECT method")
		return statusNotAllowed
	case http1.MethodTrace:
		x.Errorf(errlog.Info, "client sent TRACE method")
		return statusNotAllowed
	}
	x.size = x.have
	return x.admit()
}

// canonical are the names of refused fields as nginx's messages have them.
var canonical = map[http1.HeaderID]string{
	http1.HdrConnection: "Connection", http1.HdrKeepAlive: "Keep-Alive", http1.HdrTransferEncoding: "Transfer-Encoding", http1.HdrUpgrade: "Upgrade",
}

const (
	statusMisdirected = 421
	statusNotAllowed  = 405
)

// joinCookies makes one Cookie field of the several that a client may send (RFC 9113, 8.2.3).
func (x *Exchange) joinCookies() Result {
	list := x.fields.cookies
	if len(list) == 0 {
		return Declined
	}
	name, value := x.gather("cookie"), list[0]
	if len(list) > 1 {
		value = x.gather(string(list[0].Of(x.head)))
		for _, c := range list[1:] {
			x.gather("; ")
			value.End = x.gather(string(c.Of(x.head))).End
		}
	}
	return x.added(x.Req.AddOwn(x.head, http1.Header{Name: name, Value: value}))
}

// onlyTrailers tells that TE is there once and says "trailers".
func (x *Exchange) onlyTrailers(index int) bool {
	for _, h := range x.Req.Headers[index:] {
		if h.ID == http1.HdrTE {
			return false
		}
	}
	v := x.Req.Headers[index-1].Value.Of(x.head)
	return ascii.EqualFold(v, "trailers")
}
