// Package websocket is a small RFC 6455 client for tests and the benchmark: it sends and receives single frames, so
// that a test can also say what a well-behaved library would not.
package websocket

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Opcodes of RFC 6455, section 5.2.
const (
	Continuation = 0x0
	Text         = 0x1
	Binary       = 0x2
	Close        = 0x8
	Ping         = 0x9
	Pong         = 0xA
)

// Frame is one frame as it came, unmasked.
type Frame struct {
	Final   bool
	RSV     byte // the three reserved bits, 0 to 7
	Opcode  byte
	Payload []byte
}

// Conn is a client's end. It is for one goroutine, or one that reads and one that writes.
type Conn struct {
	net.Conn
	Header http.Header // of the 101 response
	in     *bufio.Reader
	out    []byte
}

// Dial connects to addr (host:port) and asks for path; header is added to the request and may be nil. The answer
// must be 101. Timeout bounds the connection and the handshake.
func Dial(addr, path string, header http.Header, timeout time.Duration) (*Conn, error) {
	c, err := net.DialTimeout("tcp", addr, timeout)
	if err != nil {
		return nil, err
	}
	conn, err := handshake(c, addr, path, header, timeout)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return conn, nil
}

func handshake(c net.Conn, host, path string, header http.Header, timeout time.Duration) (*Conn, error) {
	if err := c.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	request := "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for name, values := range header {
		for _, v := range values {
			request += name + ": " + v + "\r\n"
		}
	}
	if _, err := io.WriteString(c, request+"\r\n"); err != nil {
		return nil, err
	}
	// Small: the benchmark holds thousands of these.
	in := bufio.NewReaderSize(c, 512)
	response, err := http.ReadResponse(in, &http.Request{Method: "GET"})
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("websocket: the handshake was answered %s", response.Status)
	}
	// The key's answer from RFC 6455, section 1.3.
	if got := response.Header.Get("Sec-Websocket-Accept"); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		return nil, fmt.Errorf("websocket: Sec-WebSocket-Accept is %q", got)
	}
	return &Conn{Conn: c, Header: response.Header, in: in}, c.SetDeadline(time.Time{})
}

// Send writes one masked frame.
func (c *Conn) Send(f Frame) error {
	first := f.Opcode | f.RSV<<4
	if f.Final {
		first |= 0x80
	}
	c.out = append(c.out[:0], first)
	switch n := len(f.Payload); {
	case n < 126:
		c.out = append(c.out, 0x80|byte(n))
	case n < 1<<16:
		c.out = binary.BigEndian.AppendUint16(append(c.out, 0x80|126), uint16(n))
	default:
		c.out = binary.BigEndian.AppendUint64(append(c.out, 0x80|127), uint64(n))
	}
	mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	c.out = append(c.out, mask[:]...)
	for i, b := range f.Payload {
		c.out = append(c.out, b^mask[i&3])
	}
	_, err := c.Write(c.out)
	return err
}

// Receive reads one frame.
func (c *Conn) Receive() (Frame, error) {
	var head [10]byte
	if _, err := io.ReadFull(c.in, head[:2]); err != nil {
		return Frame{}, err
	}
	if head[1]&0x80 != 0 {
		return Frame{}, errors.New("websocket: the server sent a masked frame")
	}
	size := uint64(head[1])
	switch size {
	case 126:
		if _, err := io.ReadFull(c.in, head[2:4]); err != nil {
			return Frame{}, err
		}
		size = uint64(binary.BigEndian.Uint16(head[2:]))
	case 127:
		if _, err := io.ReadFull(c.in, head[2:10]); err != nil {
			return Frame{}, err
		}
		size = binary.BigEndian.Uint64(head[2:])
	}
	if size > 1<<26 {
		return Frame{}, fmt.Errorf("websocket: a frame of %d bytes", size)
	}
	f := Frame{Final: head[0]&0x80 != 0, RSV: head[0] >> 4 & 7, Opcode: head[0] & 15, Payload: make([]byte, size)}
	_, err := io.ReadFull(c.in, f.Payload)
	return f, err
}

// Echo sends a text message and expects it back within the time.
func (c *Conn) Echo(text string, within time.Duration) error {
	if err := c.SetDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	if err := c.Send(Frame{Final: true, Opcode: Text, Payload: []byte(text)}); err != nil {
		return err
	}
	f, err := c.Receive()
	if err != nil {
		return err
	}
	if f.Opcode != Text || !f.Final || string(f.Payload) != text {
		return fmt.Errorf("websocket: sent %q, got opcode %d, %q", text, f.Opcode, f.Payload)
	}
	return nil
}
