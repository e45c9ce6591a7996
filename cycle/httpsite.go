// The http block as a Site.

package cycle

import (
	"understudy/config"
	"understudy/reactor"
	"understudy/web"
)

// httpSite adapts web.Site; site is nil for a configuration without an http block.
type httpSite struct {
	site  *web.Site
	ports map[string]*web.Port
	list  []Listen
}

// BuildHTTP compiles the http block of a configuration.
func BuildHTTP(c *config.Config) (Site, error) {
	s, err := web.Build(c)
	if err != nil {
		return nil, err
	}
	h := &httpSite{site: s, ports: map[string]*web.Port{}}
	if s == nil {
		return h, nil
	}
	for _, port := range s.Ports {
		l := Listen{Network: "unix", Address: port.Addr.Unix, Text: port.Text, Options: port.Options}
		if l.Address == "" {
			l.Address = port.Addr.IP.String()
			l.Network = "tcp6"
			if port.Addr.IP.Addr().Is4() {
				l.Network = "tcp4"
			}
		}
		h.list = append(h.list, l)
		h.ports[l.Network+" "+l.Address] = port
	}
	return h, nil
}

func (h *httpSite) Listens() []Listen { return h.list }

func (h *httpSite) AcceptHandler(l Listen) reactor.AcceptHandler {
	return h.ports[l.Network+" "+l.Address]
}

func (h *httpSite) TempPaths() []string {
	if h.site == nil {
		return nil
	}
	return h.site.TempPaths()
}

func (h *httpSite) Start(r *reactor.Reactor) error {
	if h.site == nil {
		return nil
	}
	return h.site.Start(r)
}

func (h *httpSite) Drain(drained func()) {
	if h.site == nil {
		go drained()
		return
	}
	h.site.Drain(drained)
}

func (h *httpSite) Abort() {
	if h.site != nil {
		h.site.Abort()
	}
}

func (h *httpSite) Drop() {
	if h.site != nil {
		h.site.Drop()
	}
}
