package web

import (
	"io"

	"understudy/errlog"
	"understudy/reactor"
)

// ReadBody reads the whole body: into memory as far as client_body_buffer_size goes, else into a temporary file
// (ngx_http_read_client_request_body). Declined means that it is there; any other result is to be returned by the handler.
func (x *Exchange) ReadBody() Result {
	b := &x.Body
	if b.state == bodyWhole || b.discarded || b.failed != nil {
		return Declined
	}
	if !x.HasBody() {
		if x.startBody() != nil {
			return Aborted
		}
		x.present()
		return Declined
	}
	b.inFull = true
	conf := x.Location.Conf
	limit := conf.ClientBodyBufferSize.Bytes()
	early := int64(x.have - x.size) // what came with the head does not count: it lies in the head's buffer
	switch n := x.Req.ContentLength; {
	case n >= 0 && n-early < limit+limit/4 && (x.front == nil || n <= limit): // the quarter more is HTTP/1's
		limit = n
	case n < 0:
		limit += early
	}
	inFile := conf.ClientBodyInFileOnly.Index()
	for {
		p, err := x.NextBody()
		if err == io.EOF {
			break
		}
		if err != nil {
			return x.BodyStatus(err)
		}
		if b.file == nil && inFile == 0 && b.length <= limit {
			x.remember(p, int(limit))
			continue
		}
		if err := x.spool(p); err != nil {
			return statusInternalError
		}
	}
	if inFile != 0 && b.file == nil {
		if err := x.spool(nil); err != nil {
			return statusInternalError
		}
	}
	x.present()
	if b.file != nil {
		if _, err := b.file.Seek(0, io.SeekStart); err != nil {
			x.Errorf(errlog.Crit, "lseek() \"%s\" failed (%s)", b.file.Name(), ErrnoText(err))
			return statusInternalError
		}
	}
	return Declined
}

// GatherBody takes what there is of the body without waiting, for handlers that then pass it on piece by piece. If that is all
// of it (whole) it is in memory, as ReadBody would leave it; any result but Declined is to be returned by the handler.
func (x *Exchange) GatherBody() (whole bool, res Result) {
	b := &x.Body
	if err := x.startBody(); err != nil {
		return false, Aborted
	}
	limit := int(x.Location.Conf.ClientBodyBufferSize.Bytes())
	conn := x.client.conn
	for b.state != bodyWhole && (len(b.mem) < limit || b.buf == nil && len(b.raw) > 0) { // what came with the head is taken anyway
		if x.front != nil {
			p, err := x.tryFront()
			if err == reactor.ErrWouldBlock {
				break
			}
			if err != nil {
				return false, x.BodyStatus(err)
			}
			x.remember(p, limit)
			continue
		}
		if len(b.raw) > 0 {
			p, err := x.decode()
			if err != nil {
				return false, x.BodyStatus(err)
			}
			b.length += int64(len(p))
			x.remember(p, limit)
			continue
		}
		if !conn.Readable() {
			break
		}
		into := x.bodyBuf()
		n, err := conn.TryRead(into)
		if err == reactor.ErrWouldBlock {
			break
		}
		if err != nil {
			x.brokenRead(err, "recv()")
			x.broken = true
			return false, x.BodyStatus(err)
		}
		b.raw = into[:n]
	}
	if b.state == bodyWhole {
		x.present()
		return true, Declined
	}
	b.ahead, b.mem = b.mem, nil
	return false, Declined
}

// present has an empty body that was announced be there, once it has been read: $request_body is empty then.
func (x *Exchange) present() {
	if b := &x.Body; b.mem == nil && b.file == nil && (x.Req.ContentLength == 0 || x.Req.Chunked) {
		b.mem = []byte{}
	}
}

// remember keeps a piece in memory; a body that came with its head stays where it is.
func (x *Exchange) remember(p []byte, limit int) {
	b := &x.Body
	if b.mem == nil && b.memBuf == nil {
		if b.state == bodyWhole && b.buf == nil {
			b.mem = p
			return
		}
		if limit <= 64<<10 {
			b.memBuf = x.Loop().Buf()
			b.mem = b.memBuf[:0]
		} else {
			b.mem = make([]byte, 0, min(limit, max(2*len(p), 64<<10)))
		}
	}
	b.mem = append(b.mem, p...)
}

// spool appends a piece to the body's temporary file, which begins with what was in memory.
func (x *Exchange) spool(p []byte) error {
	b := &x.Body
	if b.file == nil {
		mode := x.Location.Conf.ClientBodyInFileOnly.Index()
		f, err := x.Location.Conf.ClientBodyTempPath.Create(mode != 0)
		if err != nil {
			x.Errorf(errlog.Crit, "%s", err)
			return err
		}
		level := errlog.Warn
		if mode != 0 {
			level = errlog.Notice
		}
		x.Errorf(level, "a client request body is buffered to a temporary file %s", f.Name())
		b.file, b.clean = f, mode == 2
		mem := b.mem
		b.mem = nil
		if err := x.writeFile(mem); err != nil {
			return err
		}
		if b.memBuf != nil {
			x.Loop().PutBuf(b.memBuf)
			b.memBuf = nil
		}
	}
	return x.writeFile(p)
}

func (x *Exchange) writeFile(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if _, err := x.Body.file.Write(p); err != nil {
		x.Errorf(errlog.Crit, "pwrite() \"%s\" failed (%s)", x.Body.file.Name(), ErrnoText(err))
		return err
	}
	return nil
}
