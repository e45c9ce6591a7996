package http2

import (
	"encoding/binary"

	"understudy/errlog"
)

// Frames that concern the connection, or a stream's windows and end.

// fixed carries out a frame of a few bytes.
func (s *session) fixed(p []byte) bool {
	in := &s.in
	switch f := &in.frame; f.kind {
	case framePriority:
		if f.id == 0 {
			return s.wrongID("PRIORITY")
		}
		priority := parsePriority(p)
		if priority.on == f.id {
			return s.refuse(protocolError, "client sent PRIORITY frame for stream %d with incorrect dependency", f.id)
		}
		s.prioritise().set(f.id, priority)
	case frameReset:
		if f.id == 0 {
			return s.wrongID("RST_STREAM")
		}
		s.reset(f.id, code(binary.BigEndian.Uint32(p)))
	case framePing:
		if f.id != 0 {
			return s.wrongID("PING")
		}
		if f.flags&flagAck == 0 && !s.putControl(append(appendHead(s.room(headLen+8), 8, framePing, flagAck, 0), p...)) {
			return false
		}
	case frameGoAway:
		if f.id != 0 {
			return s.wrongID("GOAWAY")
		}
		in.skip()
		return true
	case frameWindow:
		return s.windowUpdate(int64(binary.BigEndian.Uint32(p) & maxWindow))
	}
	in.next()
	return true
}

// reset ends a stream that the client does not want any more.
func (s *session) reset(id uint32, c code) {
	st := s.stream(id)
	if st == nil {
		return
	}
	st.inClosed, st.outClosed = true, true
	switch c {
	case cancel:
		st.x.Errorf(errlog.Info, "client canceled stream %d", id)
	case internalError:
		st.x.Errorf(errlog.Info, "client terminated stream %d due to internal error", id)
	default:
		st.x.Errorf(errlog.Info, "client terminated stream %d with status %d", id, uint32(c))
	}
	st.drop()
}

func (s *session) windowUpdate(n int64) bool {
	id := s.in.frame.id
	if n == 0 {
		return s.refuse(protocolError, "client sent WINDOW_UPDATE frame with incorrect window increment 0")
	}
	s.in.next()
	if id == 0 {
		if n > maxWindow-s.window {
			return s.refuse(flowControlError, "client violated connection flow control: received WINDOW_UPDATE frame "+
				"with window increment %d not allowed for window %d", n, s.window)
		}
		s.window += n
		s.wake()
		return true
	}
	st := s.stream(id)
	if st == nil {
		return true
	}
	if n > maxWindow-st.window {
		s.client.Logf(errlog.Info, "client violated flow control for stream %d: received WINDOW_UPDATE frame "+
			"with window increment %d not allowed for window %d", id, n, st.window)
		st.terminate(flowControlError)
		return true
	}
	st.widen(n)
	return true
}

func (s *session) beginSettings() bool {
	f := &s.in.frame
	switch {
	case f.id != 0:
		return s.wrongID("SETTINGS")
	case f.flags == flagAck && f.length != 0:
		return s.refuse(frameSizeError, "client sent SETTINGS frame with the ACK flag and nonzero length")
	case f.flags == flagAck:
		s.acked = true
		s.in.next()
		return true
	case f.length%settingLen != 0:
		return s.wrongLength("SETTINGS")
	}
	s.in.delta = 0
	return s.moreSettings()
}

func (s *session) moreSettings() bool {
	in := &s.in
	if in.left > 0 {
		in.expect(readSetting, settingLen)
		return true
	}
	if !s.putControl(appendHead(s.room(headLen), 0, frameSettings, flagAck, 0)) {
		return false
	}
	s.initial += in.delta
	if in.delta != 0 {
		for _, first := range s.streams {
			for st := first; st != nil; st = st.next {
				if in.delta > 0 && st.window > maxWindow-in.delta {
					st.terminate(flowControlError)
				} else {
					st.widen(in.delta)
				}
			}
		}
	}
	in.next()
	return true
}

func (s *session) setting(p []byte) bool {
	value := binary.BigEndian.Uint32(p[2:])
	wrong := func(c code, name string) bool {
		return s.refuse(c, "client sent SETTINGS frame with incorrect %s value %d", name, value)
	}
	switch binary.BigEndian.Uint16(p) {
	case settingWindow:
		if value > maxWindow {
			return wrong(flowControlError, "INITIAL_WINDOW_SIZE")
		}
		s.in.delta = int64(value) - s.initial
	case settingFrameSize:
		if value > maxFrame || value < defaultFrame {
			return wrong(protocolError, "MAX_FRAME_SIZE")
		}
		s.frameMax = int(value)
	case settingEnablePush:
		if value > 1 {
			return wrong(protocolError, "ENABLE_PUSH")
		}
	case settingTableSize:
		s.shrink = true
	}
	return s.moreSettings()
}
