package accesslog

import (
	"understudy/config"
	"understudy/errlog"
	"understudy/stream"
)

// StreamSettings of ngx_stream_log_module.
type StreamSettings struct {
	// LogFormat names a format: `log_format NAME [escape=default|json|none] TEXT…`.
	LogFormat formats `nginx:"log_format" in:"stream" args:"2+"`
	// AccessLog says where to and how: `access_log PATH FORMAT [buffer=SIZE] [gzip[=LEVEL]] [flush=TIME] [if=CONDITION] | off`.
	AccessLog Logs `nginx:"access_log" in:"stream stream-server" args:"1+"`
	// OpenLogFileCache keeps files open whose names have variables in them.
	OpenLogFileCache fileCacheOption `nginx:"open_log_file_cache" in:"stream stream-server" args:"1-4"`
}

var streamConf = config.Declare[StreamSettings]("ngx_stream_log_module")

// Stream is ngx_stream_log_module. Where there is no access_log, sessions are not logged.
var Stream = &stream.Module{Settings: streamConf, Compile: func(server *stream.Server) error {
	o := streamConf.Of(server.Block)
	if len(o.AccessLog.list) == 0 {
		return nil
	}
	w := &writer{targets: o.AccessLog.list, caches: o.OpenLogFileCache.caches}
	server.On(stream.PhaseLog, func(s *stream.Session) stream.Result {
		w.log(s)
		return stream.Declined
	})
	return nil
}, Start: func(s *stream.Site) error {
	formatsOf(s.Block).start(s.Loops(), errlog.Of(s.Block))
	return nil
}, Drop: func(s *stream.Site) { formatsOf(s.Block).stop() }}
