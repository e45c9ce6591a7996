package http2

import (
	"understudy/errlog"
	"understudy/web"
)

// Request heads: HEADERS and CONTINUATION.

func (s *session) beginHeaders() bool {
	in := &s.in
	f := &in.frame
	size := 0
	if f.flags&flagPadded != 0 {
		size++
	}
	if f.flags&flagPriority != 0 {
		size += priorityLen
	}
	switch {
	case f.length < size:
		return s.wrongLength("HEADERS")
	case f.length == size:
		return s.refuse(frameSizeError, "client sent HEADERS frame with empty header block")
	case s.goAway:
		in.skip()
		return true
	}
	in.expect(readPrefix, size)
	return true
}

// headersPrefix begins a stream.
func (s *session) headersPrefix(p []byte) bool {
	in := &s.in
	f := &in.frame
	in.left -= len(p)
	if f.flags&flagPadded != 0 {
		in.pad, p = int(p[0]), p[1:]
		if in.pad > in.left {
			return s.refuse(protocolError, "client sent padded HEADERS frame with incorrect length: %d, padding: %d", in.left, in.pad)
		}
		in.left -= in.pad
	}
	if f.id%2 == 0 || f.id <= s.lastID {
		return s.refuse(protocolError, "client sent HEADERS frame with incorrect identifier %d, the last was %d", f.id, s.lastID)
	}
	order := priority{weight: defaultWeight}
	said := f.flags&flagPriority != 0
	if said {
		if order = parsePriority(p); order.on == f.id {
			return s.refuse(protocolError, "client sent HEADERS frame for stream %d with incorrect dependency", f.id)
		}
		s.prioritise()
	}
	s.lastID = f.id
	in.limit = s.core.LargeHeaderBuffers.Size * int64(s.core.LargeHeaderBuffers.N)
	in.stream = nil
	in.endsIt = f.flags&flagEndStream != 0
	if !s.admit() {
		return false
	}
	if in.stream != nil && s.tree != nil {
		s.tree.begin(in.stream, order, said)
	}
	in.step = readBlock
	return true
}

// admit begins the stream, or refuses it; false if the connection is to end.
func (s *session) admit() bool {
	in := &s.in
	most := s.conf.MaxStreams.N()
	in.fresh++
	switch {
	case s.open >= most:
		s.client.Logf(errlog.Info, "concurrent streams exceeded %d", s.open)
	case in.fresh > 2*most:
		s.client.Logf(errlog.Info, "client sent too many streams at once")
	case !s.acked && !in.endsIt && s.conf.PrereadSize.Bytes() < defaultWindow:
		s.client.Logf(errlog.Info, "client sent stream with data before settings were acknowledged")
	default:
		in.stream = s.newStream(in.frame.id, in.endsIt)
		if s.core.KeepaliveTimeout.D() == 0 || s.client.Requests() >= s.core.KeepaliveRequests.N() ||
			s.conn.Loop().Mono()-s.client.Started() > s.core.KeepaliveTime.D().Milliseconds() {
			s.sayGoAway(noError)
		}
		return true
	}
	if s.refused++; s.refused > max(most, 100)+1 {
		return s.refuse(noError, "client sent too many refused streams")
	}
	return s.putControl(appendWord(s.room(headLen+4), frameReset, in.frame.id, uint32(refusedStream)))
}

// continuation begins the next frame of a head.
func (s *session) continuation() bool {
	in := &s.in
	f := &in.frame
	if f.kind != frameContinuation {
		return s.refuse(protocolError, "client sent inappropriate frame while CONTINUATION was expected")
	}
	if f.id != s.lastID {
		return s.refuse(protocolError, "client sent CONTINUATION frame with incorrect identifier")
	}
	in.open = false
	in.step = readBlock
	return true
}

// block takes a piece of a head.
func (s *session) block(p []byte) bool {
	in := &s.in
	if in.stream != nil {
		in.stream.headBytes += int64(len(p))
	}
	if err := in.fields.write(p, s.field); err != nil {
		return s.badBlock(err)
	}
	if in.left > 0 {
		return true
	}
	if in.frame.flags&flagEndHeaders == 0 {
		in.open = true
		in.skip()
		return true
	}
	if err := in.fields.end(); err != nil {
		return s.badBlock(err)
	}
	if st := in.stream; st != nil {
		in.stream = nil
		s.useful += st.headBytes
		st.start(st.x.EndFields(st.inClosed, s.enabled))
	}
	in.skip()
	return true
}

// badBlock refuses the connection for a header block.
func (s *session) badBlock(err *blockError) bool {
	s.in.fields.release()
	return s.refuse(err.code, "%s", err.text)
}

var errLongHead = &blockError{enhanceYourCalm, "client sent too large header"}

// field takes one field of a head.
func (s *session) field(name, value string) *blockError {
	in := &s.in
	n := int64(len(name) + len(value))
	if n > in.limit {
		return errLongHead
	}
	in.limit -= n
	st := in.stream
	if st == nil {
		return nil
	}
	if res := st.x.Field(name, value); res != web.Declined {
		in.stream = nil
		st.start(res)
	}
	return nil
}

// enabled tells whether the server that a request chose speaks HTTP/2.
func (s *session) enabled(server *web.Server) bool {
	return s.client.HTTP2() || conf.Of(server.Block).On.On()
}
