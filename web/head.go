package web

import (
	"bytes"
	"io"
	"time"

	"understudy/ascii"
	"understudy/errlog"
	"understudy/http1"
	"understudy/reactor"
)

// begin makes the exchange ready for the next request; bytes that came behind the last one stay in the head buffer.
func (x *Exchange) begin() {
	left := x.leftover
	x.leftover = 0
	x.reset()
	x.have = left
	c := x.client
	x.vars.Reset(x.Site.table)
	x.pipelined = left > 0
	x.Server = c.addr.fallback
	x.Location = x.Server.root
	x.Started = c.conn.Loop().Now()
}

// keep moves what came behind this request to the front of the head buffer.
func (x *Exchange) keep() {
	rest := x.Body.behind
	if rest == nil {
		rest = x.head[x.size:x.have]
	}
	if len(rest) > len(x.head) {
		x.head = make([]byte, len(rest)+headBuffer)
	}
	x.leftover = copy(x.head, rest)
}

// notYet: there is nothing to read, whatever the connection said.
const notYet Result = -100

// readHead reads and checks one request head. Declined means it is there; Aborted that nothing was sent and nothing will be;
// else notYet or a status.
//
// nginx reads into one small buffer and then into a bounded number of large ones, in each of which the line it is at must fit;
// here the buffer is one and only the bounds are kept (client_header_buffer_size, large_client_header_buffers).
func (x *Exchange) readHead() Result {
	c := x.client
	conf := x.Server.root.Conf
	room := max(int(conf.ClientHeaderBufferSize.Bytes()), x.have) // end of the buffer in use
	large, used := int(conf.LargeHeaderBuffers.Size), 0
	started := c.conn.Loop().Mono()
	if c.requests == 0 {
		started = c.started
	}
	timeout := patience(conf.ClientHeaderTimeout)
	options := x.requestOptions(conf)
	if c.requests > 0 {
		x.action = "reading client pipelined request line"
	} else {
		x.action = "reading client request line"
	}
	counted := false
	for {
		if x.have > 0 && (counted || c.addr.open == nil || !x.maybeOther()) {
			if !counted {
				if c.addr.open != nil && x.otherProtocol() {
					return Done
				}
				counted = true
				c.requests++
				c.worker.tally.requests.Add(1)
				c.become(stateReading)
			}
			if !x.Req.LineDone() {
				n, err := x.Req.ParseLine(x.head[:x.have], options)
				if err != nil {
					if x.Req.LineDone() { // it is the host in it: the path comes first
						if res := x.admitLine(); res != Declined {
							return res
						}
					}
					return x.badHead(err)
				}
				if n > 0 {
					if res := x.admitLine(); res != Declined {
						return res
					}
					x.action = "reading client request headers"
				}
			}
			if x.Req.LineDone() {
				n, err := x.Req.Parse(x.head[:x.have], options)
				if err != nil {
					return x.badHead(err)
				}
				if n > 0 {
					x.size = n
					return x.admit()
				}
			}
			if x.have == room && x.onlyEmptyLines() { // nginx begins the buffer again
				x.Req.Reset()
				x.have = copy(x.head, x.head[x.have-1:x.have])
			}
			if x.have == room {
				line := x.Req.Pos()
				if x.have-line >= large || used == conf.LargeHeaderBuffers.N {
					return x.headTooLarge(line)
				}
				used++
				room = line + large
			}
		}
		if x.have == len(x.head) {
			grown := make([]byte, max(2*len(x.head), min(room, 4*len(x.head))))
			copy(grown, x.head[:x.have])
			x.head = grown
		}
		into := x.head[x.have:min(room, len(x.head))]
		if x.have == 0 {
			n, err := c.conn.TryRead(into)
			switch {
			case err == reactor.ErrWouldBlock && !c.conn.HungUp():
				return notYet
			case err == nil && n == 0: // there is no room for anything (client_header_buffer_size 0); nginx takes that for the end
				x.logIdle(io.EOF)
				return Aborted
			case err != nil:
				x.logIdle(err)
				return Aborted
			}
			x.have = n
			if c.proxy && !x.proxyHeader() {
				return Aborted
			}
			continue
		}
		left := timeout - time.Duration(c.conn.Loop().Mono()-started)*time.Millisecond
		if left <= 0 {
			return x.lostHead(reactor.ErrTimeout)
		}
		c.conn.SetReadTimeout(left)
		n, err := c.conn.Read(into)
		if err != nil {
			return x.lostHead(err)
		}
		x.have += n
	}
}

