package main

// The row about TCP sessions: the same messages to the same application as in tunnels, which stream knows nothing of.

import "understudy/internal/rig"

const streamConf = `load_module /usr/lib/nginx/modules/ngx_stream_module.so;
worker_processes 1;
events { worker_connections 19000; }
stream {
	server { listen 127.0.0.1:PROXY_PORT; proxy_pass 127.0.0.1:ECHO_PORT; }
}
`

func startStream(s side, b *backends) (*rig.Server, int, error) { return b.start(s, streamConf, nil) }
