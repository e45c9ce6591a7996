package oddrequests

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Conf is the nginx.conf that the table was recorded with, for a server on listen ("127.0.0.1:8020") that writes its error
// log to errorLog and passes to the backend's address. Its paths are relative to the prefix.
func Conf(listen, backend, errorLog string) string {
	return strings.NewReplacer("LISTEN", listen, "BACKEND", backend, "ERRORLOG", errorLog).Replace(conf)
}

const conf = `worker_processes 1;
error_log ERRORLOG info;
pid odd.pid;
events {
    worker_connections 256;
}
http {
    access_log off;
    upstream backend {
        server BACKEND;
    }
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    server {
        listen LISTEN default_server;
        location / {
            return 200 "uri=$uri args=$args host=$host\n";
        }
        location /p/ {
            proxy_pass http://backend;
        }
        location /u/ {
            proxy_pass http://backend/x/;
        }
    }
    server {
        listen LISTEN;
        server_name underscores;
        underscores_in_headers on;
        location / {
            proxy_pass http://backend;
        }
    }
    server {
        listen LISTEN;
        server_name keepinvalid;
        ignore_invalid_headers off;
        location / {
            proxy_pass http://backend;
        }
    }
    server {
        listen LISTEN;
        server_name slashes;
        merge_slashes off;
        location / {
            return 200 "slashes uri=$uri args=$args host=$host\n";
        }
    }
}
`

// limit is how long a server may take for an answer that it owes.
const limit = 5 * time.Second

// last is the request that ends a case, to see whether the connection still lives.
const last = "GET /last-of-the-case HTTP/1.1\r\nHost: last\r\nConnection: close\r\n\r\n"

// Backend is a raw TCP server that keeps every request it gets and answers 200 "ok".
type Backend struct {
	ln   net.Listener
	mu   sync.Mutex
	seen []string
	wg   sync.WaitGroup
}

// NewBackend serves on ln until Close.
func NewBackend(ln net.Listener) *Backend {
	b := &Backend{ln: ln}
	b.wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			b.wg.Go(func() { b.serve(c) })
		}
	})
	return b
}

// Close stops the backend and waits for its connections.
func (b *Backend) Close() error {
	err := b.ln.Close()
	b.wg.Wait()
	return err
}

// Take returns what has been received since the last Take.
func (b *Backend) Take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.seen
	b.seen = nil
	return s
}

func (b *Backend) serve(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(limit))
	r := bufio.NewReader(c)
	var raw strings.Builder
	length, chunked := 0, false
	for {
		line, err := r.ReadString('\n')
		raw.WriteString(line)
		if err != nil {
			b.keep(raw.String() + "<cut off>")
			return
		}
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		switch strings.ToLower(name) {
		case "content-length":
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		case "transfer-encoding":
			chunked = true
		}
		if line == "\r\n" || line == "\n" {
			break
		}
	}
	for chunked {
		line, err := r.ReadString('\n')
		raw.WriteString(line)
		n, perr := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
		if err != nil || perr != nil {
			b.keep(raw.String() + "<cut off>")
			return
		}
		body := make([]byte, n+2)
		got, _ := io.ReadFull(r, body)
		raw.Write(body[:got])
		chunked = n > 0
	}
	body := make([]byte, length)
	n, err := io.ReadFull(r, body)
	raw.Write(body[:n])
	if err != nil {
		b.keep(raw.String() + "<cut off>")
		return
	}
	b.keep(raw.String())
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")
}

func (b *Backend) keep(s string) {
	b.mu.Lock()
	b.seen = append(b.seen, s)
	b.mu.Unlock()
}

// Run sends c to the server at addr, whose upstream is b, and tells what happened (all but the log). One case at a time
// for a backend.
func Run(addr string, b *Backend, c Case) (Outcome, error) {
	var o Outcome
	b.Take()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return o, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		return o, err
	}
	if _, err := io.WriteString(conn, c.Send); err != nil {
		return o, err
	}
	if c.EOF {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			return o, err
		}
	}
	r := bufio.NewReader(conn)
	head := strings.HasPrefix(strings.TrimLeft(c.Send, "\r\n"), "HEAD ")
	for asked := false; ; {
		a, closing, err := readAnswer(r, head)
		if errors.Is(err, io.EOF) {
			o.Closed = true
			break
		}
		if err != nil {
			return o, err
		}
		head = false
		if strings.Contains(a.Body, "last-of-the-case") {
			break
		}
		o.Answers = append(o.Answers, a)
		if closing { // a server that lingers does so until the client is done
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil && !reset(err) {
				return o, err
			}
		}
		if closing || asked || c.EOF {
			continue
		}
		asked = true
		if _, err := io.WriteString(conn, last); err != nil {
			return o, err
		}
	}
	o.Upstream = b.Take()
	return o, nil
}

// readAnswer reads one response; io.EOF: there is none. closing: the server said that it closes.
func readAnswer(r *bufio.Reader, head bool) (a Answer, closing bool, err error) {
	if p, err := r.Peek(5); err != nil || string(p) != "HTTP/" {
		body, rerr := io.ReadAll(r)
		if rerr != nil && !reset(rerr) {
			return a, true, rerr
		}
		if len(body) == 0 {
			return a, true, io.EOF
		}
		if strings.Contains(string(body), "<html>") {
			body = body[:0] // an error page without a head
		}
		return Answer{"", string(body)}, true, nil
	}
	length := -1
	for first := true; ; first = false {
		line, err := r.ReadString('\n')
		if err != nil {
			return a, true, fmt.Errorf("head cut off: %w", err)
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		if first {
			a.Status = line
			continue
		}
		name, value, _ := strings.Cut(line, ": ")
		switch strings.ToLower(name) {
		case "content-length":
			length, _ = strconv.Atoi(value)
		case "connection":
			closing = value == "close"
		}
	}
	code := strings.Split(a.Status+"  ", " ")[1]
	if head || code[0] == '1' || code == "204" || code == "304" {
		return a, closing, nil
	}
	var body []byte
	if length < 0 {
		body, err = io.ReadAll(r)
	} else {
		body = make([]byte, length)
		_, err = io.ReadFull(r, body)
	}
	if err != nil && !reset(err) {
		return a, true, fmt.Errorf("body cut off: %w", err)
	}
	if code == "200" {
		a.Body = string(body)
	}
	return a, closing, nil
}

// reset: a server that closes with unread bytes in its socket resets the connection; that is a close.
func reset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && !op.Timeout() && !errors.Is(err, os.ErrDeadlineExceeded)
}

// Diff says how got differs from want, or "". Logs are not compared.
func Diff(want, got Outcome) string {
	switch {
	case !slices.Equal(want.Answers, got.Answers):
		return fmt.Sprintf("answers: want %q, got %q", want.Answers, got.Answers)
	case want.Closed != got.Closed:
		return fmt.Sprintf("closed: want %v, got %v", want.Closed, got.Closed)
	case !slices.Equal(want.Upstream, got.Upstream):
		return fmt.Sprintf("upstream: want %q, got %q", want.Upstream, got.Upstream)
	}
	return ""
}
