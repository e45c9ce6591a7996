package main

import (
	"understudy/config"
	"understudy/errlog"
	"understudy/modules/core"
	"understudy/modules/maps"
	"understudy/proxy"
	"understudy/upstream"
	"understudy/web"
)

// registry lists the modules; their order is the order of handlers and filters.
func registry() *config.Registry {
	return config.NewRegistry(core.Conf, core.Events, errlog.Conf, web.Core, maps.Conf, upstream.Conf, proxy.Module)
}
