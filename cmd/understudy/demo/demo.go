// Package demo is the application behind `understudy demo`: a page that opens a WebSocket to where it came from, and
// the echo server at its other end. It knows nothing of the proxy between them, and serves any proxy as well.
package demo

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"understudy"
)

//go:embed page.html
var page []byte

// Where nginx.conf.example listens, and where it expects the application.
const (
	Port    = 8020
	Backend = "127.0.0.1:8010"
)

// Config is the text of nginx.conf.example, which proxies port 8020 to a backend on port 8010.
func Config() string { return understudy.ExampleConf }

// ConfigFor is Config with another port to listen on and another backend (host:port).
func ConfigFor(port int, backend string) string {
	return strings.NewReplacer(
		fmt.Sprintf("listen %d;", Port), fmt.Sprintf("listen %d;", port),
		fmt.Sprintf("server %s;", Backend), fmt.Sprintf("server %s;", backend),
	).Replace(Config())
}

// Start serves the backend on addr (host:port) until stop is called: the page for plain requests, an echo for
// WebSocket handshakes, on any path. stop closes every connection and returns when the last
// WebSocket is done.
func Start(addr string) (stop func(), err error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return Serve(ln), nil
}

// Serve is Start on a listener, which stop closes.
func Serve(ln net.Listener) (stop func()) {
	b := &backend{open: map[net.Conn]struct{}{}}
	server := &http.Server{Handler: b, ReadHeaderTimeout: 30 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		// Ends with ErrServerClosed, or with the listener's error, and then there is nothing left to serve.
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			_ = server.Close()
		}
	}()
	return func() {
		_ = server.Close()
		<-served
		b.closeAll()
	}
}

// backend holds the hijacked connections, which net/http's server no longer knows.
type backend struct {
	lock   sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
	active sync.WaitGroup
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		b.upgrade(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(page) // the client may be gone
}

// keep notes an upgraded connection; false means that the server is stopping.
func (b *backend) keep(c net.Conn) bool {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.closed {
		return false
	}
	b.open[c] = struct{}{}
	b.active.Add(1)
	return true
}

func (b *backend) drop(c net.Conn) {
	b.lock.Lock()
	defer b.lock.Unlock()
	delete(b.open, c)
	b.active.Done()
}

func (b *backend) closeAll() {
	b.lock.Lock()
	b.closed = true
	for c := range b.open {
		_ = c.Close()
	}
	b.lock.Unlock()
	b.active.Wait()
}
