package reactor

import "testing"

// Connections of two loops cannot be joined: the attempt is refused before either has been touched.
func TestJoinRefusesConnectionsOfTwoLoops(t *testing.T) {
	a, b := &Conn{loop: &Loop{}}, &Conn{loop: &Loop{}}
	defer func() {
		if recover() == nil {
			t.Error("joined")
		}
		if a.tunnel != nil || b.tunnel != nil || a.loop.more.head != nil {
			t.Error("something has been done already")
		}
	}()
	Join(a, b, TunnelOptions{})
}