// onlyEmptyLines tells that nothing of a request has come but ends of lines, which do not count.
func (x *Exchange) onlyEmptyLines() bool {
	return !x.Req.LineDone() && len(bytes.TrimLeft(x.head[:x.have], "\r\n")) == 0
}

// logIdle notes a connection that ended before it sent anything.
func (x *Exchange) logIdle(err error) {
	c := x.client
	log := c.addr.fallback.root.Log
	if c.log != nil {
		log = c.log
	}
	if !log.Enabled(errlog.Info) || c.worker.quiet() {
		return
	}
	switch {
	case err == io.EOF && c.requests == 0:
		log.Write(errlog.Info, c.conn.Serial(), c.waiting("client closed connection"))
	case err == io.EOF:
		b := c.appendRemote([]byte("client "))
		log.Write(errlog.Info, c.conn.Serial(), append(b, " closed keepalive connection"...))
	case err != reactor.ErrTimeout:
		log.Write(errlog.Info, c.conn.Serial(), c.waiting("recv() failed ("+ErrnoText(err)+")"))
	}
}

// lostHead ends a request whose head stopped coming.
func (x *Exchange) lostHead(err error) Result {
	x.giveUp()
	x.brokenRead(err, "recv()")
	x.broken = true
	if err == reactor.ErrTimeout {
		return statusRequestTimeout
	}
	return statusBadRequest
}

func (x *Exchange) headTooLarge(line int) Result {
	x.Method = x.Req.Method // an answer to HEAD has no body even so
	x.giveUp()
	if !x.Req.LineDone() {
		x.Req.Version = 1000
		x.Errorf(errlog.Info, "client sent too long URI")
		return statusURITooLong
	}
	part := x.head[line:x.have]
	x.Errorf(errlog.Info, "client sent too long header line: \"%s...\"", part[:min(len(part), longestShown)])
	return StatusHeaderTooLarge
}

// longestShown is how much of a header line goes into the log (NGX_MAX_ERROR_STR - 300).
const longestShown = 2048 - 300

// badHead answers a head that Parse refused. Where no server can be told there is no answer (ngx_http_set_virtual_server).
func (x *Exchange) badHead(err error) Result {
	x.Method = x.Req.Method
	if err == http1.ErrNoServer {
		x.broken = true
		if x.Req.LineDone() {
			x.takeURI()
		}
		return statusInternalError
	}
	head := x.head[:x.have]
	if err == http1.ErrHostMissing {
		x.ChooseServer(&x.Req, head) // a server may have asked for that (server_name "")
	}
	if x.Req.Version == 0 {
		x.Req.Version = 1000 // what an answer to half a request line is given as
	}
	x.giveUp()
	text := x.Req.AppendError(nil, head)
	x.Errorf(errlog.Info, "%s", text)
	return Result(err.(http1.Error).Status())
}

func (x *Exchange) requestOptions(conf *Settings) http1.RequestOptions {
	return http1.RequestOptions{
		AllowUnderscores: conf.UnderscoresInHeaders.On(),
		KeepInvalid:      !conf.IgnoreInvalidHeaders.On(),
		MaxHeaders:       conf.MaxHeaders.N(),
		Server:           x,
	}
}

// setHost puts a host name in lower case in force.
func (x *Exchange) setHost(name []byte) {
	x.hostBuf = ascii.AppendLower(x.hostBuf[:0], name)
	x.Host = x.hostBuf
}

