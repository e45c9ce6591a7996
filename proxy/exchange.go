package proxy

import (
	"understudy/errlog"
	"understudy/http1"
	"understudy/reactor"
	"understudy/upstream"
	"understudy/web"
)

const (
	levelError = errlog.Error
	levelInfo  = errlog.Info
	levelWarn  = errlog.Warn
)

// Exchange is the part of one exchange that has to do with its upstream; it stays with the pooled web.Exchange, and keeps its memory.
type Exchange struct {
	to      destination
	try     upstream.Try
	target  *target
	peer    *upstream.Peer
	conn    *reactor.Conn
	request []byte // head of the request to the upstream
	uriAt   int    // its target
	uriEnd  int
	setBody []byte // what is sent in the place of the client's body
	ownBody bool   // it is
	url     []byte

	answer http1.Response
	chunks http1.Chunked
	text   []byte // the answer's head; its spans, and what was made of them, point into it
	buf    []byte // the loop's buffer, while an answer is being read
	rest   []byte // of the answer, in buf
	name   []byte // rewritten Location and Refresh

	trailing  http1.Response // the fields behind a chunked answer
	trailText []byte         // that they point into
	hinted    int            // bytes of early hints of the present try
	rate      rate
	buffered  bool // the answer is passed on in nginx's buffered way

	states []state // one for each peer that was tried
	up     uploader

	serial     uint32
	redirected bool // states holds tries of before a redirect inside

	head      bool // the request's method is HEAD
	streaming bool // the request's body is sent while it is received
	bodyTaken bool // the request's body has been read, or is streamed
	over      bool // nothing is asked of an upstream any more
	sent      bool // some of the request has been sent to the present peer
	started   int64
	tryAt     int64

	cached *caching // in a location with proxy_cache
	spare  *caching // its memory, from one request to the next
	store  *storing // while an answer is stored (proxy_store)
	lost   error    // of the client's connection, while its answer is being kept all the same
}

var slot = web.NewSlot[Exchange]()

// state is what became of one try (ngx_http_upstream_state_t). Times are milliseconds, -1 = not reached.
type state struct {
	peer     *upstream.Peer // nil: no peer was live
	group    string
	status   int
	after    bool // the first try behind a redirect inside
	connect  int64
	header   int64
	response int64
	received int64 // bytes from the peer
	body     int64 // of these, behind the head
	bytes    int64 // sent to the peer
}

// begin clears what the last exchange left; buffers are kept. The tries of before a redirect inside stay with the request.
func (e *Exchange) begin(x *web.Exchange) {
	if e.serial == x.Serial() {
		e.text = nil // the head that is being made may hold parts of it
	}
	e.redirected = e.serial == x.Serial() && len(e.states) > 0
	e.serial = x.Serial()
	if !e.redirected {
		e.states = e.states[:0]
	}
	e.peer, e.conn, e.buf, e.rest = nil, nil, nil, nil
	e.head, e.streaming, e.sent = false, false, false
	e.bodyTaken, e.over = false, false
	e.started = x.Loop().Mono()
	e.cached, e.store, e.lost = nil, nil, nil
	e.trailing.Reset()
	e.forget()
	e.up.reset()
}

// now is the state of the try under way.
func (e *Exchange) now() *state { return &e.states[len(e.states)-1] }

// AppendURL is the upstream's URL as it stands in the error log (web.UpstreamInfo).
func (e *Exchange) AppendURL(b []byte) []byte {
	b = append(b, e.to.scheme...)
	switch {
	case e.peer != nil:
		b = append(b, e.peer.Name...)
	case e.to.group != nil:
		b = append(b, e.to.group.Name...)
	}
	if e.peer != nil && e.peer.Addr.Unix != "" && !e.over { // nginx does not know any more what it was
		b = append(b, ':')
	}
	return append(b, e.request[e.uriAt:e.uriEnd]...)
}
