package web_test

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"understudy/internal/oddrequests"
	"understudy/internal/stage"
)

// TestOddRequestsAreTreatedAsByNginx plays the recorded table of odd requests, log lines included.
func TestOddRequestsAreTreatedAsByNginx(t *testing.T) {
	cases, err := oddrequests.Load("../testdata/http1/odd-requests.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, driver := range stage.Drivers() {
		t.Run("driver "+driver, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			b := oddrequests.NewBackend(ln)
			defer b.Close()
			conf := oddrequests.Conf("LISTEN", ln.Addr().String(), "DIR/error.log")
			_, http, _ := strings.Cut(conf, "http {")
			s := stage.Start(t, driver, strings.TrimSuffix(strings.TrimSpace(strings.Replace(http, "access_log off;", "", 1)), "}"))
			defer s.Stop()
			for _, c := range cases {
				t.Run(c.Name, func(t *testing.T) {
					if err := os.Truncate(filepath.Join(s.Dir, "error.log"), 0); err != nil {
						t.Fatal(err)
					}
					o, err := oddrequests.Run(s.Addr, b, c)
					if err != nil {
						t.Fatal(err)
					}
					if d := oddrequests.Diff(c.Now, o); d != "" {
						t.Errorf("%q\n%s", c.Send, d)
					}
					for _, line := range s.Errors() {
						text, _, _ := strings.Cut(line, ", client: ")
						_, text, _ = strings.Cut(text, ": ")
						text, _, _ = strings.Cut(text, " while ")
						if strings.HasPrefix(text, "client sent ") {
							o.Log = append(o.Log, text)
						}
					}
					if !slices.Equal(o.Log, c.Now.Log) {
						t.Errorf("%q\nlog: want %q\n     got %q", c.Send, c.Now.Log, o.Log)
					}
				})
			}
		})
	}
}
