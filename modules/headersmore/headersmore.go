// Package headersmore is OpenResty's ngx_http_headers_more_filter_module: more_set_headers, more_clear_headers and their like for
// requests, which change any field, nginx's own among them.
package headersmore

import (
	"understudy/config"
	"understudy/web"
)

// Settings of ngx_http_headers_more_filter_module. The directives of a block are carried out in their order, behind those of the
// block around.
type Settings struct {
	// Set replaces fields of answers or adds them: `more_set_headers [-t TYPES] [-s STATUSES] [-a] "NAME: VALUE" …`.
	Set directive `nginx:"more_set_headers" in:"http server location if" args:"1+"`
	// Clear takes fields of answers away: `more_clear_headers [-t TYPES] [-s STATUSES] NAME …`.
	Clear directive `nginx:"more_clear_headers" in:"http server location if" args:"1+"`
	// SetInput replaces fields of requests or adds them: `more_set_input_headers [-r] [-t TYPES] "NAME: VALUE" …`.
	SetInput directive `nginx:"more_set_input_headers" in:"http server location if" args:"1+"`
	// ClearInput takes fields of requests away: `more_clear_input_headers [-t TYPES] NAME …`.
	ClearInput directive `nginx:"more_clear_input_headers" in:"http server location if" args:"1+"`

	output, input []*rule
}

var conf = config.Declare[Settings]("ngx_http_headers_more_filter_module")

// Module is ngx_http_headers_more_filter_module. It must come behind the rewrite module.
var Module = &web.Module{Settings: conf, Compile: compile}

// Merge puts the rules of the block around before the block's own.
func (s *Settings) Merge(parent *Settings, _ *config.Block) error {
	if parent != nil {
		s.output = append(parent.output[:len(parent.output):len(parent.output)], s.output...)
		s.input = append(parent.input[:len(parent.input):len(parent.input)], s.input...)
	}
	return nil
}

func compile(l *web.Location) error {
	if list := conf.Of(l.Block).output; len(list) > 0 {
		l.Filter(filter(list))
	}
	if editsRequests(l.Block) {
		l.On(web.PhaseRewrite, edit)
	}
	return nil
}

// editsRequests tells whether a location changes fields of requests, or an if block in it does.
func editsRequests(b *config.Block) bool {
	if len(conf.Of(b).input) > 0 {
		return true
	}
	for _, child := range b.Children {
		if child.Kind == config.If && len(conf.Of(child).input) > 0 {
			return true
		}
	}
	return false
}
