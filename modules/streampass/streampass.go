// Package streampass is nginx's ngx_stream_pass_module: `pass` gives a connection to another socket of the same configuration, as if
// it had been accepted there.
package streampass

import (
	"understudy/config"
	"understudy/errlog"
	"understudy/reactor"
	"understudy/stream"
	"understudy/upstream"
	"understudy/vars"
)

// Settings of ngx_stream_pass_module.
type Settings struct {
	// Pass is the address: `pass ADDRESS`.
	Pass passOption `nginx:"pass" in:"stream-server" args:"1"`
}

var conf = config.Declare[Settings]("ngx_stream_pass_module")

// Module is ngx_stream_pass_module.
var Module = &stream.Module{Settings: conf, Compile: func(server *stream.Server) error {
	if o := &conf.Of(server.Block).Pass; o.set {
		server.Content = o.pass
	}
	return nil
}}

// passOption is `pass`.
type passOption struct {
	set   bool
	addr  reactor.Addr
	name  string
	value *vars.Value // of an address with variables
}

// Parse implements config.Option.
func (o *passOption) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set = true
	v, err := vars.Compile(c, c.Args[0])
	if err != nil {
		return err
	}
	text, static := v.Static()
	if !static {
		o.value = v
		return nil
	}
	addr, name, known, noPort, err := upstream.Literal(text)
	switch {
	case err != nil:
		return c.Errorf("%s in \"%s\" of the \"pass\" directive", err, text)
	case !known:
		return c.Errorf("\"%s\" directive has no addresses", c.Name)
	case noPort:
		return c.Errorf("\"%s\" directive has no port", c.Name)
	}
	o.addr, o.name = addr, name
	return nil
}

// pass is the content handler.
func (o *passOption) pass(s *stream.Session) stream.Result {
	s.Acting("passing connection to port")
	addr, name := o.addr, o.name
	if o.value != nil {
		text := string(o.value.Bytes(s))
		var known, noPort bool
		var err error
		addr, name, known, noPort, err = upstream.Literal(text)
		switch {
		case err != nil:
			s.Errorf(errlog.Error, "%s in pass \"%s\"", err, text)
			return stream.StatusError
		case !known:
			s.Errorf(errlog.Error, "no addresses in pass \"%s\"", text)
			return stream.StatusError
		case noPort:
			s.Errorf(errlog.Error, "no port in pass \"%s\"", text)
			return stream.StatusError
		}
	}
	to := s.Listening(addr)
	if to == nil {
		s.Errorf(errlog.Error, "port not found for \"%s\"", name)
		return stream.StatusOK
	}
	if !s.Pass(to) {
		s.Errorf(errlog.Error, "stream pass cycle")
		return stream.StatusError
	}
	return stream.Done
}
