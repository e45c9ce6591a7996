package access

import (
	"understudy/config"
	"understudy/errlog"
	"understudy/stream"
)

// StreamSettings of ngx_stream_access_module.
type StreamSettings struct {
	// Allow and Deny are one list, in file order; the first rule that fits decides.
	Allow ruleOption `nginx:"allow" in:"stream stream-server" args:"1"`
	Deny  ruleOption `nginx:"deny" in:"stream stream-server" args:"1"`

	rules rules
}

var streamConf = config.Declare[StreamSettings]("ngx_stream_access_module")

// Stream is ngx_stream_access_module.
var Stream = &stream.Module{Settings: streamConf, Compile: func(server *stream.Server) error {
	rules := streamConf.Of(server.Block).rules
	if len(rules) == 0 {
		return nil
	}
	server.On(stream.PhaseAccess, func(s *stream.Session) stream.Result {
		switch rules.verdict(s.ClientAddr()) {
		case allowed:
			return stream.Allowed
		case denied:
			s.Errorf(errlog.Error, forbidden)
			return stream.StatusForbidden
		}
		return stream.Declined
	})
	return nil
}}

// Merge takes over the rules of the block around if there are none.
func (s *StreamSettings) Merge(parent *StreamSettings, _ *config.Block) error {
	if s.rules == nil && parent != nil {
		s.rules = parent.rules
	}
	return nil
}
