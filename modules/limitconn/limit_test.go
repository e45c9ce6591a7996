package limitconn_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
)

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

// A request counts as long as it lasts, however it ends.
func TestRequestCountsUntilItEnds(t *testing.T) {
	for name, end := range map[string]func(c *stage.Client){
		"answered": func(c *stage.Client) {
			c.Send("12345")
			if a := c.Answer(); a.Status() != "405" {
				t.Errorf("%q", a.Line)
			}
		},
		"closed": func(c *stage.Client) { c.Close() },
		"reset": func(c *stage.Client) {
			if err := c.SetLinger(0); err != nil {
				t.Error(err)
			}
			c.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			stage.Each(t, `
limit_conn_zone $server_port zone=a:1m;
server {
	listen LISTEN;
	access_log DIR/access.log plain;
	location / { limit_conn a 1; empty_gif; }
}`, func(t *testing.T, s *stage.Server) {
				holder := s.Dial(t).Send("POST /held HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
				refused := s.Dial(t)
				for refused.Send(get).Answer().Status() != "503" {
					// the holder's head has not been seen yet
				}
				if log := strings.Join(s.Errors(), "\n"); !strings.Contains(log, `error: limiting connections by zone "a", client: 127.0.0.1`) {
					t.Error(log)
				}
				end(holder)
				for a := refused.Send(get).Answer(); a.Status() != "200"; a = refused.Send(get).Answer() {
					if a.Status() != "503" {
						t.Fatalf("%q", a.Line)
					}
				}
			})
		})
	}
}
