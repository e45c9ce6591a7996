package main

import (
	"understudy/config"
	"understudy/modules"
)

// registry is made of the modules that modules.All lists.
func registry() *config.Registry { return config.NewRegistry(modules.All()...) }
