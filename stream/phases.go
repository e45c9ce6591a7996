package stream

// Phase is a point in a session's life at which handlers run (ngx_stream_phases).
type Phase uint8

// The phases in their order, without what is seen of the client's first bytes (Prereader) and the content, of which there is one
// handler for each server; both come before the log.
const (
	PhasePostAccept Phase = iota
	PhasePreaccess
	PhaseAccess
	PhaseLog

	phaseCount
)

// Result is what a handler comes to: one of these, or the session's status, which ends it.
type Result int

// Results of handlers.
const (
	Declined Result = -1 - iota // the next handler is asked
	Allowed                     // the rest of the phase is passed over
	Done                        // the session goes on without its task: it is a tunnel, or somebody else's
)

// Statuses (NGX_STREAM_…).
const (
	StatusOK          Result = 200
	StatusBadRequest  Result = 400
	StatusForbidden   Result = 403
	StatusError       Result = 500
	StatusBadGateway  Result = 502
	StatusUnavailable Result = 503
)

// Handler takes part in a phase, or makes the content. It may wait.
type Handler func(s *Session) Result

// On puts a handler on one of the server's phases, behind those that are there.
func (s *Server) On(p Phase, h Handler) { s.phases[p] = append(s.phases[p], h) }

// run takes a session through the phases up to the content.
func (s *Session) run() Result {
	s.Debugf("stream session of server \"%s\" in %s:%d", s.Server.Name, s.Server.Block.Directive.File, s.Server.Block.Directive.Line)
	for p := PhasePostAccept; p < PhaseLog; p++ {
		if res := s.through(p); res != Declined {
			return res
		}
	}
	if len(s.Server.prereaders) > 0 {
		if res := s.preread(); res != Declined {
			return res
		}
	}
	s.Acting("")
	if s.Server.Content == nil {
		s.Debugf("no handler for server")
		return StatusError
	}
	return s.Server.Content(s)
}

// through asks the handlers of one phase.
func (s *Session) through(p Phase) Result {
	for _, h := range s.Server.phases[p] {
		switch res := h(s); res {
		case Declined:
		case Allowed:
			return Declined
		default:
			return res
		}
	}
	return Declined
}
