//go:build e2e

package e2e

// The configurations of NGINX's WebSocket guide, as users have them on disk.

import (
	"fmt"
	"strings"
	"testing"
)

// guideConf is the guide's example. Only the ports are replaced when a test runs it.
const guideConf = `http {
    map $http_upgrade $connection_upgrade {
        default upgrade;
        ''      close;
    }
    upstream websocket {
        server 127.0.0.1:8010;
    }
    server {
        listen 8020;
        location / {
            proxy_pass http://websocket;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Host $host;
        }
    }
}
`

// guideLocationConf has the guide's other form: a location for WebSockets only.
const guideLocationConf = `http {
    upstream websocket {
        server 127.0.0.1:8010;
    }
    server {
        listen 8020;
        location /wsapp/ {
            proxy_pass http://websocket;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "Upgrade";
            proxy_set_header Host $host;
        }
    }
}
`

// events is the section that the guide's examples leave out and nginx demands.
const events = "events {\n    worker_connections 4096;\n}\n"

// withPorts replaces the guide's ports 8020 (proxy) and 8010 (application) by free ones.
func withPorts(t *testing.T, conf string) (text string, proxy, application int) {
	t.Helper()
	ports := freePorts(t, 2)
	if strings.Count(conf, "8020") != 1 || strings.Count(conf, "127.0.0.1:8010") != 1 {
		t.Fatal("the configuration has not the guide's ports once each")
	}
	text = strings.NewReplacer("8020", fmt.Sprint(ports[0]), "8010", fmt.Sprint(ports[1])).Replace(conf)
	return events + text, ports[0], ports[1]
}
