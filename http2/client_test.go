package http2_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"

	"understudy/internal/stage"
)

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// Kinds and flags of frames.
const (
	data, headers, priority, rst, settings, push, ping, goaway, window, continuation = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9

	fin, ack, endHeaders, padded, prioritised = 1, 1, 4, 8, 0x20
)

func frame(kind, flags byte, id uint32, payload string) string {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return string(binary.BigEndian.AppendUint32(b, id)) + payload
}

func word(n uint32) string { return string(binary.BigEndian.AppendUint32(nil, n)) }

func setting(id uint16, n uint32) string {
	return string(binary.BigEndian.AppendUint16(nil, id)) + word(n)
}

// block encodes fields, "name: value" each, without any table.
func block(fields ...string) string {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	e.SetMaxDynamicTableSize(0)
	for _, f := range fields {
		at := strings.Index(f[1:], ":") + 1
		_ = e.WriteField(hpack.HeaderField{Name: f[:at], Value: strings.TrimPrefix(f[at+1:], " ")})
	}
	return b.String()
}

// get is the head of an ordinary request, with more fields behind it.
func get(path string, more ...string) string {
	return block(append([]string{":method: GET", ":scheme: http", ":path: " + path, ":authority: a"}, more...)...)
}

// open is a HEADERS frame that is a whole request.
func open(id uint32, fields string) string { return frame(headers, fin|endHeaders, id, fields) }

// client is the other end of a connection.
type client struct {
	net.Conn
	t      testing.TB
	fields *hpack.Decoder
	body   map[uint32]string // of the streams that have not ended
	list   []string          // what came, in words
}

type received struct {
	kind, flags byte
	id          uint32
	payload     []byte
}

func dial(t testing.TB, s *stage.Server) *client {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(stage.Patience))
	return &client{Conn: conn, t: t, fields: hpack.NewDecoder(4096, nil), body: map[uint32]string{}}
}

// start dials and sends the preface with the client's settings.
func start(t testing.TB, s *stage.Server, set string) *client {
	c := dial(t, s)
	c.send(preface + frame(settings, 0, 0, set))
	return c
}

func (c *client) send(text string) { _, _ = io.WriteString(c, text) } // what came of it shows in what is read

func (c *client) next() (received, bool) {
	var head [9]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return received{}, false
	}
	f := received{kind: head[3], flags: head[4], id: binary.BigEndian.Uint32(head[5:])}
	f.payload = make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(c, f.payload); err != nil {
		return received{}, false
	}
	if f.kind == data {
		c.body[f.id] += string(f.payload)
	}
	return f, true
}

// describe puts a frame in words; windows and settings of the beginning are nothing to speak of.
func (c *client) describe(f received) string {
	end := ""
	if f.flags&fin != 0 {
		end = " end"
	}
	switch f.kind {
	case data:
		if end == "" {
			return "" // told when it is whole
		}
		body := c.body[f.id]
		delete(c.body, f.id)
		if len(body) > 100 {
			return fmt.Sprintf("DATA %d end", f.id)
		}
		return fmt.Sprintf("DATA %d %q end", f.id, body)
	case headers:
		list, err := c.fields.DecodeFull(f.payload)
		if err != nil {
			return "HEADERS that cannot be read: " + err.Error()
		}
		text := ""
		for _, h := range list {
			if h.Name == ":status" || strings.HasPrefix(h.Name, "x-") {
				text += " " + h.Value
			}
		}
		return fmt.Sprintf("HEADERS %d%s%s", f.id, text, end)
	case rst:
		return fmt.Sprintf("RST %d code %d", f.id, binary.BigEndian.Uint32(f.payload))
	case goaway:
		return fmt.Sprintf("GOAWAY after %d code %d", binary.BigEndian.Uint32(f.payload), binary.BigEndian.Uint32(f.payload[4:]))
	case ping:
		return "PING"
	}
	return ""
}

// until reads frames until what came is want, is something else, or is all there is; it returns what came.
func (c *client) until(want string) string {
	c.t.Helper()
	for {
		got := strings.Join(c.list, ", ")
		if got == want && want != "" || !strings.HasPrefix(want, got) {
			c.list = nil
			return got
		}
		f, ok := c.next()
		text := "closed"
		if ok {
			text = c.describe(f)
		}
		if text != "" {
			c.list = append(c.list, text)
		}
	}
}

// alive asks for a sign of life, before which nothing else may come.
func (c *client) alive() {
	c.t.Helper()
	c.send(frame(ping, 0, 0, "are you?"))
	if got := c.until("PING"); got != "PING" {
		c.t.Errorf("behind the conversation: %s", got)
	}
}
