package proxy

import (
	"io"
	"os"

	"understudy/http1"
	"understudy/reactor"
	"understudy/web"
)

// send sends the request. What the connection does not take at once is left to an uploader task, so that the answer can
// come meanwhile; answered means that its head can be waited for.
func (t *target) send(x *web.Exchange, e *Exchange) (int, outcome) {
	body := e.setBody
	file := (*os.File)(nil)
	if !e.ownBody && t.conf.PassRequestBody.On() && !e.streaming {
		body, file = x.BodyMemory(), x.BodyFile()
		if t.recorded != nil {
			body = nil // it is in the request
		}
	}
	if e.streaming { // what has come already goes with it
		p, _ := x.TryBody() // an error is said again by the next call; GatherBody has seen that this is not all
		switch {
		case t.recorded != nil:
			e.request = appendRecords(t.recorded, e.request, p)
		case len(p) > 0 && e.chunkedBody(x):
			e.up.whole = e.up.gather(x, p)
			body = e.up.chunk
		default:
			body = p
		}
	}
	e.sent = true
	n, err := e.tryWrite(e.request, body)
	e.up.sent = int64(n)
	if err != nil && err != reactor.ErrWouldBlock {
		return e.failed(x, err, "send()")
	}
	if n == len(e.request)+len(body) && file == nil && (!e.streaming || e.up.whole) {
		return 0, answered
	}
	head := e.request[min(n, len(e.request)):]
	body = body[max(n-len(e.request), 0):]
	e.up.start(x, e, head, body, file)
	return 0, answered
}

// tryWrite writes head and a small body in one call.
func (e *Exchange) tryWrite(head, body []byte) (int, error) {
	if len(body) > 0 && len(body) <= 8<<10 {
		joined := append(e.url[:0], head...)
		joined = append(joined, body...)
		e.url = joined
		return e.conn.TryWrite(joined)
	}
	n, err := e.conn.TryWrite(head)
	if err != nil || n < len(head) || len(body) == 0 {
		return n, err
	}
	m, err := e.conn.TryWrite(body)
	return n + m, err
}

// uploader is the second task of an exchange: it sends what is left of the request.
type uploader struct {
	x       *web.Exchange
	e       *Exchange
	conn    *reactor.Conn
	head    []byte
	body    []byte
	file    *os.File
	active  bool
	sent    int64
	err     error         // of the upstream's connection
	client  web.Result    // what the client's body came to, when it failed; 0 = it did not
	waiting *reactor.Task // to be told when it has ended
	chunk   []byte
	joined  []byte
	whole   bool // the body's last chunk is on its way
}

func (u *uploader) reset() {
	*u = uploader{chunk: u.chunk[:0], joined: u.joined[:0]}
}

func (u *uploader) start(x *web.Exchange, e *Exchange, head, body []byte, file *os.File) {
	u.x, u.e, u.conn, u.head, u.body, u.file = x, e, e.conn, head, body, file
	u.active, u.err, u.client = true, nil, 0
	x.Loop().Go(u)
}

// Run sends the rest of the request (reactor.Runner).
func (u *uploader) Run(*reactor.Task) {
	whole := false
	defer func() {
		if !whole { // a panic: what has been sent is no request
			u.client = 500
		}
		u.done()
	}()
	u.send()
	whole = true
}

func (u *uploader) send() {
	if u.err = u.write(u.head, u.body); u.err != nil {
		return
	}
	switch {
	case u.file != nil:
		u.sendFile()
	case u.e.streaming && !u.whole:
		u.stream()
	}
}

func (u *uploader) done() {
	u.active = false
	if u.client != 0 {
		u.conn.Close() // wakes the task that waits for the answer
	}
	if t := u.waiting; t != nil {
		u.waiting = nil
		t.Resume()
	}
}

func (u *uploader) write(head, body []byte) error {
	for _, p := range [...][]byte{head, body} {
		if len(p) == 0 {
			continue
		}
		n, err := u.conn.Write(p)
		u.sent += int64(n)
		if err != nil {
			return err
		}
	}
	return nil
}

func (u *uploader) sendFile() {
	size, err := u.file.Seek(0, io.SeekEnd)
	if r := u.e.target.recorded; r != nil && err == nil {
		u.err = u.sendRecords(r, size)
		return
	}
	if err == nil {
		var n int64
		n, err = u.conn.SendFile(u.file, 0, size, reactor.SendChunk)
		u.sent += n
	}
	u.err = err
}

// stream passes the body on as it comes, in chunks if it came in chunks.
func (u *uploader) stream() {
	if r := u.e.target.recorded; r != nil {
		u.streamRecords(r)
		return
	}
	chunked := u.e.chunkedBody(u.x)
	u.chunk = u.chunk[:0]
	for {
		p, err := u.x.NextBody()
		switch {
		case err == io.EOF:
			if chunked {
				u.err = u.write(append(u.chunk, lastChunk...), nil)
			}
			return
		case err != nil:
			u.client = u.x.BodyStatus(err)
			return
		case !chunked:
			u.err = u.write(p, nil)
		default:
			u.sendChunk(p)
		}
		if u.err != nil || u.whole {
			return
		}
	}
}

// sendChunk sends a piece of the body as one chunk, small pieces that are at hand joined to one; u.chunk keeps what goes in front
// of the next.
func (u *uploader) sendChunk(p []byte) {
	if len(p) > gatherLimit {
		u.err = u.writev(http1.AppendChunkHead(u.chunk, len(p)), p)
		u.chunk = append(u.chunk[:0], crlf...)
		return
	}
	u.whole = u.gather(u.x, p)
	u.err = u.write(u.chunk, nil)
	u.chunk = u.chunk[:0]
}

// gather appends p, with the pieces that are at hand, to u.chunk as a chunk, and the last chunk if that is all.
func (u *uploader) gather(x *web.Exchange, p []byte) (whole bool) {
	u.joined = append(u.joined[:0], p...)
	var err error
	for err == nil && len(u.joined) <= gatherLimit {
		var more []byte
		more, err = x.TryBody() // an error is said again by the next call
		u.joined = append(u.joined, more...)
	}
	u.chunk = append(append(http1.AppendChunkHead(u.chunk, len(u.joined)), u.joined...), crlf...)
	if err == io.EOF {
		u.chunk = append(u.chunk, lastChunk...)
	}
	return err == io.EOF
}

func (u *uploader) writev(a, b []byte) error {
	n, err := u.conn.Writev(a, b)
	u.sent += int64(n)
	return err
}

const gatherLimit = 4096

var (
	lastChunk = []byte("0\r\n\r\n")
	crlf      = []byte("\r\n")
)

// join waits until the uploader has ended; its connection has been closed, or has taken everything. One that waits for the
// client is told not to.
func (u *uploader) join() {
	if !u.active {
		return
	}
	if u.e.streaming {
		u.x.StopBody()
	}
	for u.active {
		u.waiting = u.x.Task
		u.x.Task.Park()
	}
}
