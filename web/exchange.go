package web

import (
	"net/netip"
	"sync/atomic"

	"understudy/errlog"
	"understudy/http1"
	"understudy/reactor"
	"understudy/vars"
)

// Exchange is one request on its way through the server, with its answer. Exchanges are pooled per loop: whatever a field
// holds ends with reset, and nothing of it is allocated for each request.
type Exchange struct {
	vars vars.State

	Site     *Site
	Server   *Server
	Location *Location
	Task     *reactor.Task
	client   *client
	front    Front     // nil: HTTP/1
	main     *Exchange // itself, or the exchange that a subrequest belongs to
	parent   *Exchange // of a subrequest
	sub      subrequest

	// The request. Spans of Req point into head.
	Req     http1.Request
	head    []byte
	ownHead []byte // of a subrequest, while head is its parent's
	have    int    // bytes of head that have been read
	size    int    // length of the head; what lies behind it is body, or the next request
	written int    // where the text of changed fields ends that lies in head, behind have; 0 = none
	ownText bool   // of a subrequest: head is not its parent's any more
	Method  http1.Method
	URI     []byte // path, normalised
	Args    []byte // behind "?", as sent
	Host    []byte // host of the request, checked and lower-cased; empty if it named none
	Body    requestBody
	fields  fieldsHead // while the head comes through a front

	clientAddr netip.AddrPort // in place of the connection's, when valid

	// Started is when the first byte of the request was read, Unix milliseconds.
	Started int64

	// The answer.
	Out      Response
	bodies   []Body
	out      []byte // head and small pieces of body that have not been sent
	spooling *Spooling
	backlog  *backlog // nil until the client is slower than its answer
	outerAt  int      // where in bodies those begin that see subrequests' output too
	trailers []Header // fields behind the body
	pace     pace
	follows  bool // the end of the exchange's own bytes is not that of the answer

	// Upstream is what the variables $upstream_… and the log show; nil without one.
	Upstream UpstreamInfo

	Internal  bool // redirected inside; "internal" locations let it in
	rewritten bool
	redirects int
	changed   bool // the URI was changed by rewrite; find the location again
	unparsed  bool // the URI is still what the client sent
	named     *Location
	// errStatus is the status to answer with in place of the handler's own: an error page is being made. 0 = none.
	errStatus   int
	inErrorPage bool

	headSent   bool
	headQueued bool
	headerOnly bool
	chunked    bool
	keepalive  bool
	ended      bool
	lingering  bool
	broken     bool // the connection failed: no answer can be given
	timedOut   bool
	pipelined  bool
	headEdited bool   // fields of the request were changed
	aliased    bool   // URI goes behind an alias by regex (try_files)
	left       bool   // the URI is not below the location's name any more
	action     string // what is going on, for the error log
	leftover   int    // bytes of the next request at the front of head
	abort      bool   // close at once, nothing more can be sent
	kept       bool   // a tunnel holds the exchange itself
	taken      bool   // the connection belongs to a tunnel now
	logged     bool
	sent       int64 // bytes put on the wire
	headSize   int64 // of these, the head and what frames the body in HTTP/2
	uriBuf     []byte
	hostBuf    []byte
	textBuf    []byte
	logBuf     []byte
	pageBuf    []byte
	acting     bool // for post_action: the client has its answer
	endings    []Ending
	states     []slotState
	later      []afterwards
	besides    int // subrequests that run beside this one
	// afterBesides is called when the last of them is over.
	afterBesides func()
	serial       uint32 // counts the requests of this exchange
}

// UpstreamInfo is what an upstream module shows of its exchange with peers.
type UpstreamInfo interface {
	// AppendURL appends the URL that was asked, as it stands in the error log.
	AppendURL(dst []byte) []byte
}

// VarState makes an exchange a subject for variables; a subrequest shares its main exchange's.
func (x *Exchange) VarState() *vars.State { return &x.main.vars }

// Conn is the client's connection.
func (x *Exchange) Conn() *reactor.Conn { return x.client.conn }

// Loop is the loop that the exchange lives on.
func (x *Exchange) Loop() *reactor.Loop { return x.client.conn.Loop() }

// Serial tells the requests apart that this exchange serves one after another.
func (x *Exchange) Serial() uint32 { return x.serial }

// Head is the buffer that the request's spans point into.
func (x *Exchange) Head() []byte { return x.head }

// Header gives the first request header with this id.
func (x *Exchange) Header(id http1.HeaderID) ([]byte, bool) {
	if i := x.Req.Known[id]; i != 0 {
		return x.Req.Headers[i-1].Value.Of(x.head), true
	}
	return nil, false
}

