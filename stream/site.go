package stream

import (
	"net/netip"

	"understudy/config"
	"understudy/errlog"
	"understudy/reactor"
	"understudy/vars"
	"understudy/vserver"
)

// Site is one generation of stream{}: all its servers, compiled.
type Site struct {
	Block *config.Block
	Ports []*Port
	// Listening finds who takes the connections of an address of this generation, for `pass`; nil: nobody. It is set before Start.
	Listening func(a reactor.Addr) reactor.AcceptHandler

	debug   *errlog.DebugConnections
	table   *vars.Table
	modules []*Module
	servers map[*config.Block]*Server

	vserver.Workers[*worker]
}

// Server is a virtual server.
type Server struct {
	Name    string
	Block   *config.Block
	Conf    *Settings
	Content Handler
	Log     *errlog.Log

	verbose *errlog.Log // for clients of debug_connection
	phases  [phaseCount][]Handler

	prereaders []Prereader
}

// Port is one socket to listen on, with the addresses behind it.
type Port struct {
	Addr    reactor.Addr
	Text    string
	Options reactor.ListenOptions

	site  *Site
	addrs []portAddr
}

// portAddr is one address of a socket: with a wildcard listener there can be several. The one it is bound to is the last.
type portAddr struct {
	addr      netip.Addr
	server    *Server // the default one
	names     *vserver.Finder[*Server]
	protocols vserver.Protocols
}

// Build compiles the stream block of a loaded configuration; nil without one.
func Build(cfg *config.Config) (*Site, error) {
	for _, b := range cfg.Main.Children {
		if b.Kind == config.Stream {
			return build(cfg, b)
		}
	}
	return nil, nil
}

func build(cfg *config.Config, b *config.Block) (*Site, error) {
	s := &Site{Block: b, modules: modulesOf(cfg.Registry), table: vars.TableOf(b), debug: errlog.DebugOf(cfg), servers: map[*config.Block]*Server{}}
	plan := config.Value(b, planKey)
	for _, sb := range plan.Servers {
		conf := core.Of(sb)
		server := &Server{Name: conf.ServerName.First(), Block: sb, Conf: conf, Log: errlog.Of(sb)}
		if s.debug.Any() {
			server.verbose = server.Log.Verbose()
		}
		for _, m := range s.modules {
			if m.Compile == nil {
				continue
			}
			if err := m.Compile(server); err != nil {
				return nil, err
			}
		}
		s.servers[sb] = server
	}
	for _, socket := range plan.Ports() {
		port := &Port{Addr: socket.Addr, Text: socket.Text, Options: socket.Options, site: s}
		for _, a := range socket.Addresses {
			port.addrs = append(port.addrs, portAddr{
				addr: a.Addr.IP.Addr(), server: s.servers[a.DefaultServer], protocols: a.Protocols,
				names: vserver.NewFinder(a, func(b *config.Block) *vserver.Names { return &core.Of(b).ServerName }, func(b *config.Block) *Server { return s.servers[b] }),
			})
		}
		s.Ports = append(s.Ports, port)
	}
	return s, nil
}

// at picks the address that a connection came in on.
func (p *Port) at(conn *reactor.Conn) *portAddr {
	last := len(p.addrs) - 1
	if last > 0 {
		local := conn.Local().Addr()
		for i := range p.addrs[:last] {
			if p.addrs[i].addr == local {
				return &p.addrs[i]
			}
		}
	}
	return &p.addrs[last]
}

// Start makes the site ready to serve on r; nothing is served before its ports' listeners have it as handler.
func (s *Site) Start(r *reactor.Reactor) error {
	for _, l := range r.Loops() {
		s.Workers = append(s.Workers, &worker{site: s, loop: l})
	}
	for i, m := range s.modules {
		if m.Start == nil {
			continue
		}
		if err := m.Start(s); err != nil {
			for _, done := range s.modules[:i] {
				if done.Drop != nil {
					done.Drop(s)
				}
			}
			return err
		}
	}
	return nil
}

// Drop lets go of what Start took, for a site that will not serve or has stopped serving.
func (s *Site) Drop() {
	for _, m := range s.modules {
		if m.Drop != nil {
			m.Drop(s)
		}
	}
}
