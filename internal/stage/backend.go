package stage

// A backend that does whatever a test's script says, on the level of bytes.

import (
	"bufio"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Backend accepts connections and plays a script on each.
type Backend struct {
	Addr  string
	Conns atomic.Int32 // accepted so far

	ln   net.Listener
	mu   sync.Mutex
	open map[net.Conn]bool
	done sync.WaitGroup
}

// Peer is the backend's side of one connection.
type Peer struct {
	net.Conn
	In     *bufio.Reader
	Number int // of the connection, from 1
	b      *Backend
}

// NewBackend plays script on a goroutine for each connection, which is closed when the script returns. All is over, and waited
// for, when the test ends.
func NewBackend(t testing.TB, script func(p *Peer)) *Backend {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return newBackend(t, ln, script)
}

// NewUnixBackend is NewBackend on a unix socket.
func NewUnixBackend(t testing.TB, path string, script func(p *Peer)) *Backend {
	t.Helper()
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	return newBackend(t, ln, script)
}

func newBackend(t testing.TB, ln net.Listener, script func(p *Peer)) *Backend {
	b := &Backend{Addr: ln.Addr().String(), ln: ln, open: map[net.Conn]bool{}}
	b.done.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			if b.open == nil {
				b.mu.Unlock()
				c.Close()
				return
			}
			b.open[c] = true
			b.mu.Unlock()
			n := int(b.Conns.Add(1))
			b.done.Go(func() {
				defer func() {
					c.Close()
					b.mu.Lock()
					delete(b.open, c)
					b.mu.Unlock()
				}()
				script(&Peer{c, bufio.NewReader(c), n, b})
			})
		}
	})
	t.Cleanup(b.Stop)
	return b
}

// Stop closes everything and waits for the scripts.
func (b *Backend) Stop() {
	b.ln.Close()
	b.mu.Lock()
	for c := range b.open {
		c.Close()
	}
	b.open = nil
	b.mu.Unlock()
	b.done.Wait()
}

// Refusing gives an address at which connections are refused. Its port is the near end of an open connection until the test ends,
// so that nobody else comes to listen there.
func Refusing(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); far.Close() })
	return c.LocalAddr().String()
}

// Head reads a request's head; "" when the connection ended.
func (p *Peer) Head() string {
	var head strings.Builder
	for {
		line, err := p.In.ReadString('\n')
		head.WriteString(line)
		if err != nil {
			return ""
		}
		if line == "\r\n" {
			return head.String()
		}
	}
}

// Body reads the body that belongs to a head, decoded; what comes before an early end is given too.
func (p *Peer) Body(head string) string {
	if n, ok := length(head); ok {
		body := make([]byte, n)
		got, _ := io.ReadFull(p.In, body)
		return string(body[:got])
	}
	if !strings.Contains(head, "Transfer-Encoding: chunked\r\n") {
		return ""
	}
	var body strings.Builder
	for {
		line, err := p.In.ReadString('\n')
		n, perr := strconv.ParseInt(strings.TrimSpace(line), 16, 64)
		if err != nil || perr != nil {
			return body.String()
		}
		piece := make([]byte, n+2)
		got, err := io.ReadFull(p.In, piece)
		body.Write(piece[:min(int64(got), n)])
		if err != nil || n == 0 {
			return body.String()
		}
	}
}

// Request reads head and body.
func (p *Peer) Request() (head, body string) {
	head = p.Head()
	return head, p.Body(head)
}

func length(head string) (int, bool) {
	_, rest, ok := strings.Cut(head, "Content-Length: ")
	if !ok {
		return 0, false
	}
	text, _, _ := strings.Cut(rest, "\r\n")
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// Send writes; a server that is gone is no matter.
func (p *Peer) Send(text string) { _, _ = io.WriteString(p, text) }

// Reset closes with a RST; what the other side has not read is lost.
func (p *Peer) Reset() {
	if c, ok := p.Conn.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
	p.Close()
}

// CloseWrite sends FIN.
func (p *Peer) CloseWrite() {
	if c, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite()
	}
}

// Gone waits until the server closes the connection, and tells what it still sent.
func (p *Peer) Gone() string {
	_ = p.SetReadDeadline(time.Now().Add(Patience))
	rest, err := io.ReadAll(p.In)
	if os.IsTimeout(err) {
		return "still open"
	}
	return string(rest)
}

// Serve answers every request with what answer gives for it until the connection ends; "" ends it.
func (p *Peer) Serve(answer func(head, body string) string) {
	for {
		head, body := p.Request()
		if head == "" {
			return
		}
		a := answer(head, body)
		if a == "" {
			return
		}
		p.Send(a)
	}
}

// OK is a whole answer with a body.
func OK(body string) string {
	return "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// Full is an address that takes no more connections: its queue is full, so that connecting to it stalls.
func Full(t testing.TB) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(sa.(*syscall.SockaddrInet4).Port))
	for { // until one is left waiting
		c, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err != nil {
			return addr
		}
		t.Cleanup(func() { c.Close() })
	}
}
