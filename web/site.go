package web

import (
	"net/netip"
	"slices"

	"understudy/config"
	"understudy/errlog"
	"understudy/reactor"
	"understudy/vars"
	"understudy/vserver"
)

// Site is one generation of http{}: all its servers, compiled.
type Site struct {
	Block   *config.Block
	Ports   []*Port
	prefix  string
	temp    []string
	debug   *errlog.DebugConnections
	table   *vars.Table
	modules []*Module
	byBlock map[*config.Block]*Location
	servers map[*config.Block]*Server

	vserver.Workers[*worker]

	openFiles []*openFileLimits // of each open_file_cache
}

// Server is a virtual server.
type Server struct {
	Name  string
	Block *config.Block
	root  *Location
}

// Root is the server's own outermost location.
func (s *Server) Root() *Location { return s.root }

// Port is one socket to listen on, with the servers behind it.
type Port struct {
	Addr    reactor.Addr
	Text    string
	Options reactor.ListenOptions

	site  *Site
	addrs []*portAddr
}

// portAddr is one address of a socket: with a wildcard listener there can be several.
type portAddr struct {
	addr      netip.Addr // invalid: any
	text      string
	fallback  *Server // the default server
	servers   *vserver.Finder[*Server]
	protocols vserver.Protocols
	preface   string
	open      func(c *Client) Session // for connections that begin with preface; nil = HTTP/1 only
}

// Build compiles the http block of a loaded configuration; nil without one.
func Build(cfg *config.Config) (*Site, error) {
	for _, b := range cfg.Main.Children {
		if b.Kind == config.HTTP {
			return build(cfg, b)
		}
	}
	return nil, nil
}

func build(cfg *config.Config, b *config.Block) (*Site, error) {
	s := &Site{Block: b, modules: modulesOf(cfg.Registry), byBlock: map[*config.Block]*Location{}, servers: map[*config.Block]*Server{}, prefix: cfg.Prefix, table: vars.TableOf(b), debug: errlog.DebugOf(cfg)}
	p := sitePlan(b)
	for _, sb := range p.Servers {
		server := &Server{Name: core.Of(sb).ServerName.First(), Block: sb}
		root, err := s.compileLocation(server, sb, nil)
		if err != nil {
			return nil, err
		}
		server.root = root
		s.servers[sb] = server
	}
	s.buildPorts(p)
	return s, nil
}

// buildPorts makes the plan's sockets.
func (s *Site) buildPorts(p *vserver.Plan) {
	for _, socket := range p.Ports() {
		port := &Port{Addr: socket.Addr, Text: socket.Text, Options: socket.Options, site: s}
		for _, a := range socket.Addresses {
			port.add(s, a)
		}
		s.Ports = append(s.Ports, port)
	}
}

// add puts an address behind the socket; the one it is bound to comes last.
func (p *Port) add(s *Site, a *vserver.Address) {
	names := func(b *config.Block) *vserver.Names { return &core.Of(b).ServerName }
	pa := &portAddr{
		text: a.Text, protocols: a.Protocols, fallback: s.servers[a.DefaultServer],
		servers: vserver.NewFinder(a, names, func(b *config.Block) *Server { return s.servers[b] }),
	}
	if a.Addr != p.Addr {
		pa.addr = a.Addr.IP.Addr()
	}
	p.addrs = append(p.addrs, pa)
}

// at picks the address that a connection came in on.
func (p *Port) at(conn *reactor.Conn) *portAddr {
	last := len(p.addrs) - 1
	if last > 0 {
		local := conn.Local().Addr()
		for _, a := range p.addrs[:last] {
			if a.addr == local {
				return a
			}
		}
	}
	return p.addrs[last]
}

// server picks the virtual server by the exchange's Host; nil: a regex could not be matched (ngx_http_find_virtual_server).
func (a *portAddr) server(x *Exchange) *Server {
	s, ok, err := a.servers.Find(x, x.Host)
	switch {
	case err != nil:
		return nil
	case !ok:
		return a.fallback
	}
	return s
}

// Start makes the site ready to serve on r; nothing is served before its ports' listeners have it as handler.
func (s *Site) Start(r *reactor.Reactor) error {
	for _, l := range r.Loops() {
		s.Workers = append(s.Workers, &worker{site: s, loop: l, tally: &tallies[l.Index()%len(tallies)]})
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

// NeedDir notes a directory that must exist before the site serves.
func (s *Site) NeedDir(dir string) {
	if !slices.Contains(s.temp, dir) {
		s.temp = append(s.temp, dir)
	}
}

// TempPaths lists these directories.
func (s *Site) TempPaths() []string { return s.temp }

// compileCore puts what ngx_http_core_module does on a location.
func compileCore(l *Location) error {
	conf := l.Conf
	l.Site.NeedDir(conf.ClientBodyTempPath.Dir())
	l.root = rootPath{fixed: conf.Root.fixed, value: conf.Root.value}
	if a := &conf.Alias; conf.aliased {
		l.root = rootPath{fixed: a.fixed, value: a.value, alias: true, prefix: a.prefix}
	}
	l.openFiles = l.Site.openFilesOf(conf.OpenFileCache.limits)
	l.types = conf.Types.byEnding
	if l.types == nil {
		l.types = defaultTypes
	}
	if t := conf.DefaultType.S(); t != "" {
		l.defType = []byte(t)
	}
	return nil
}

// MakeRoom closes some of a loop's idle connections, on that loop, so that others can be made; it returns how many.
func (s *Site) MakeRoom(l *reactor.Loop) int { return s.Workers[l.Index()].makeRoom() }
