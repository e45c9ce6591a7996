package stage

import (
	"os"
	"path/filepath"
	"testing"
)

// EachStream is Each for the text of a stream block.
func EachStream(t *testing.T, stream string, f func(t *testing.T, s *Server)) {
	t.Helper()
	OursStream(t, stream, f)
	if Installed() {
		t.Run("nginx", func(t *testing.T) {
			f(t, startNginx(t, inStream(stream, "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n"), (*Server).listens))
		})
	}
}

// OursStream is EachStream without nginx.
func OursStream(t *testing.T, stream string, f func(t *testing.T, s *Server)) {
	t.Helper()
	for _, driver := range Drivers() {
		name := driver
		if name == "" {
			name = "best"
		}
		t.Run(name, func(t *testing.T) { f(t, start(t, driver, inStream(stream, ""), 1)) })
	}
}

// listens tells, without a connection, which would be a session in the logs, that the sockets are open: then there is a pid file.
func (s *Server) listens() bool {
	info, err := os.Stat(filepath.Join(s.Dir, "nginx.pid"))
	return err == nil && info.Size() > 0
}

// inStream puts text into a stream block; main is for the top of the configuration.
func inStream(text, main string) string {
	return main + top + `stream {
log_format plain '$status $bytes_received $bytes_sent';
log_format upstream '$status $upstream_addr $upstream_bytes_sent $upstream_bytes_received';
` + text + "\n}\n"
}
