package main

// The rows about answers that are compressed on their way: what they cost, and what becomes of their size.

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"understudy/internal/rig"
)

const gzipConf = `worker_processes 1;
events {
    worker_connections 4096;
}
http {
    access_log off;
    keepalive_requests 100000000;
    sendfile on;
    tcp_nopush on;
    gzip on;
    gzip_types text/plain;
    default_type text/plain;
    server {
        listen 127.0.0.1:PROXY_PORT backlog=4096;
        root html;
        location /1/ {
            alias html/;
            gzip_comp_level 1;
        }
        location /6/ {
            alias html/;
            gzip_comp_level 6;
        }
    }
}
`

// gzipRow compresses 64 KiB of text for every request.
func gzipRow(level int) row {
	l := load{name: fmt.Sprintf("gzip-64k-%d", level), path: fmt.Sprintf("/%d/text", level), connections: 16, goal: "≤ 1.20",
		headers: []string{"Accept-Encoding: gzip"}, start: startGzip}
	return row{l.name, l.goal, func(s settings, b *backends, sides []side) ([]figures, error) {
		lines, err := l.measure(s, b, sides)
		if err != nil {
			return nil, err
		}
		size := figures{row: l.name, what: "bytes", format: "%.0f", goal: "≤ 1.10"}
		for i, side := range sides {
			n, err := compressedSize(l, side, b)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", side.label, err)
			}
			pick(&size, i, n)
		}
		return append(lines, size), nil
	}}
}

func startGzip(s side, b *backends) (*rig.Server, int, error) {
	text, err := prose(64 << 10)
	if err != nil {
		return nil, 0, err
	}
	return b.start(s, gzipConf, map[string]string{"html/text": text})
}

// prose is text as people write it: n bytes of this repository's documents.
func prose(n int) (string, error) {
	var all []byte
	for _, name := range []string{"ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "docs/directives.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("to be run in the repository: %w", err)
		}
		all = append(all, text...)
	}
	return string(all[:n]), nil
}

// compressedSize asks one side once.
func compressedSize(l load, s side, b *backends) (size float64, err error) {
	server, port, err := l.start(s, b)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	request, err := http.NewRequest("GET", fmt.Sprintf("http://127.0.0.1:%d%s", port, l.path), nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Accept-Encoding", "gzip") // by hand, so that the body comes as it is
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.Header.Get("Content-Encoding") != "gzip" {
		return 0, errors.New("the answer is not compressed")
	}
	n, err := io.Copy(io.Discard, answer.Body)
	return float64(n), err
}
