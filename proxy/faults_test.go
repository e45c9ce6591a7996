package proxy_test

import (
	"regexp"
	"strings"
	"testing"

	"understudy/internal/stage"
)

type peer = stage.Peer

// seconds are what no two runs have in common.
var seconds = regexp.MustCompile(`\d+\.\d\d\d\b`)

const faultLog = "log_format fault '$status, upstream $upstream_addr $upstream_status, $upstream_response_length of $upstream_bytes_received bytes, " +
	"$upstream_bytes_sent sent; connect $upstream_connect_time, head $upstream_header_time, end $upstream_response_time';\n"

// fault is a misbehaving upstream behind one location.
type fault struct {
	name       string
	backends   []func(p *peer)
	upstream   string // text of the upstream block; "" = all backends
	conf       string // text of the location
	more       string // text of the server
	requests   []string
	ours       string
	unbuffered bool
	why        string
}

const get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

const getClose = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

func post(body string) string {
	return "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body
}

// once answers the first request of a connection with exactly these bytes, and closes.
func once(text string) func(p *peer) {
	return func(p *peer) {
		if head, _ := p.Request(); head != "" {
			p.Send(text)
		}
	}
}

// then is once, followed by something else.
func then(text string, more func(p *peer)) func(p *peer) {
	return func(p *peer) {
		if head, _ := p.Request(); head != "" {
			p.Send(text)
			more(p)
		}
	}
}

func stall(p *peer) { p.Gone() }
func reset(p *peer) { p.Reset() }

// always serves the same answer again and again.
func always(text string) func(p *peer) {
	return func(p *peer) { p.Serve(func(string, string) string { return text }) }
}

func (f fault) stageCase() stage.Case {
	upstream := f.upstream
	if upstream == "" {
		for i := range f.backends {
			upstream += " server B" + string(rune('1'+i)) + ";"
		}
	}
	requests := f.requests
	if requests == nil {
		requests = []string{get}
	}
	return stage.Case{
		Name: f.name, Backends: f.backends, Ours: f.ours, Why: f.why,
		HTTP: faultLog + "upstream u { " + upstream + " }\nserver { listen LISTEN; server_name front; access_log DIR/access.log fault;\n" + f.more +
			"\nlocation / { proxy_pass http://u; " + f.conf + " } }",
		Play: func(t *testing.T, s *stage.Server) string {
			var b strings.Builder
			for _, r := range requests {
				c := s.Dial(t)
				c.Send(r)
				var a stage.Answer
				if strings.HasPrefix(r, "HEAD ") {
					a = c.Head()
				} else {
					a = c.Answer()
				}
				b.WriteString(a.Describe())
				switch {
				case a.Broken, a.Line == "":
				case a.Get("Connection") == "close" || r == getClose || a.Status()[0] == '1':
					rest, how := c.End()
					b.WriteString(", " + how + " " + rest)
				default:
					b.WriteString(", next " + c.Ask("GET /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").Status())
				}
				b.WriteString("\n")
				c.Close()
			}
			access := s.AwaitAccess(len(requests) + strings.Count(b.String(), ", next "))
			for _, line := range s.Errors() {
				if strings.HasPrefix(line, "info: client") {
					continue // that the test's clients went away
				}
				b.WriteString(line + "\n")
			}
			for _, line := range access {
				if !strings.HasPrefix(line, "alive") {
					b.WriteString("access: " + seconds.ReplaceAllString(line, "T") + "\n")
				}
			}
			text := b.String()
			if f.unbuffered { // there nginx's word for it depends on which event came first
				for _, action := range [...]string{" while reading response header from upstream", " while sending to client"} {
					text = strings.ReplaceAll(text, action, " while reading upstream")
				}
			}
			return text
		},
	}
}

const alive = "location = /alive { access_log DIR/access.log alive; return 200 alive; }"

func TestFaultyUpstreamsAreTreatedAsByNginx(t *testing.T) {
	var cases []stage.Case
	for _, f := range faults() {
		f.more += alive
		c := f.stageCase()
		c.HTTP = "log_format alive alive;\n" + c.HTTP
		cases = append(cases, c)
	}
	stage.PlayAll(t, "testdata/faults.txt", cases)
}
