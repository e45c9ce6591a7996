package web_test

import (
	"regexp"
	"strings"
	"testing"

	"understudy/internal/stage"
)

func TestFiguresOfAConnection(t *testing.T) {
	const http = `server { listen LISTEN; location / { return 200 "$tcpinfo_rtt $tcpinfo_rttvar $tcpinfo_snd_cwnd $tcpinfo_rcv_space"; } }`
	figures := regexp.MustCompile(`^[1-9]\d* [1-9]\d* [1-9]\d* [1-9]\d*$`)
	stage.Each(t, http, func(t *testing.T, s *stage.Server) {
		a := s.Dial(t).Ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		if portable := strings.Contains(t.Name(), "portable"); portable && a.Body != "   " || !portable && !figures.MatchString(a.Body) {
			t.Error(a.Describe())
		}
	})
}
