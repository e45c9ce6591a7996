package http2_test

import (
	"fmt"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// depends is a PRIORITY frame: stream id depends on another, with a weight of 1 to 256.
func depends(id, on uint32, weight int) string {
	return frame(priority, 0, id, word(on)+string([]byte{byte(weight - 1)}))
}

// alone is depends for a stream that gets what depended on the other.
func alone(id, on uint32, weight int) string { return depends(id, on|1<<31, weight) }

// begin is a whole request whose HEADERS say what it depends on.
func begin(id, on uint32, weight int) string {
	return frame(headers, fin|endHeaders|prioritised, id, word(on)+string([]byte{byte(weight - 1)})+get("/"))
}

func TestStreamsThatWaitGoInTheOrderOfTheirPriorities(t *testing.T) {
	plain := func(ids ...uint32) string {
		text := ""
		for _, id := range ids {
			text += open(id, get("/"))
		}
		return text
	}
	var filler string
	for id := uint32(101); id < 101+2*40; id += 2 {
		filler += depends(id, 0, 16)
	}
	stage.Each(t, `server { listen LISTEN http2; server_name a;
		location / { return 200 hello; }
		location /long { set $x `+strings.Repeat("x", 1000)+`; set $y $x$x$x$x$x; set $z $y$y$y$y$y; return 200 $z$z$y$y${y}`+strings.Repeat("x", 535)+`; }
	}`, func(t *testing.T, s *stage.Server) {
		for _, c := range []struct{ name, send, want string }{
			{"nothing said", plain(3, 5, 7), "3 5 7"},
			{"by weight", depends(3, 0, 1) + depends(5, 0, 256) + plain(3, 5, 7), "5 7 3"},
			{"by weights in the heads", begin(3, 0, 10) + begin(5, 0, 30) + begin(7, 0, 20), "5 7 3"},
			{"equal weights in the order of arrival", begin(3, 0, 20) + begin(5, 0, 20) + begin(7, 0, 20), "3 5 7"},
			{"some say nothing", plain(3) + begin(5, 0, 30) + plain(7), "5 3 7"},
			{"one behind the other", depends(3, 5, 16) + depends(5, 7, 16) + plain(3, 5, 7), "3 5 7"}, // nobody knows 5 and 7 yet
			{"one behind the other, those in front first", depends(7, 0, 16) + depends(5, 7, 16) + depends(3, 5, 16) + plain(3, 5, 7), "7 5 3"},
			{"one below goes later whatever its weight", depends(5, 0, 1) + depends(3, 5, 256) + plain(3, 5), "5 3"},
			{"shares are parts of the share above", depends(3, 0, 200) + depends(5, 0, 100) + depends(7, 3, 100) + depends(9, 5, 200) +
				plain(3, 5, 7, 9), "3 5 7 9"},
			{"alone below another", depends(3, 0, 16) + depends(5, 0, 16) + alone(7, 0, 16) + plain(3, 5, 7), "7 3 5"},
			{"alone below an unknown stream is not alone", depends(3, 0, 16) + alone(7, 99, 16) + plain(3, 7), "3 7"},
			{"a circle", depends(3, 0, 16) + depends(5, 3, 16) + depends(3, 5, 16) + plain(3, 5), "5 3"},
			{"a circle over three", depends(3, 0, 16) + depends(5, 3, 16) + depends(7, 5, 16) + depends(3, 7, 16) + plain(3, 5, 7), "7 3 5"},
			{"a circle, alone", depends(3, 0, 16) + depends(5, 3, 16) + depends(7, 3, 16) + alone(3, 5, 16) + plain(3, 5, 7), "5 3 7"},
			{"a head changes what was said", depends(3, 0, 1) + depends(5, 0, 256) + begin(3, 0, 256) + begin(5, 0, 1), "3 5"},
			{"a head without priority does not", depends(3, 0, 1) + depends(5, 0, 256) + plain(3, 5), "5 3"},
			{"the oldest are forgotten", depends(3, 0, 256) + depends(5, 3, 16) + filler + plain(5, 7), "5 7"},
			{"what is named again is not forgotten", depends(3, 0, 16) + depends(5, 3, 16) + filler[:len(filler)/2] + depends(5, 3, 16) +
				filler[len(filler)/2:] + plain(5, 7), "7 5"},
		} {
			t.Run(c.name, func(t *testing.T) {
				cl := start(t, s, setting(4, 1<<20))
				cl.exhaust()
				cl.send(c.send)
				n := strings.Count(c.want, " ") + 1
				for i := 0; i < n; { // their heads need no window
					if f, ok := cl.next(); !ok || f.kind == headers {
						cl.describe(f)
						i++
					}
				}
				cl.send(frame(ping, 0, 0, "are you?") + frame(window, 0, 0, word(1<<20)))
				var order []string
				for len(order) < n {
					f, ok := cl.next()
					if !ok {
						t.Fatalf("the connection ended behind %v", order)
					}
					if f.kind == data {
						order = append(order, fmt.Sprint(f.id))
					}
				}
				if got := strings.Join(order, " "); got != c.want {
					t.Errorf("the answers came as %s, want %s", got, c.want)
				}
			})
		}
	})
}

// exhaust uses the connection's window up to its last byte, on a stream that is over then.
func (c *client) exhaust() {
	c.send(open(1, get("/long")))
	if got, want := c.until("HEADERS 1 200, DATA 1 end"), "HEADERS 1 200, DATA 1 end"; got != want {
		c.t.Fatal(got)
	}
}
