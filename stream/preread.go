package stream

import (
	"io"
	"time"

	"understudy/errlog"
	"understudy/http1"
	"understudy/reactor"
)

// Prereader looks at what a client sent first, without taking it; more asks for more of it. It is called again with all of that.
type Prereader func(s *Session, b []byte) (res Result, more bool)

// Preread puts a prereader on the server.
func (s *Server) Preread(h Prereader) { s.prereaders = append(s.prereaders, h) }

// preread shows the server's prereaders what the client sends, until they have seen enough; at most preread_buffer_size, within
// preread_timeout (ngx_stream_core_preread_phase).
func (s *Session) preread() Result {
	server := s.Server // which a prereader may replace
	for _, h := range server.prereaders {
		s.Acting("prereading client data")
		switch res := s.prereadBy(h, server.Conf); res {
		case Declined:
		case Allowed:
			return Declined
		default:
			return res
		}
	}
	return Declined
}

func (s *Session) prereadBy(h Prereader, conf *Settings) Result {
	timeout := conf.PrereadTimeout.D()
	if !s.conn.Readable() && s.Task.Wait(timeout, reactor.Event{Conn: s.conn, Kind: reactor.Readable}) < 0 {
		return StatusOK
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(timeout))
	defer s.conn.SetReadDeadline(time.Time{})
	loop := s.Loop()
	buf := loop.Buf()
	defer loop.PutBuf(buf)
	room := buf[:min(int64(len(buf)), conf.PrereadBufferSize.Bytes())]
	for have := 0; ; {
		n, err := s.conn.Peek(room, have)
		if err != nil {
			if err != io.EOF && err != reactor.ErrTimeout && !s.aborted {
				s.Failed(errlog.Info, "recv()", err)
			}
			return StatusOK
		}
		res, more := h(s, room[:n])
		switch {
		case !more:
			return res
		case n == len(room):
			s.Errorf(errlog.Error, "preread buffer full")
			return StatusBadRequest
		}
		have = n
	}
}

// ChooseServer puts the server of that name in force, if the address has one; names are compared as those of hosts are. Else than
// Declined it is the status to end with.
func (s *Session) ChooseServer(name []byte) Result {
	a := s.port.at(s.conn)
	host, _, err := http1.ValidHost(nil, name)
	if err != nil {
		return Declined
	}
	server, ok, err := a.names.Find(s, host)
	if err != nil {
		return StatusError
	}
	if ok {
		s.Server = server
	}
	return Declined
}
