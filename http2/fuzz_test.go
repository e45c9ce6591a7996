package http2_test

import (
	"io"
	"net"
	"testing"
	"time"

	"understudy/internal/stage"
)

// FuzzConnection sends whatever there is behind the preface: the server must survive it, and end the connection when the client
// does.
func FuzzConnection(f *testing.F) {
	for _, c := range conversations() {
		f.Add([]byte(frame(settings, 0, 0, "") + c.send))
	}
	f.Add([]byte(frame(headers, endHeaders, 1, post("/")) + frame(data, 0, 1, "x") + frame(rst, 0, 1, word(8))))
	s := stage.Start(f, "", site)
	f.Fuzz(func(t *testing.T, text []byte) {
		conn, err := net.Dial("tcp", s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(stage.Patience))
		_, _ = io.WriteString(conn, preface+string(text)) // the server may have closed it already
		_ = conn.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, conn); err != nil {
			if e, ok := err.(net.Error); ok && e.Timeout() {
				t.Fatal("the connection does not end")
			}
		}
		if list := s.Panics(); len(list) > 0 {
			t.Fatal(list[0])
		}
	})
}
