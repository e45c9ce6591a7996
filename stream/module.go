package stream

import (
	"understudy/config"
	"understudy/vars"
)

// Module is one nginx stream module: its settings, its variables and what it puts on a server. The order of the list in
// modules/modules.go is the order in which Compile is called, and so the order of handlers within a phase.
type Module struct {
	// Settings is what config.Declare returned; nil for a module without directives.
	Settings config.AnyModule
	// Variables are the module's built-in variables.
	Variables []vars.Def
	// Compile puts the module's handlers on a server whose settings ask for them. It is called once for every server.
	Compile func(s *Server) error
	// Start is called once for each generation before it serves.
	Start func(s *Site) error
	// Drop undoes Start when the generation is gone, or will not serve.
	Drop func(s *Site)
}

// Spec hands the module's declarations to the registry.
func (m *Module) Spec() config.Spec {
	if m.Settings == nil {
		return config.Spec{}
	}
	return m.Settings.Spec()
}

// modulesOf picks the stream modules out of the registry's list, in its order.
func modulesOf(r *config.Registry) []*Module {
	var list []*Module
	for _, m := range r.Modules() {
		if s, ok := m.(*Module); ok {
			list = append(list, s)
		}
	}
	return list
}
