package web

import (
	"understudy/config"
	"understudy/vserver"
)

// listenOption collects the `listen` directives of one server.
type listenOption struct{ list []*vserver.Socket }

func (o *listenOption) Parse(c *config.Call) error {
	list, err := vserver.Listen(c, func(s *vserver.Socket, arg string) (bool, error) {
		switch arg {
		case "default":
			s.Default = true
			return true, nil
		case "http2":
			if !hasModule(c.Conf.Registry, "ngx_http_v2_module") {
				return true, c.Unsupported("", "invalid parameter \"%s\"", arg)
			}
			c.Warnf("the \"listen ... http2\" directive is deprecated, use the \"http2\" directive instead")
			s.Protocols |= vserver.HTTP2
			return true, nil
		case "quic":
			return true, c.Unsupported("", "invalid parameter \"%s\"", arg)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	p := sitePlan(c.Block)
	for _, s := range list {
		if err := p.Add(c, s); err != nil {
			return err
		}
	}
	o.list = append(o.list, list...)
	return nil
}
