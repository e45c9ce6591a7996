// Package streamreturn is nginx's ngx_stream_return_module: `return` sends a text and closes.
package streamreturn

import (
	"time"

	"understudy/config"
	"understudy/errlog"
	"understudy/reactor"
	"understudy/stream"
	"understudy/vars"
)

// Settings of ngx_stream_return_module.
type Settings struct {
	// Text is what the client gets: `return VALUE`.
	Text vars.Value `nginx:"return" in:"stream-server"`
}

var conf = config.Declare[Settings]("ngx_stream_return_module")

// Module is ngx_stream_return_module.
var Module = &stream.Module{Settings: conf, Compile: func(server *stream.Server) error {
	if text := &conf.Of(server.Block).Text; text.IsSet() {
		server.Content = func(s *stream.Session) stream.Result { return send(s, text) }
	}
	return nil
}}

// patience is how long a client may take nothing.
const patience = 5 * time.Second

func send(s *stream.Session, text *vars.Value) stream.Result {
	s.Acting("returning text")
	st := s.VarState()
	b := text.Append(st.Scratch(), s)
	defer func() { st.PutScratch(b) }()
	if len(b) == 0 {
		return stream.StatusOK
	}
	s.Conn().SetWriteTimeout(patience)
	n, err := s.Conn().Write(b)
	s.Sent += int64(n)
	switch {
	case err == reactor.ErrTimeout:
		s.Errorf(errlog.Info, "connection timed out (110: Connection timed out)")
	case err != nil && !s.Aborted():
		s.Failed(errlog.Info, "writev()", err)
		return stream.StatusError
	}
	return stream.StatusOK
}
