package web

import (
	"errors"
	"io"
	"os"
	"time"

	"understudy/errlog"
	"understudy/http1"
	"understudy/reactor"
)

// requestBody is the body of a request: not yet read, in memory, or in a temporary file.
type requestBody struct {
	state     bodyState
	discarded bool
	stopped   bool  // StopBody was called
	failed    error // why it cannot be read any further
	at        int   // how far head has been used
	rest      int64 // of Content-Length, still to come
	length    int64 // decoded so far
	wire      int64 // the same as it came, with what makes chunks of it; buffers that were used up
	used      int64 // of the buffer at hand
	chunks    http1.Chunked
	raw       []byte // undecoded bytes at hand
	buf       []byte // the loop's buffer that raw lies in
	behind    []byte // what came behind the body: the next request; nil = look behind the head

	ahead    []byte // gathered, but not yet given out by NextBody
	mem      []byte
	memBuf   []byte // the loop's buffer that mem lies in
	file     *os.File
	clean    bool // remove the file in the end
	borrowed bool // a subrequest's: memory and file are its parent's
	inFull   bool // all of it is to be read before it is used
	expects  bool // "100 Continue" has been dealt with
	open     bool // HTTP/2: the stream goes on behind the head, though no byte is to come
}

type bodyState uint8

const (
	bodyUnread bodyState = iota
	bodyReading
	bodyWhole
)

func (b *requestBody) reset() {
	*b = requestBody{}
}

// release gives back what the body holds.
func (x *Exchange) releaseBody() {
	b := &x.Body
	if b.borrowed {
		b.mem, b.file = nil, nil
		return
	}
	if b.buf != nil {
		x.Loop().PutBuf(b.buf)
		b.buf = nil
	}
	if b.memBuf != nil {
		x.Loop().PutBuf(b.memBuf)
		b.memBuf = nil
	}
	b.mem = nil
	if b.file != nil {
		name := b.file.Name()
		b.file.Close()
		if b.clean {
			os.Remove(name)
		}
		b.file = nil
	}
}

// HasBody tells that the request announced a body, or the end of one.
func (x *Exchange) HasBody() bool {
	return x.Req.ContentLength > 0 || x.Req.Chunked || x.Body.open
}

// BodyMemory gives a body that was read into memory; BodyFile one that was read into a file.
func (x *Exchange) BodyMemory() []byte { return x.Body.mem }
func (x *Exchange) BodyFile() *os.File { return x.Body.file }

// BodyLength is the length of what has been read of the body, decoded.
func (x *Exchange) BodyLength() int64 { return x.Body.length }

var errTooLargeBody = errors.New("client intended to send too large chunked body")
var errBadChunk = errors.New("client sent invalid chunked body")

// startBody prepares reading, and answers "Expect: 100-continue".
func (x *Exchange) startBody() error {
	b := &x.Body
	if b.state != bodyUnread {
		return nil
	}
	b.state = bodyReading
	b.raw = x.head[x.size:x.have]
	b.at = x.have
	b.rest = max(x.Req.ContentLength, 0)
	if !x.HasBody() {
		b.state = bodyWhole
		b.behind = b.raw
	}
	if x.front != nil {
		x.openFront()
		return nil
	}
	return x.sendContinue()
}

func (x *Exchange) sendContinue() error {
	b := &x.Body
	if b.expects || !x.Req.ExpectContinue || x.Req.Version < 1001 {
		return nil
	}
	b.expects = true
	n, err := x.client.conn.Write(continueLine)
	x.sent += int64(n)
	x.client.sent += int64(n)
	if err != nil {
		x.broken = true
		return err
	}
	return nil
}

var continueLine = []byte("HTTP/1.1 100 Continue\r\n\r\n")

// NextBody gives the next decoded piece of the body, valid until the next call, waiting for it if need be; io.EOF at its end.
// Other errors have been logged; BodyStatus tells what to answer.
func (x *Exchange) NextBody() ([]byte, error) {
	for {
		p, err := x.TryBody()
		if err != reactor.ErrWouldBlock {
			return p, err
		}
		if err := x.fillBody(); err != nil {
			return nil, err
		}
	}
}

// TryBody is NextBody without waiting: reactor.ErrWouldBlock when nothing is at hand.
func (x *Exchange) TryBody() ([]byte, error) {
	if err := x.startBody(); err != nil {
		return nil, err
	}
	b := &x.Body
	if len(b.ahead) > 0 {
		p := b.ahead
		b.ahead = nil
		return p, nil
	}
	if b.failed != nil {
		return nil, b.failed
	}
	for b.state != bodyWhole {
		if x.front != nil {
			if p, err := x.tryFront(); err != nil || len(p) > 0 {
				return p, err
			}
			continue
		}
		if len(b.raw) == 0 {
			return nil, reactor.ErrWouldBlock
		}
		p, err := x.decode()
		if err != nil {
			return nil, err
		}
		if len(p) > 0 {
			b.length += int64(len(p))
			return p, nil
		}
	}
	if b.buf != nil && len(b.behind) == 0 {
		x.Loop().PutBuf(b.buf)
		b.buf = nil
	}
	return nil, io.EOF
}