// Target is the request target as the client sent it ($request_uri).
func (x *Exchange) Target() []byte { return x.Req.Target.Of(x.head) }

// Unchanged tells that the URI is still the one the client sent, so that it can be passed on as it stands.
func (x *Exchange) Unchanged() bool { return x.unparsed }

// OnDirectory tells that the URI ends in a slash; try_files and alias can leave an empty one.
func (x *Exchange) OnDirectory() bool { return len(x.URI) > 0 && x.URI[len(x.URI)-1] == '/' }

// SetURI replaces path and arguments; both are copied.
func (x *Exchange) SetURI(uri, args []byte) {
	n := len(uri)
	x.uriBuf = append(append(x.spare(), uri...), args...)
	x.URI, x.Args = x.uriBuf[:n:n], nil
	if n == 0 {
		x.URI = []byte{}
	}
	if args != nil {
		x.Args = x.uriBuf[n:]
	}
	x.unparsed = false
}

// spare gives a buffer for a new URI which the present one does not lie in.
func (x *Exchange) spare() []byte {
	buf := x.uriBuf
	x.uriBuf = x.textBuf[:0]
	x.textBuf = buf
	return x.uriBuf
}

// maxRedirects bounds the changes of URI and the redirects inside (NGX_HTTP_MAX_URI_CHANGES).
const maxRedirects = 10

// Redirect sends the exchange through the phases once more with another URI (ngx_http_internal_redirect).
func (x *Exchange) Redirect(uri, args []byte) Result {
	x.redirects++
	if x.redirects > maxRedirects {
		x.Errorf(errlog.Error, "rewrite or internal redirection cycle while internally redirecting to \"%s\"", uri)
		return statusInternalError
	}
	x.SetURI(uri, args)
	x.Internal, x.left, x.aliased = true, false, false
	x.named = nil
	return Redirected
}

// RedirectNamed sends the exchange to a named location of its server.
func (x *Exchange) RedirectNamed(name string) Result {
	x.redirects++
	if x.redirects > maxRedirects {
		x.Errorf(errlog.Error, "rewrite or internal redirection cycle while redirect to named location \"%s\"", name)
		return statusInternalError
	}
	if len(x.URI) == 0 {
		x.Errorf(errlog.Error, "empty URI in redirect to named location \"%s\"", name)
		return statusInternalError
	}
	l := x.Server.root.named(name)
	if l == nil {
		x.Errorf(errlog.Error, "could not find named location \"%s\"", name)
		return statusInternalError
	}
	x.Internal, x.changed = true, false
	x.named = l
	return Redirected
}

// Rewritten tells the engine that rewrite changed the URI, so that the location is looked for again.
func (x *Exchange) Rewritten() { x.changed = true }

// Use puts another compiled location (an if block) in force.
func (x *Exchange) Use(l *Location) { x.Location = l }

// HeaderOnly tells that the answer has no body on the wire: HEAD, 204, 304.
func (x *Exchange) HeaderOnly() bool { return x.headerOnly }

// HeadSent tells that an answer is on its way, so that no other can be given.
func (x *Exchange) HeadSent() bool { return x.headQueued || x.headSent }

// BytesSent counts what went to the client, head included; BodyBytesSent all but the head, as nginx does: the sizes between chunks
// and a "100 Continue" count. What went out before the log line of a subrequest is that of the request it belongs to.
func (x *Exchange) BytesSent() int64     { return x.main.sent }
func (x *Exchange) BodyBytesSent() int64 { return max(x.main.sent-x.headSize, 0) }

// Errorf writes to the location's error log, with nginx's "client: …, server: …, request: …" behind the text.
func (x *Exchange) Errorf(level errlog.Level, format string, args ...any) {
	log := x.log()
	if !log.Enabled(level) {
		return
	}
	x.logBuf = appendf(x.logBuf[:0], format, args...)
	if x.action != "" {
		x.logBuf = append(append(x.logBuf, " while "...), x.action...)
	}
	x.logBuf = x.appendContext(x.logBuf)
	log.Write(level, x.client.conn.Serial(), x.logBuf)
}

// log is nil where nothing is to be said.
func (x *Exchange) log() *errlog.Log {
	if x.client.worker.quiet() {
		return nil
	}
	l := x.Location
	if l == nil {
		l = x.client.addr.fallback.root
	}
	if x.client.debug {
		return l.verbose
	}
	return l.Log
}

