package limitrate

import "testing"

// The numbers are those of ngx_http_write_filter.
func TestRoomAndPauses(t *testing.T) {
	for _, c := range []struct {
		name              string
		b                 body
		now, room, delay  int64
		sends, pauseAfter int64
	}{
		{"a second's worth at once", body{rate: 1000, started: 10}, 10, 1000, 0, 1000, 1000},
		{"more where time has passed", body{rate: 1000, started: 10}, 12, 3000, 0, 500, 500},
		{"nothing when it is used up", body{rate: 1000, started: 10, sent: 1000}, 10, 0, 1, 0, 0},
		{"longer the more there was", body{rate: 1000, started: 10, sent: 3500}, 10, 0, 2501, 0, 0},
		{"free of charge at first", body{rate: 1000, started: 10, after: 5000}, 10, 6000, 0, 5000, 0},
		{"and then no more", body{rate: 1000, started: 10, after: 5000}, 10, 6000, 0, 6000, 1000},
	} {
		n, delay := c.b.room(c.now)
		if n != c.room || delay != c.delay {
			t.Errorf("%s: room %d, delay %d", c.name, n, delay)
		}
		if c.sends > 0 {
			if pause := c.b.count(c.sends); pause != c.pauseAfter {
				t.Errorf("%s: pause %d", c.name, pause)
			}
		}
	}
}
