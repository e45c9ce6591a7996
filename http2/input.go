package http2

import "understudy/errlog"

// input takes frames apart as their bytes come, however they are cut: payloads that can be long are handed on in pieces, the
// rest is gathered in a few bytes.
type input struct {
	step   step
	want   int // bytes to gather for this step
	part   [len(preface)]byte
	have   int // of these
	frame  frameHead
	size   int // DATA: the whole frame's length, for the windows
	left   int // bytes of the payload still to come, without padding
	pad    int // padding still to come
	stream *stream
	fresh  int // streams that began in this buffer

	fields decoder
	open   bool  // a head is not complete: CONTINUATION must follow
	endsIt bool  // … and it is all of its request
	limit  int64 // bytes of fields that may still come
	delta  int64 // change of the initial window by the SETTINGS under way
}

type step uint8

const (
	readPreface step = iota
	readHead
	readPad      // DATA: its padding's length
	readPrefix   // HEADERS: padding's length and priority
	readFixed    // a short payload of known length
	readSetting  // one of SETTINGS
	readBlock    // a piece of a head
	readData     // a piece of a body
	readNothing  // what does not matter
	readFinished // nothing more is looked at
)

func (in *input) begin() { in.expect(readPreface, len(preface)) }

func (in *input) expect(s step, want int) { in.step, in.want, in.have = s, want, 0 }

// next goes on with the next frame.
func (in *input) next() { in.stream = nil; in.expect(readHead, headLen) }

// skip passes over what is left of the frame.
func (in *input) skip() {
	in.left += in.pad
	in.pad = 0
	in.step = readNothing
}

// forget stops looking at what comes.
func (in *input) forget() { in.stream, in.step = nil, readFinished }

// partial tells that something has begun and not ended.
func (in *input) partial() bool {
	return in.step != readHead && in.step != readFinished || in.have > 0 || in.open
}

// feed carries out the frames in b; false when the connection is to end.
func (s *session) feed(b []byte) bool {
	in := &s.in
	for {
		switch in.step {
		case readFinished:
			return false
		case readBlock, readData, readNothing:
			n := min(len(b), in.left)
			if n == 0 && in.left > 0 {
				return true
			}
			p := b[:n]
			b = b[n:]
			in.left -= n
			if !s.piece(p) {
				return false
			}
		default:
			if len(b) == 0 && in.want > in.have {
				return true
			}
			p := b
			if in.have > 0 || len(b) < in.want {
				n := copy(in.part[in.have:in.want], b)
				b = b[n:]
				if in.have += n; in.have < in.want {
					return true
				}
				p = in.part[:in.want]
			} else {
				p, b = b[:in.want], b[in.want:]
			}
			in.have = 0
			if !s.gathered(p) {
				return false
			}
		}
	}
}

// piece takes some of a long payload.
func (s *session) piece(p []byte) bool {
	in := &s.in
	switch in.step {
	case readBlock:
		return s.block(p)
	case readData:
		return s.data(p)
	}
	if in.left == 0 {
		if in.open {
			in.expect(readHead, headLen) // the stream stays
		} else {
			in.next()
		}
	}
	return true
}

// gathered takes what a step has waited for.
func (s *session) gathered(p []byte) bool {
	in := &s.in
	switch in.step {
	case readPreface:
		if string(p) != preface {
			return s.refuse(protocolError, "invalid connection preface")
		}
		in.next()
		return true
	case readHead:
		in.frame = parseHead(p)
		in.left, in.pad = in.frame.length, 0
		return s.dispatch()
	case readPad:
		return s.padded(int(p[0]))
	case readPrefix:
		return s.headersPrefix(p)
	case readSetting:
		in.left -= settingLen
		return s.setting(p)
	}
	in.left -= len(p)
	return s.fixed(p)
}

// refuse ends the connection for what the client did.
func (s *session) refuse(c code, format string, args ...any) bool {
	s.client.Logf(errlog.Info, format, args...)
	s.finish(c)
	return false
}

// wrongLength refuses a frame for its length.
func (s *session) wrongLength(kind string) bool {
	return s.refuse(frameSizeError, "client sent %s frame with incorrect length %d", kind, s.in.frame.length)
}

func (s *session) wrongID(kind string) bool {
	return s.refuse(protocolError, "client sent %s frame with incorrect identifier", kind)
}

// dispatch begins a frame.
func (s *session) dispatch() bool {
	in := &s.in
	f := &in.frame
	if in.open {
		return s.continuation()
	}
	switch f.kind {
	case frameData:
		return s.beginData()
	case frameHeaders:
		return s.beginHeaders()
	case framePriority:
		if f.length != priorityLen {
			return s.wrongLength("PRIORITY")
		}
		if s.priority--; s.priority <= 0 {
			return s.refuse(enhanceYourCalm, "client sent too many PRIORITY frames")
		}
		in.expect(readFixed, priorityLen)
	case frameReset:
		if f.length != 4 {
			return s.wrongLength("RST_STREAM")
		}
		in.expect(readFixed, 4)
	case frameSettings:
		return s.beginSettings()
	case framePush:
		return s.refuse(protocolError, "client sent PUSH_PROMISE frame")
	case framePing:
		if f.length != 8 {
			return s.wrongLength("PING")
		}
		in.expect(readFixed, 8)
	case frameGoAway:
		if f.length < 8 {
			return s.wrongLength("GOAWAY")
		}
		in.expect(readFixed, 8)
	case frameWindow:
		if f.length != 4 {
			return s.wrongLength("WINDOW_UPDATE")
		}
		in.expect(readFixed, 4)
	case frameContinuation:
		return s.refuse(protocolError, "client sent unexpected CONTINUATION frame")
	default:
		s.client.Logf(errlog.Info, "client sent frame with unknown type %d", f.kind)
		in.skip()
	}
	return true
}
