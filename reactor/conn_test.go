package reactor_test

import (
	"bytes"
	"io"
	"testing"

	"understudy/reactor"
)

func TestEcho(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		ln := listen(t, r, acceptTask(echo))
		c := dial(t, ln)
		msg := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
		go c.Write(msg)
		got := make([]byte, len(msg))
		if _, err := io.ReadFull(c, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, msg) {
			t.Fatal("echo differs")
		}
	})
}

func TestDialEcho(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		a := echoServer(t)
		l := r.Loops()[0]
		in(t, l, func(tk *reactor.Task) {
			c, err := l.Dial(tk, addr(a), reactor.DialOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			c.Write([]byte("hello"))
			var b [64]byte
			n, err := io.ReadFull(c, b[:5])
			if err != nil || string(b[:n]) != "hello" {
				t.Errorf("got %q, %v", b[:n], err)
			}
		})
	})
}