// decode takes the next piece out of raw.
func (x *Exchange) decode() ([]byte, error) {
	b := &x.Body
	if !x.Req.Chunked {
		n := int(min(int64(len(b.raw)), b.rest))
		p := b.raw[:n]
		b.raw = b.raw[n:]
		b.count(n, b.rest == int64(n))
		if b.rest -= int64(n); b.rest == 0 {
			b.state, b.behind, b.raw = bodyWhole, b.raw, nil
		}
		return p, nil
	}
	p, n, done, err := b.chunks.Next(b.raw)
	if err != nil {
		x.Errorf(errlog.Error, "client sent invalid chunked body")
		b.state, b.raw, b.behind = bodyWhole, nil, []byte{} // there is no telling where it ends, so it ends here
		b.mem = nil
		x.keepalive = false
		b.failed = errBadChunk
		return nil, errBadChunk
	}
	b.raw = b.raw[n:]
	if limit := x.Location.Conf.ClientMaxBodySize.Bytes(); limit > 0 && !b.discarded {
		if size := int64(len(p)) + b.chunks.Remaining(); b.length+size > limit {
			x.Errorf(errlog.Error, "client intended to send too large chunked body: %d+%d bytes", b.length, size)
			x.lingering = true
			b.failed = errTooLargeBody
			return nil, errTooLargeBody
		}
	}
	b.count(n, done)
	if done {
		b.state, b.behind, b.raw = bodyWhole, b.raw, nil
	}
	return p, nil
}

// count notes that n bytes of the buffer at hand were used; as in nginx they count for $request_length with the whole buffer.
func (b *requestBody) count(n int, done bool) {
	if b.discarded {
		return
	}
	if b.used += int64(n); done || len(b.raw) == 0 {
		b.wire, b.used = b.wire+b.used, 0
	}
}

// ErrBodyStopped is what NextBody gives once StopBody was called.
var ErrBodyStopped = errors.New("the body is not wanted any more")

// StopBody ends another task's waiting in NextBody. The connection cannot serve another request then.
func (x *Exchange) StopBody() {
	x.Body.stopped = true
	if x.front != nil {
		x.skipFront()
		return
	}
	_ = x.client.conn.SetReadDeadline(time.Now()) // it never fails
}

// fillBody reads more of the body from the connection.
func (x *Exchange) fillBody() error {
	if x.front != nil {
		return x.waitFront()
	}
	b := &x.Body
	conn := x.client.conn
	conn.SetReadTimeout(patience(x.Location.Conf.ClientBodyTimeout))
	if b.stopped {
		return ErrBodyStopped
	}
	err := x.readBody()
	if b.stopped {
		_ = conn.SetReadDeadline(time.Time{})
		return ErrBodyStopped
	}
	if err == reactor.ErrTimeout {
		x.timedOut, x.broken = true, true // nginx logs none of it
		return err
	}
	if err != nil {
		x.brokenRead(err, "recv()")
		x.broken = true
		if err == io.EOF {
			return io.ErrUnexpectedEOF // io.EOF is the end of a whole body
		}
		return err
	}
	return nil
}

// readBody reads what comes next of the body, undecoded. While it waits the body holds no more memory than there is of it: many
// clients may be slow at once.
func (x *Exchange) readBody() error {
	b := &x.Body
	conn := x.client.conn
	if t := x.Loop().Current(); t != nil {
		t.Turn()
	}
	for {
		if !conn.Readable() {
			x.parkBody()
			if err := conn.WaitRead(); err != nil {
				return err
			}
		}
		into := x.bodyBuf()
		n, err := conn.TryRead(into)
		if err != reactor.ErrWouldBlock {
			b.raw = into[:n]
			return err
		}
	}
}

// parkBody gives the loop's buffers back for the time that more of the body is waited for.
func (x *Exchange) parkBody() {
	b := &x.Body
	if b.buf != nil {
		x.Loop().PutBuf(b.buf)
		b.buf = nil
	}
	if b.memBuf != nil {
		b.mem = append(make([]byte, 0, 2*len(b.mem)), b.mem...)
		x.Loop().PutBuf(b.memBuf)
		b.memBuf = nil
	}
}

// BodyStatus is the answer to an error of NextBody or ReadBody.
func (x *Exchange) BodyStatus(err error) Result {
	switch err {
	case errTooLargeBody:
		return statusPayloadTooLarge
	case reactor.ErrTimeout:
		return statusRequestTimeout
	case ErrGone:
		return StatusClientClosed
	}
	return statusBadRequest
}

// bodyBuf is where to read more of the body to: not beyond its end, as far as that is known.
func (x *Exchange) bodyBuf() []byte {
	b := &x.Body
	if b.buf == nil {
		b.buf = x.Loop().Buf()
	}
	if !x.Req.Chunked && int64(len(b.buf)) > b.rest {
		return b.buf[:b.rest] // what is behind the body is the next request's
	}
	return b.buf
}
