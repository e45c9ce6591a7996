package reactor_test

import (
	"io"
	"testing"
	"time"

	"understudy/reactor"
)

// What was peeked at is read again; a peek for more waits until there is more, or there will be none.
func TestPeekLeavesTheBytes(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		seen := make(chan string)
		ln := listen(t, r, acceptFunc(func(c *reactor.Conn) {
			c.Loop().Go(runner(func(*reactor.Task) {
				defer c.Close()
				buf := make([]byte, 100)
				c.SetReadTimeout(patience)
				have := 0
				for {
					n, err := c.Peek(buf, have)
					if err != nil {
						seen <- string(buf[:n]) + " " + err.Error()
						break
					}
					have = n
					seen <- string(buf[:n])
				}
				n, _ := c.Read(buf)
				seen <- string(buf[:n])
			}))
		}))
		c := dial(t, ln)
		c.Write([]byte("one"))
		if got := wait(t, seen); got != "one" {
			t.Fatalf("%q", got)
		}
		c.Write([]byte(" two"))
		if got := wait(t, seen); got != "one two" {
			t.Fatalf("%q", got)
		}
		c.(interface{ CloseWrite() error }).CloseWrite()
		if got := wait(t, seen); got != "one two "+io.EOF.Error() {
			t.Fatalf("%q", got)
		}
		if got := wait(t, seen); got != "one two" {
			t.Errorf("then read %q", got)
		}
	})
}

func TestPeekForMoreTimesOutAndLeavesTheBytes(t *testing.T) {
	drivers(t, func(t *testing.T, o reactor.Options) {
		r := start(t, o)
		seen := make(chan string, 2)
		ln := listen(t, r, acceptFunc(func(c *reactor.Conn) {
			c.Loop().Go(runner(func(*reactor.Task) {
				defer c.Close()
				buf := make([]byte, 100)
				n, _ := c.Peek(buf, 0)
				c.SetReadTimeout(20 * time.Millisecond)
				if _, err := c.Peek(buf, n); err != reactor.ErrTimeout {
					t.Errorf("error %v", err)
				}
				n, _ = c.Read(buf)
				seen <- string(buf[:n])
			}))
		}))
		c := dial(t, ln)
		c.Write([]byte("one"))
		if got := wait(t, seen); got != "one" {
			t.Errorf("%q", got)
		}
	})
}
