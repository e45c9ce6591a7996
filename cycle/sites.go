// The http and stream blocks as one Site.

package cycle

import (
	"sync/atomic"

	"understudy/config"
	"understudy/reactor"
	"understudy/stream"
	"understudy/web"
)

// part is what web.Site and stream.Site have in common.
type part interface {
	Start(r *reactor.Reactor) error
	Drain(drained func())
	Resume()
	Abort()
	Drop()
}

// sites are the parts of one configuration that serve, in the order in which they start.
type sites struct {
	parts []part
	ports map[string]reactor.AcceptHandler
	list  []Listen
	temp  []string
}

// Build compiles the http and the stream block of a configuration.
func Build(c *config.Config) (Site, error) {
	s := &sites{ports: map[string]reactor.AcceptHandler{}}
	http, err := web.Build(c)
	if err != nil {
		return nil, err
	}
	tcp, err := stream.Build(c)
	if err != nil {
		return nil, err
	}
	if http != nil {
		s.parts, s.temp = append(s.parts, http), http.TempPaths()
		for _, p := range http.Ports {
			s.listen(p.Addr, p.Text, p.Options, p)
		}
	}
	if tcp != nil {
		s.parts = append(s.parts, tcp)
		tcp.Listening = s.listening
		for _, p := range tcp.Ports {
			s.listen(p.Addr, p.Text, p.Options, p)
		}
	}
	return s, nil
}

func (s *sites) listen(a reactor.Addr, text string, o reactor.ListenOptions, h reactor.AcceptHandler) {
	l := Listen{Network: "unix", Address: a.Unix, Text: text, Options: o}
	if l.Address == "" {
		l.Address = a.IP.String()
		l.Network = "tcp6"
		if a.IP.Addr().Is4() {
			l.Network = "tcp4"
		}
	}
	s.list = append(s.list, l)
	s.ports[l.key()] = h
}

// listening finds who takes the connections of an address: that of a socket, or one that a wildcard socket stands for.
func (s *sites) listening(a reactor.Addr) reactor.AcceptHandler {
	for _, p := range s.parts {
		switch p := p.(type) {
		case *web.Site:
			for _, port := range p.Ports {
				if takes(port.Addr, a) {
					return port
				}
			}
		case *stream.Site:
			for _, port := range p.Ports {
				if takes(port.Addr, a) {
					return port
				}
			}
		}
	}
	return nil
}

func takes(socket, a reactor.Addr) bool {
	if socket.Unix != "" || a.Unix != "" || !socket.IP.Addr().IsUnspecified() {
		return socket == a
	}
	return socket.IP.Port() == a.IP.Port() && socket.IP.Addr().Is4() == a.IP.Addr().Is4()
}

func (s *sites) Listens() []Listen { return s.list }

func (s *sites) AcceptHandler(l Listen) reactor.AcceptHandler { return s.ports[l.key()] }

func (s *sites) TempPaths() []string { return s.temp }

func (s *sites) Start(r *reactor.Reactor) error {
	for i, p := range s.parts {
		if err := p.Start(r); err != nil {
			for _, started := range s.parts[:i] {
				started.Drop()
			}
			return err
		}
	}
	return nil
}

func (s *sites) Drain(drained func()) {
	if len(s.parts) == 0 {
		go drained()
		return
	}
	var left atomic.Int32
	left.Store(int32(len(s.parts)))
	for _, p := range s.parts {
		p.Drain(func() {
			if left.Add(-1) == 0 {
				drained()
			}
		})
	}
}

func (s *sites) Resume() {
	for _, p := range s.parts {
		p.Resume()
	}
}

func (s *sites) MakeRoom(l *reactor.Loop) (closed int) {
	for _, p := range s.parts {
		if http, ok := p.(*web.Site); ok {
			closed += http.MakeRoom(l)
		}
	}
	return closed
}

func (s *sites) Abort() {
	for _, p := range s.parts {
		p.Abort()
	}
}

func (s *sites) Drop() {
	for _, p := range s.parts {
		p.Drop()
	}
}
