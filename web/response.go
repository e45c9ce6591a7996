package web

import (
	"understudy/http1"
)

// Response is the head of an answer on its way to the client. Bytes in it must stay as they are until the head is sent.
type Response struct {
	Status       int
	StatusText   []byte // "200 Fine", when the upstream had its own; else nginx's text for Status
	ContentType  []byte
	Charset      []byte // that the upstream wants the body recoded to (X-Accel-Charset)
	Length       int64  // of the body; -1 = not known beforehand
	LastModified int64  // Unix seconds; -1 = none
	Location     []byte
	ETag         []byte
	// OwnServer: Headers has the upstream's own Server field; Date: it has its Date, with this value.
	OwnServer bool
	Date      []byte
	Headers   []Header
	// VaryEncoding adds "Vary: Accept-Encoding".
	VaryEncoding bool
	// Ranges: the body is a file or the like, ranges of it can be sent.
	Ranges bool

	tagAt int // how many of Headers were there before ETag
	// SingleRange: only one of them, since the body comes in pieces.
	SingleRange bool
	// NoConditions: If-Modified-Since and its like are not for this answer; whoever made it has seen to them.
	NoConditions bool
}

// Header is one more field of a response head.
type Header struct {
	Name, Value []byte
	ID          http1.HeaderID
}

// Add appends a field.
func (r *Response) Add(id http1.HeaderID, name, value []byte) {
	r.Headers = append(r.Headers, Header{name, value, id})
}

// Remove drops all fields with this id.
func (r *Response) Remove(id http1.HeaderID) {
	kept := r.Headers[:0]
	for _, h := range r.Headers {
		if h.ID != id {
			kept = append(kept, h)
		}
	}
	r.Headers = kept
}

// Header gives the first field with this id.
func (r *Response) Header(id http1.HeaderID) ([]byte, bool) {
	for i := range r.Headers {
		if r.Headers[i].ID == id {
			return r.Headers[i].Value, true
		}
	}
	return nil, false
}

func (r *Response) reset() {
	headers := r.Headers
	clear(headers)
	*r = Response{Length: -1, LastModified: -1, Headers: headers[:0]}
}

// SendHead runs the location's filters over the head and queues it; it goes out with the first bytes of body, with Flush, or
// with End.
func (x *Exchange) SendHead() error {
	if x.headQueued {
		return nil
	}
	x.headQueued = true
	if x.errStatus != 0 {
		x.Out.Status, x.Out.StatusText = x.errStatus, nil
	}
	if err := x.filter(x.Location.filters); err != nil {
		return x.headFailed(err)
	}
	x.outerAt = len(x.bodies)
	if x.main != x {
		x.headerOnly = x.Method == http1.MethodHead
		return nil // a subrequest's head goes nowhere
	}
	if err := x.filter(x.Location.outer); err != nil {
		return x.headFailed(err)
	}
	if x.acting {
		x.headerOnly = true
		return nil
	}
	o := &x.Out
	if o.Status == statusNoContent && (o.StatusText == nil || x.front != nil) {
		o.ContentType, o.Length, o.LastModified = nil, -1, -1
	}
	if o.LastModified >= 0 && !o.hasDate() {
		o.LastModified = -1
	}
	if x.client.worker.draining {
		x.keepalive = false
	}
	x.setPace()
	x.headerOnly = x.Req.Version >= 1000 && // HTTP/0.9 has no heads, and so no answers of nothing else
		(x.Method == http1.MethodHead || o.Status < 200 || o.Status == statusNoContent || o.Status == statusNotModified)
	if x.headerOnly && len(x.bodies) > 0 {
		x.unfilter() // what goes nowhere need not be compressed
	}
	if x.front != nil {
		x.chunked, x.keepalive = false, false
		return x.front.SendHead(x, x.headerOnly || o.Length == 0)
	}
	if x.Req.Version >= 1000 {
		x.appendHead()
	} else {
		x.keepalive = false
	}
	return nil
}

