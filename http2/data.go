package http2

import "understudy/errlog"

// Request bodies: DATA.

func (s *session) beginData() bool {
	in := &s.in
	in.size = in.frame.length
	if in.frame.flags&flagPadded == 0 {
		return s.admitData()
	}
	if in.frame.length == 0 {
		return s.refuse(frameSizeError, "client sent padded DATA frame with incorrect length: 0")
	}
	in.expect(readPad, 1)
	return true
}

// padded takes the length of a DATA frame's padding.
func (s *session) padded(pad int) bool {
	in := &s.in
	if pad >= in.size {
		return s.refuse(protocolError, "client sent padded DATA frame with incorrect length: %d, padding: %d", in.size, pad)
	}
	in.pad = pad
	in.left -= 1 + pad
	return s.admitData()
}

// admitData counts a DATA frame against the windows and finds its stream.
func (s *session) admitData() bool {
	in := &s.in
	id, size := in.frame.id, int64(in.size)
	if id == 0 {
		return s.wrongID("DATA")
	}
	if size > s.received {
		return s.refuse(flowControlError, "client violated connection flow control: received DATA frame length %d, available window %d", size, s.received)
	}
	if s.received -= size; s.received < maxWindow/4 {
		if !s.putControl(appendWord(s.room(headLen+4), frameWindow, 0, uint32(maxWindow-s.received))) {
			return false
		}
		s.received = maxWindow
	}
	st := s.stream(id)
	switch {
	case st == nil:
		in.skip()
		return true
	case size > st.received:
		s.client.Logf(errlog.Info, "client violated flow control for stream %d: received DATA frame length %d, available window %d", id, size, st.received)
		st.terminate(flowControlError)
		in.skip()
		return true
	}
	st.received -= size
	if st.unlimited && st.received < maxWindow/4 {
		if !s.putControl(appendWord(s.room(headLen+4), frameWindow, id, uint32(maxWindow-st.received))) {
			return false
		}
		st.received = maxWindow
	}
	if st.inClosed {
		s.client.Logf(errlog.Info, "client sent DATA frame for half-closed stream %d", id)
		st.terminate(streamClosed)
		in.skip()
		return true
	}
	in.stream = st
	in.step = readData
	return true
}

// data takes a piece of a body.
func (s *session) data(p []byte) bool {
	in := &s.in
	st := in.stream
	switch last := in.left == 0 && in.frame.flags&flagEndStream != 0; {
	case st == nil || st.skip:
		in.skip()
		return s.piece(nil)
	default:
		s.useful += int64(len(p))
		st.deliver(p, last)
	}
	if in.left == 0 {
		in.skip()
		return s.piece(nil)
	}
	return true
}