// ChooseServer picks the virtual server as soon as the request has named its host (http1.ServerChooser).
func (x *Exchange) ChooseServer(r *http1.Request, head []byte) (http1.RequestOptions, bool) {
	x.Host = r.Server.Of(head)
	if r.ServerUpper {
		x.setHost(x.Host)
	}
	s := x.client.addr.server(x)
	if s == nil {
		return http1.RequestOptions{}, false
	}
	x.Server = s
	x.Location = s.root
	return x.requestOptions(s.root.Conf), true
}

// admitLine takes the URI of a request line that has been read. If it is no good, the host in the line does not count.
func (x *Exchange) admitLine() Result {
	res := x.admitURI()
	if res != Declined {
		x.Host, x.Server = nil, x.client.addr.fallback
		x.Location = x.Server.root
	}
	return res
}

// admitURI normalises the URI of a request line that has been read.
func (x *Exchange) admitURI() Result {
	r := &x.Req
	x.Method = r.Method
	if r.Complex || r.QuotedURI || r.EmptyPathInURI {
		// the default server's settings hold, even if the target names another: nginx looks at the path first
		path, err := http1.NormalizePath(x.uriBuf[:0], r.Path.Of(x.head), x.client.addr.fallback.root.Conf.MergeSlashes.On())
		if err != nil {
			x.URI, r.Target = []byte{}, http1.Span{} // $uri is empty then, and $request_uri not there
			x.Errorf(errlog.Info, "client sent invalid request")
			return statusBadRequest
		}
		x.uriBuf = path
	}
	x.unparsed = !r.EmptyPathInURI
	return Declined
}

// admit completes a request whose head is there: from here on the head buffer does not move. Else than Declined it
// is a status.
func (x *Exchange) admit() Result {
	x.logIgnored()
	if !x.takeHead() {
		return x.badHead(http1.ErrNoServer)
	}
	x.action = ""
	if x.Debugging() {
		x.debugHead()
	}
	return Declined
}

// giveUp keeps what there is of a head that is going to be refused.
func (x *Exchange) giveUp() {
	if x.Req.LineDone() {
		x.takeURI()
	} else {
		x.Req.ContentLength = -1
	}
	x.logIgnored()
}

// logIgnored notes the header lines that were left out.
func (x *Exchange) logIgnored() {
	for _, h := range x.Req.Ignored {
		x.Errorf(errlog.Info, "client sent invalid header line: \"%s: %s\"", h.Name.Of(x.head), h.Value.Of(x.head))
	}
}

// takeHead takes URI, arguments and host from the head; false if no server can be told.
func (x *Exchange) takeHead() bool {
	r := &x.Req
	x.takeURI()
	switch {
	case r.Server.Empty():
		_, ok := x.ChooseServer(r, x.head) // no host: a server may have asked for that (server_name "")
		return ok
	case !r.ServerUpper:
		x.Host = r.Server.Of(x.head) // the buffer may have moved since
	}
	return true
}

// takeURI takes URI and arguments from the head.
func (x *Exchange) takeURI() {
	r := &x.Req
	if r.Complex || r.QuotedURI || r.EmptyPathInURI {
		x.URI = x.uriBuf
	} else {
		x.URI = r.Path.Of(x.head)
	}
	if !r.Args.Empty() {
		x.Args = r.Args.Of(x.head)
	}
}

// lineDone tells that there is a whole request line. (HTTP/2 has none, and makes one up.)
func (x *Exchange) lineDone() bool { return x.front != nil || x.Req.LineDone() }

// requestLine is the request line, or as much of it as there is.
func (x *Exchange) requestLine() []byte {
	if x.lineDone() {
		return x.Req.Line.Of(x.head)
	}
	line := bytes.TrimLeft(x.head[:x.have], "\r\n")
	if i := bytes.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	return line
}