func (x *Exchange) filter(list []Filter) error {
	for _, f := range list {
		b, err := f.Head(x)
		if err != nil {
			return err
		}
		if b != nil {
			x.bodies = append(x.bodies, b)
		}
	}
	return nil
}

// hasDate tells whether an answer of this status has a Last-Modified of ours.
func (r *Response) hasDate() bool {
	return r.Status == 200 || r.Status == 206 || r.Status == statusNotModified
}

// appendHead writes the head in nginx's order (ngx_http_header_filter).
func (x *Exchange) appendHead() {
	o := &x.Out
	conf := x.Location.Conf
	b := append(x.out, "HTTP/1.1 "...)
	if o.StatusText != nil {
		b = append(b, o.StatusText...)
	} else {
		b = http1.AppendStatus(b, o.Status)
	}
	b = append(b, "\r\n"...)
	if !o.OwnServer {
		b = append(b, serverLines[conf.ServerTokens.Index()]...)
	}
	if o.Date == nil {
		b = append(b, "Date: "...)
		b = x.client.worker.appendDate(b, x.Loop().Now())
		b = append(b, "\r\n"...)
	}
	if len(o.ContentType) > 0 {
		b = append(append(append(b, "Content-Type: "...), o.ContentType...), "\r\n"...)
	}
	if o.Length >= 0 {
		b = append(b, "Content-Length: "...)
		b = appendUint(b, uint64(o.Length))
		b = append(b, "\r\n"...)
	}
	if o.LastModified >= 0 {
		b = append(b, "Last-Modified: "...)
		b = http1.AppendDate(b, o.LastModified)
		b = append(b, "\r\n"...)
	}
	absolute := len(o.Location) > 0 && o.Location[0] == '/' && conf.AbsoluteRedirect.On()
	if absolute {
		b = append(b, "Location: http://"...)
		b = x.appendRedirectHost(b)
		b = append(append(b, o.Location...), "\r\n"...)
	}
	x.chunked = false
	if o.Length < 0 && !x.headerOnly {
		if x.Req.Version >= 1001 && conf.ChunkedTransferEncoding.On() {
			x.chunked = true
			b = append(b, "Transfer-Encoding: chunked\r\n"...)
		} else {
			x.keepalive = false
		}
	}
	switch {
	case o.Status == statusSwitchingProtocols:
		b = append(b, "Connection: upgrade\r\n"...)
	case x.keepalive:
		b = append(b, "Connection: keep-alive\r\n"...)
		if sec := conf.KeepaliveTimeout.header.D(); sec > 0 {
			b = append(b, "Keep-Alive: timeout="...)
			b = appendUint(b, uint64(sec.Seconds()))
			b = append(b, "\r\n"...)
		}
	default:
		b = append(b, "Connection: close\r\n"...)
	}
	if o.VaryEncoding {
		b = append(b, "Vary: Accept-Encoding\r\n"...)
	}
	if o.Location != nil && !absolute {
		b = append(append(append(b, "Location: "...), o.Location...), "\r\n"...)
	}
	tagAt := min(o.tagAt, len(o.Headers))
	for i := range len(o.Headers) + 1 {
		if i == tagAt && o.ETag != nil {
			b = append(append(append(b, "ETag: "...), o.ETag...), "\r\n"...)
		}
		if i == len(o.Headers) {
			break
		}
		h := &o.Headers[i]
		b = append(b, h.Name...)
		b = append(b, ": "...)
		b = append(b, h.Value...)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	x.headSize = int64(len(b) - len(x.out))
	x.out = b
}

// appendRedirectHost writes the host and port of a redirect to this server.
func (x *Exchange) appendRedirectHost(b []byte) []byte {
	conf := x.Location.Conf
	local := x.client.local()
	switch {
	case conf.ServerNameInRedirect.On():
		b = append(b, x.Server.Name...)
	case len(x.Host) > 0:
		b = append(b, x.Host...)
	case local.Addr().Is6():
		b = append(local.Addr().AppendTo(append(b, '[')), ']')
	default:
		b = local.Addr().AppendTo(b)
	}
	if port := local.Port(); port != 0 && port != 80 && conf.PortInRedirect.On() {
		b = appendUint(append(b, ':'), uint64(port))
	}
	return b
}

// Write sends a piece of the body through the filters. p belongs to the caller again afterwards.
func (x *Exchange) Write(p []byte) error {
	x.sub.output = x.sub.output || len(p) > 0
	if len(x.bodies) > 0 {
		return Sink{x, 0}.Write(p)
	}
	return x.sendBody(p)
}

// Flush sends what is held back; call it before waiting for more.
func (x *Exchange) Flush() error {
	if len(x.bodies) > 0 {
		return Sink{x, 0}.Flush(false)
	}
	return x.flushBody(false)
}

// End finishes the body.
func (x *Exchange) End() error {
	if x.ended {
		return nil
	}
	x.ended = true
	if len(x.bodies) > 0 {
		return Sink{x, 0}.Flush(true)
	}
	return x.flushBody(true)
}

// copyLimit: up to here a piece of body is copied behind what waits, so that one send carries both; larger ones go by writev.
const copyLimit = 4096

// sendBody puts a piece of body on the wire, in a chunk if need be.
func (x *Exchange) sendBody(p []byte) error {
	if x.headerOnly || len(p) == 0 {
		return nil
	}
	if x.main != x {
		return x.sendToParent(p)
	}
	if x.front != nil {
		return x.sendFront(p)
	}
	if x.chunked {
		x.out = http1.AppendChunkHead(x.out, len(p))
	}
	if len(p) <= copyLimit && len(x.out)+len(p) <= cap(x.out) {
		x.out = append(x.out, p...)
		if x.chunked {
			x.out = append(x.out, "\r\n"...)
		}
		if len(x.out) < copyLimit {
			return nil
		}
		return x.flush()
	}
	var err error
	if x.spooling != nil {
		err = x.pass(x.out, p)
	} else if x.pace.rate > 0 {
		if err = x.flush(); err == nil {
			err = x.send(p)
		}
	} else {
		var n int
		n, err = x.client.conn.Writev(x.out, p)
		x.wrote(n)
	}
	x.out = x.out[:0]
	if x.chunked {
		x.out = append(x.out, "\r\n"...)
	}
	return err
}

// flushBody sends what waits, behind the end of the body if this is it.
func (x *Exchange) flushBody(last bool) error {
	if x.main != x {
		return x.flushParent(last)
	}
	if x.acting {
		return nil
	}
	if x.front != nil {
		return x.front.Flush(x, last, x.trailers)
	}
	if last && x.chunked {
		x.endChunks()
	}
	err := x.flush()
	if last && err == nil && x.spooling != nil {
		err = x.settle()
	}
	return err
}

func (x *Exchange) flush() error {
	if len(x.out) == 0 {
		return nil
	}
	err := x.send(x.out)
	x.out = x.out[:0]
	return err
}

func (x *Exchange) wrote(n int) {
	if n > 0 {
		x.headSent = true
		x.sent += int64(n)
		x.client.sent += int64(n)
	}
}

// Reply answers with a complete small body.
func (x *Exchange) Reply(status int, contentType, body []byte) Result {
	if res := x.Discard(); res != Declined {
		return res
	}
	x.Out.Status = status
	x.Out.ContentType = contentType
	x.Out.Length = int64(len(body))
	if x.SendHead() != nil || x.Write(body) != nil || x.End() != nil {
		return Aborted
	}
	return Done
}

func appendUint(b []byte, n uint64) []byte {
	var t [20]byte
	i := len(t)
	for {
		i--
		t[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return append(b, t[i:]...)
		}
	}
}