// appendContext appends what nginx's ngx_http_log_error does.
func (x *Exchange) appendContext(b []byte) []byte {
	b = append(b, ", client: "...)
	b = x.AppendClientAddr(b)
	b = append(b, ", server: "...)
	b = append(b, x.Server.Name...)
	if line := x.requestLine(); len(line) > 0 {
		b = append(b, ", request: \""...)
		b = append(b, line...)
		b = append(b, '"')
	}
	if x.main != x {
		b = append(append(append(b, ", subrequest: \""...), x.URI...), '"')
	}
	if x.Upstream != nil {
		b = append(b, ", upstream: \""...)
		b = x.Upstream.AppendURL(b)
		b = append(b, '"')
	}
	if host, ok := x.Header(http1.HdrHost); ok {
		b = append(b, ", host: \""...)
		b = append(b, host...)
		b = append(b, '"')
	}
	if ref, ok := x.Header(http1.HdrReferer); ok {
		b = append(b, ", referrer: \""...)
		b = append(b, ref...)
		b = append(b, '"')
	}
	return b
}

// Acting notes what is going on, for lines in the error log ("while connecting to upstream").
func (x *Exchange) Acting(action string) { x.action = action }

// VariableError logs what went wrong while a variable was evaluated (vars.Reporter).
func (x *Exchange) VariableError(text string) { x.Errorf(errlog.Error, "%s", text) }

// MatchError logs a regex that could not be matched (vars.Reporter).
func (x *Exchange) MatchError(text string) { x.Errorf(errlog.Alert, "%s", text) }

// abandon drops the answer: the connection closes when the handler returns Aborted.
func (x *Exchange) abandon() {
	if x.besides == 0 { // they send it too
		x.releaseBody()
	}
	x.drop()
	x.dropLater()
	x.end()
	x.abort = true
}

// Slot is a module's own state on an exchange. The state stays with the pooled exchange from request to request, so that it
// costs no allocation; the module resets it.
type Slot[T any] struct{ index int }

var slots atomic.Int32

// NewSlot hands out a slot; for package variables.
func NewSlot[T any]() Slot[T] { return Slot[T]{int(slots.Add(1) - 1)} }

// Of gives the module's state on x, made on first use. It is what an earlier request left until the module resets it.
func (s Slot[T]) Of(x *Exchange) *T {
	if s.index >= len(x.states) {
		x.states = append(x.states, make([]slotState, s.index+1-len(x.states))...)
	}
	st := &x.states[s.index]
	st.serial = x.serial
	if v, ok := st.value.(*T); ok {
		return v
	}
	v := new(T)
	st.value = v
	return v
}

// Have gives the module's state if Of was called for it during this request.
func (s Slot[T]) Have(x *Exchange) (*T, bool) {
	if s.index >= len(x.states) || x.states[s.index].serial != x.serial {
		return nil, false
	}
	return x.states[s.index].value.(*T), true
}

type slotState struct {
	value  any
	serial uint32
}

// reset makes the exchange ready for the next request; buffers are kept unless they grew large.
func (x *Exchange) reset() {
	x.Method = 0
	if len(x.endings) > 0 {
		x.end()
	}
	x.serial++
	x.Req.Reset()
	x.Server, x.Location, x.Upstream, x.named = nil, nil, nil, nil
	x.URI, x.Args, x.Host = nil, nil, nil
	x.Body.reset()
	x.Out.reset()
	clear(x.bodies)
	x.bodies = x.bodies[:0]
	x.out, x.outerAt = x.out[:0], 0
	x.main, x.parent, x.sub = x, nil, subrequest{}
	x.Internal, x.rewritten, x.changed, x.unparsed = false, false, false, false
	x.redirects, x.errStatus, x.inErrorPage, x.abort = 0, 0, false, false
	x.headSent, x.headQueued, x.headerOnly, x.chunked = false, false, false, false
	x.keepalive, x.ended, x.lingering, x.taken, x.logged = false, false, false, false, false
	x.sent, x.headSize = 0, 0
	x.pace = pace{}
	x.spooling, x.backlog = nil, nil
	x.size, x.have, x.written, x.ownText, x.headEdited = 0, 0, 0, false, false
	x.broken, x.timedOut, x.pipelined = false, false, false
	x.action = ""
	x.left, x.aliased, x.acting = false, false, false
	clear(x.trailers)
	x.front, x.trailers = nil, x.trailers[:0]
	x.clientAddr = netip.AddrPort{}
}
