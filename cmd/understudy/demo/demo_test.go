package demo

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"understudy/internal/websocket"
)

// startDemo serves the backend on a port of the kernel's choice.
func startDemo(t *testing.T) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(Serve(ln))
	return ln.Addr().String()
}

func dial(t *testing.T, addr string, header http.Header) *websocket.Conn {
	t.Helper()
	c, err := websocket.Dial(addr, "/ws", header, 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPlainRequestGetsThePage(t *testing.T) {
	response, err := http.Get("http://" + startDemo(t) + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 || !bytes.Equal(body, page) {
		t.Fatalf("status %d, error %v, %d bytes of page", response.StatusCode, err, len(body))
	}
}

func TestFramesComeBack(t *testing.T) {
	c := dial(t, startDemo(t), nil)
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	for _, f := range []websocket.Frame{
		{Final: true, Opcode: websocket.Text, Payload: []byte("hello")},
		{Final: true, Opcode: websocket.Binary, Payload: []byte{0, 255, 1}},
		{Final: true, Opcode: websocket.Text, Payload: []byte{}},
		{Final: true, Opcode: websocket.Binary, Payload: big[:125]},
		{Final: true, Opcode: websocket.Binary, Payload: big[:126]},
		{Final: true, Opcode: websocket.Binary, Payload: big[:65535]},
		{Final: true, Opcode: websocket.Binary, Payload: big},
		{Opcode: websocket.Text, Payload: []byte("in two ")},
		{Final: true, Opcode: websocket.Continuation, Payload: []byte("pieces")},
	} {
		sent := make(chan error, 1)
		go func() { sent <- c.Send(f) }()
		got, err := c.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		if got.Final != f.Final || got.Opcode != f.Opcode || !bytes.Equal(got.Payload, f.Payload) {
			t.Fatalf("sent opcode %d final %v %d bytes, got opcode %d final %v %d bytes", f.Opcode, f.Final, len(f.Payload), got.Opcode, got.Final, len(got.Payload))
		}
	}
}

func TestPingIsAnsweredByPong(t *testing.T) {
	c := dial(t, startDemo(t), nil)
	if err := c.Send(websocket.Frame{Final: true, Opcode: websocket.Ping, Payload: []byte("are you there")}); err != nil {
		t.Fatal(err)
	}
	f, err := c.Receive()
	if err != nil || f.Opcode != websocket.Pong || string(f.Payload) != "are you there" {
		t.Fatalf("%+v, %v", f, err)
	}
}

func TestCloseIsReturnedAndTheConnectionEnds(t *testing.T) {
	c := dial(t, startDemo(t), nil)
	if err := c.Send(websocket.Frame{Final: true, Opcode: websocket.Close, Payload: []byte{0x0f, 0xa0}}); err != nil {
		t.Fatal(err)
	}
	f, err := c.Receive()
	if err != nil || f.Opcode != websocket.Close || !bytes.Equal(f.Payload, []byte{0x0f, 0xa0}) {
		t.Fatalf("%+v, %v", f, err)
	}
	if f, err := c.Receive(); err != io.EOF {
		t.Fatalf("after the close frame: %+v, %v", f, err)
	}
}

func TestProtocolErrorsCloseWith1002(t *testing.T) {
	addr := startDemo(t)
	for name, f := range map[string]websocket.Frame{
		"reserved bit":       {Final: true, RSV: 4, Opcode: websocket.Text, Payload: []byte("x")},
		"unknown opcode":     {Final: true, Opcode: 5, Payload: []byte("x")},
		"fragmented control": {Opcode: websocket.Ping},
		"long control":       {Final: true, Opcode: websocket.Ping, Payload: make([]byte, 126)},
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, addr, nil)
			if err := c.Send(f); err != nil {
				t.Fatal(err)
			}
			got, err := c.Receive()
			if err != nil || got.Opcode != websocket.Close || !bytes.Equal(got.Payload, []byte{0x03, 0xea}) {
				t.Fatalf("%+v, %v", got, err)
			}
		})
	}
}

func TestFirstSubprotocolIsChosen(t *testing.T) {
	c := dial(t, startDemo(t), http.Header{"Sec-WebSocket-Protocol": {"chat, superchat"}})
	if got := c.Header.Get("Sec-Websocket-Protocol"); got != "chat" {
		t.Fatalf("chosen %q", got)
	}
}

func TestHandshakeWithoutKeyIsRefused(t *testing.T) {
	request, err := http.NewRequest("GET", "http://"+startDemo(t)+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Upgrade", "websocket")
	request.Header.Set("Connection", "Upgrade")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Fatalf("status %d", response.StatusCode)
	}
}

func TestStopClosesWebSocketsAndFreesTheAddress(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	stop := Serve(ln)
	c := dial(t, addr, nil)
	if err := c.Echo("before", 20*time.Second); err != nil {
		t.Fatal(err)
	}
	stop()
	if f, err := c.Receive(); err == nil {
		t.Fatalf("still open: %+v", f)
	}
	again, err := Start(addr)
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestExampleConfigPointsAtTheBackend(t *testing.T) {
	for _, want := range []string{"listen 8020;", "server 127.0.0.1:8010;"} {
		if n := strings.Count(Config(), want); n != 1 {
			t.Error(fmt.Sprintf("%q stands %d times in the example", want, n))
		}
	}
}

func TestConfigForOtherPorts(t *testing.T) {
	if ConfigFor(Port, Backend) != Config() {
		t.Error("the example's own ports change it")
	}
	text := ConfigFor(1234, "127.0.0.1:5678")
	for _, want := range []string{"listen 1234;", "server 127.0.0.1:5678;"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(text, "listen 8020") || strings.Contains(text, "server 127.0.0.1:8010") {
		t.Error("the example's own ports are left")
	}
}
