package stage

// A client that says byte for byte what the test wants said.

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Client is a connection to a server. Its methods fail the test when they take longer than Patience.
type Client struct {
	*net.TCPConn
	In    *bufio.Reader
	t     testing.TB
	reset bool
}

// Dial connects; the connection is closed when the test ends.
func (s *Server) Dial(t testing.TB) *Client {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(Patience)); err != nil {
		t.Fatal(err)
	}
	return &Client{TCPConn: c.(*net.TCPConn), In: bufio.NewReader(c), t: t}
}

// Send writes; a server that has had enough already is no failure.
func (c *Client) Send(text string) *Client {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil && !gone(err) {
		c.t.Fatal(err)
	}
	return c
}

// gone tells errors of a connection that the other side has closed.
func gone(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// Answer is one response as it came.
type Answer struct {
	Line   string // "HTTP/1.1 200 OK"
	Fields []string
	Body   string
	Broken bool // the connection ended before the body did
}

// Status is the code, "" for none.
func (a Answer) Status() string {
	if len(a.Line) < 12 {
		return ""
	}
	return a.Line[9:12]
}

// Get gives the first field of that name.
func (a Answer) Get(name string) string {
	for _, f := range a.Fields {
		if n, v, _ := strings.Cut(f, ": "); strings.EqualFold(n, name) {
			return v
		}
	}
	return ""
}

// Head reads the head of an answer; the zero Answer when the connection ended instead.
func (c *Client) Head() Answer {
	c.t.Helper()
	var a Answer
	for {
		line, err := c.In.ReadString('\n')
		if err != nil {
			c.reset = c.reset || gone(err)
			if err != io.EOF && !gone(err) {
				c.t.Fatalf("reading a head: %v, so far %q %q", err, a.Line, a.Fields)
			}
			return a
		}
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "":
			return a
		case a.Line == "":
			a.Line = line
		default:
			a.Fields = append(a.Fields, line)
		}
	}
}

// Answer reads a whole answer, to a request that was not HEAD. Where the server says that it closes, it waits for that: a client
// that is gone before may change what the server still has to say in its logs.
func (c *Client) Answer() Answer {
	c.t.Helper()
	a := c.answer()
	if a.Get("Connection") == "close" {
		c.closing()
	}
	return a
}

// closing waits for the end of the connection or, against the server's word, more bytes; either is there to be read afterwards.
func (c *Client) closing() {
	c.t.Helper()
	_, err := c.In.Peek(1)
	if err != nil && os.IsTimeout(err) {
		c.t.Fatalf("waiting for the close: %v", err)
	}
	c.reset = c.reset || gone(err)
}

func (c *Client) answer() Answer {
	c.t.Helper()
	a := c.Head()
	if s := a.Status(); s == "" || s[0] == '1' || s == "204" || s == "304" {
		return a
	}
	if a.Get("Transfer-Encoding") == "chunked" {
		for {
			p, ok := c.Chunk()
			a.Body += p
			if !ok {
				a.Broken = true
				return a
			}
			if p == "" {
				return a
			}
		}
	}
	if text := a.Get("Content-Length"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			c.t.Fatal(err)
		}
		body := make([]byte, n)
		got, err := io.ReadFull(c.In, body)
		a.Body, a.Broken = string(body[:got]), err != nil
		return a
	}
	body, err := io.ReadAll(c.In)
	a.Body, a.Broken = string(body), err != nil
	return a
}

// Chunk reads one chunk; "" is the last one. ok is false when the connection ended.
func (c *Client) Chunk() (p string, ok bool) {
	c.t.Helper()
	line, err := c.In.ReadString('\n')
	if err != nil {
		if os.IsTimeout(err) {
			c.t.Fatal(err)
		}
		return "", false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(line), 16, 64)
	if err != nil {
		c.t.Fatalf("chunk size %q", line)
	}
	p, ok = c.Take(int(n))
	if _, crlf := c.Take(2); !crlf {
		return p, false
	}
	return p, ok
}

// Take reads n bytes; fewer when the connection ended.
func (c *Client) Take(n int) (string, bool) {
	c.t.Helper()
	p := make([]byte, n)
	got, err := io.ReadFull(c.In, p)
	if err != nil && os.IsTimeout(err) {
		c.t.Fatalf("waiting for %d bytes: %v, got %q", n, err, p[:got])
	}
	return string(p[:got]), err == nil
}

// End waits for the server to close, and gives what it still sent and how it closed: "closed" or "reset".
func (c *Client) End() (rest, how string) {
	c.t.Helper()
	p, err := io.ReadAll(c.In)
	switch {
	case err == nil && !c.reset:
		return string(p), "closed"
	case err == nil || gone(err):
		return string(p), "reset"
	}
	c.t.Fatalf("waiting for the end: %v, got %q", err, p)
	return "", ""
}

// Reset closes with a RST.
func (c *Client) Reset() {
	c.t.Helper()
	if err := errors.Join(c.SetLinger(0), c.Close()); err != nil {
		c.t.Fatal(err)
	}
}

// Ask sends one request and reads its answer.
func (c *Client) Ask(request string) Answer {
	c.t.Helper()
	return c.Send(request).Answer()
}
