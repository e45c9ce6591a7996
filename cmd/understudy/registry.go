package main

import (
	"understudy/config"
	"understudy/modules"
	"understudy/modules/accesslog"
)

// registry lists the modules, with the default access log where the layout has it.
func registry(l layout) *config.Registry {
	list := modules.All()
	for i, m := range list {
		if m == config.AnyModule(accesslog.Module) {
			list[i] = accesslog.New(l.accessLog)
		}
	}
	return config.NewRegistry(list...)
}
