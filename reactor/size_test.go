package reactor

import (
	"testing"
	"unsafe"
)

// TestATunnelIsSmall keeps the bound on what an idle tunnel holds on the heap: two connections and the tunnel.
func TestATunnelIsSmall(t *testing.T) {
	conn, tunnel := unsafe.Sizeof(Conn{}), unsafe.Sizeof(Tunnel{})
	t.Logf("Conn %d, Tunnel %d, Task %d bytes; an idle tunnel %d", conn, tunnel, unsafe.Sizeof(Task{}), 2*conn+tunnel)
	if conn > 240 || tunnel > 144 {
		t.Errorf("Conn has %d bytes, Tunnel %d", conn, tunnel)
	}
}
