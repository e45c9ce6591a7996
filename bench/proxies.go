package main

// The programs that run: the two proxies with one configuration, and the applications behind them.

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"understudy/cmd/understudy/demo"
	"understudy/internal/rig"
)

// proxyConf is the configuration of both sides. The locations for plain requests keep upstream connections alive; the
// tunnels' are as NGINX's WebSocket guide has them.
const proxyConf = `worker_processes 1;
events {
    worker_connections 19000;
}
http {
    access_log off;
    keepalive_requests 100000000;
    map $http_upgrade $connection_upgrade {
        default upgrade;
        ''      close;
    }
    upstream application {
        server 127.0.0.1:HTTP_PORT;
        keepalive 64;
        keepalive_requests 100000000;
    }
    upstream application-wide {
        server 127.0.0.1:HTTP_PORT;
        keepalive 512;
        keepalive_requests 100000000;
    }
    upstream websocket {
        server 127.0.0.1:ECHO_PORT;
    }
    server {
        listen 127.0.0.1:PROXY_PORT backlog=4096;
        location / {
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
        location /wide/ {
            proxy_pass http://application-wide/;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
        location /ws {
            proxy_pass http://websocket;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Host $host;
            proxy_read_timeout 10m;
            proxy_send_timeout 10m;
        }
    }
}
`

// filesConf is the configuration of both sides for the rows about files: as nginx is usually set up, as it is without a word said, and
// with its cache of open files.
const filesConf = `worker_processes 1;
events {
    worker_connections 4096;
}
http {
    access_log off;
    keepalive_requests 100000000;
    default_type application/octet-stream;
    server {
        listen 127.0.0.1:PROXY_PORT backlog=4096;
        root html;
        location / {
            sendfile on;
            tcp_nopush on;
        }
        location /plain/ {
            alias html/;
        }
        location /cached/ {
            alias html/;
            sendfile on;
            tcp_nopush on;
            open_file_cache max=100;
        }
    }
}
`

// staticFiles are what filesConf serves.
func staticFiles() map[string]string {
	files := map[string]string{}
	for name, size := range map[string]int{"1k": 1 << 10, "64k": 64 << 10, "10m": 10 << 20} {
		files["html/"+name] = strings.Repeat("0123456789abcdef", size/16)
	}
	return files
}

// backendConf is the application behind the plain requests: nginx itself, from memory and the page cache.
const backendConf = `worker_processes 1;
events {
    worker_connections 4096;
}
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    open_file_cache max=100 inactive=1h;
    default_type application/octet-stream;
    server {
        listen 127.0.0.1:HTTP_PORT backlog=4096;
        root html;
        location = /small {
            return 200 "A small answer, as an API would give one: {\"id\": 17, \"name\": \"understudy\"}\n";
        }
    }
}
`

// backends are the applications' ports and how to end them.
type backends struct {
	httpPort, echoPort int
	stop               func()
}

func startBackends(nginx string) (*backends, error) {
	ports, err := rig.FreePorts(2)
	if err != nil {
		return nil, err
	}
	b := &backends{httpPort: ports[0], echoPort: ports[1]}
	server, err := rig.Start(rig.Options{Bin: nginx, Conf: b.fill(backendConf, 0), Files: map[string]string{
		"html/64k": strings.Repeat("0123456789abcdef", 64<<10/16),
		"html/1m":  strings.Repeat("0123456789abcdef", 1<<20/16),
	}, Globals: " worker_rlimit_nofile 19000;"})
	if err != nil {
		return nil, err
	}
	stopEcho, err := startEchoProcess(b.echoPort)
	if err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	b.stop = func() {
		stopEcho()
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "bench: the application:", err)
		}
	}
	return b, nil
}

// startProxy starts one side as a proxy; the port is its own.
func startProxy(s side, b *backends) (*rig.Server, int, error) { return b.start(s, proxyConf, nil) }

// startFiles starts one side as a server of files.
func startFiles(s side, b *backends) (*rig.Server, int, error) {
	return b.start(s, filesConf, staticFiles())
}

func (b *backends) start(s side, conf string, files map[string]string) (*rig.Server, int, error) {
	ports, err := rig.FreePorts(1)
	if err != nil {
		return nil, 0, err
	}
	server, err := rig.Start(rig.Options{Bin: s.bin, Conf: b.fill(conf, ports[0]), Files: files, Globals: " worker_rlimit_nofile 19500;"})
	return server, ports[0], err
}

func (b *backends) fill(conf string, proxyPort int) string {
	return strings.NewReplacer("HTTP_PORT", fmt.Sprint(b.httpPort), "ECHO_PORT", fmt.Sprint(b.echoPort), "PROXY_PORT", fmt.Sprint(proxyPort)).Replace(conf)
}

// echoRole as the first argument makes this program the echo application on the address that follows.
const echoRole = "serve-echo"

// startEchoProcess runs the echo application in a process of its own, for descriptors and processor time are counted
// by process. It ends when its standard input does, so also when the benchmark is killed.
func startEchoProcess(port int) (stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr := net.JoinHostPort("127.0.0.1", fmt.Sprint(port))
	cmd := exec.Command(self, echoRole, addr)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(self), err)
	}
	stop = func() {
		_ = in.Close()
		_ = cmd.Wait() // it closes its connections and exits 0; nothing depends on it
	}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("tcp", addr); err == nil {
			return stop, c.Close()
		}
	}
	stop()
	return nil, errors.New("the echo application does not listen")
}

func serveEcho(addr string) error {
	stop, err := demo.Start(addr)
	if err != nil {
		return err
	}
	_, err = os.Stdin.Read(make([]byte, 1))
	stop()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
