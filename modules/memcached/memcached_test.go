package memcached_test

import (
	"strings"
	"testing"
	"time"

	"understudy/internal/stage"
)

// serves answers each line that asks for a key with these texts in turn, the last one again and again; "" closes.
func serves(answers ...string) func(p *stage.Peer) {
	return func(p *stage.Peer) {
		for i := 0; ; i++ {
			line, err := p.In.ReadString('\n')
			answer := answers[min(i, len(answers)-1)]
			if err != nil || answer == "" {
				return
			}
			answer = strings.ReplaceAll(answer, "KEY", strings.TrimSuffix(strings.TrimPrefix(line, "get "), "\r\n"))
			text, closes := strings.CutSuffix(answer, "|")
			for i, part := range strings.Split(text, "~") { // apart, so that they come in pieces
				if i > 0 {
					time.Sleep(10 * time.Millisecond)
				}
				p.Send(part)
			}
			if closes {
				return
			}
		}
	}
}

const value = "VALUE KEY 0 5\r\nhello\r\nEND\r\n"

func TestAnswersOfMemcached(t *testing.T) {
	type row struct {
		name, conf string
		ask        string // the request, but for its end; "" = GET /a.txt
		backends   []func(p *stage.Peer)
		times      int
		ours, why  string
	}
	var cases []stage.Case
	for _, r := range []row{
		{name: "a value", backends: one(value)},
		{name: "a value in pieces", backends: one("VAL~UE KEY 0 5\r~\nhe~llo\r~\nEN~D\r\n")},
		{name: "an empty value", backends: one("VALUE KEY 0 0\r\n\r\nEND\r\n")},
		{name: "a value with flags and cas", backends: one("VALUE KEY 4 5 17\r\nhello\r\nEND\r\n")},
		{name: "nothing", backends: one("END\r\n")},
		{name: "nothing, with an error page", backends: one("END\r\n"), conf: "error_page 404 = @miss;"},
		{name: "HEAD", ask: "HEAD /a.txt", backends: one(value)},
		{name: "POST", ask: "POST /a.txt", backends: one(value)},
		{name: "a key with odd bytes", ask: "GET /a%20b%25%01", backends: one(value)},
		{name: "no key", conf: "set $memcached_key \"\";", backends: one(value)},
		{name: "a range", ask: "GET /a.txt HTTP/1.1\r\nRange: bytes=1-2", backends: one(value)},
		{name: "another key", backends: one("VALUE other 0 5\r\nhello\r\nEND\r\n")},
		{name: "a length that is no number", backends: one("VALUE KEY 0 x\r\nhello\r\nEND\r\n")},
		{name: "no length", backends: one("VALUE KEY 0\r\nhello\r\nEND\r\n")},
		{name: "a key without a space behind", backends: one("VALUE KEYx 0 5\r\nhello\r\nEND\r\n")},
		{name: "an error", backends: one("SERVER_ERROR out of memory\r\n")},
		{name: "a line without CR", backends: one("END\n")},
		{name: "only a line feed", backends: one("\n")},
		{name: "a wrong end", backends: one("VALUE KEY 0 5\r\nhello world\r\nEND\r\n")},
		{name: "an end that is wrong late", backends: one("VALUE KEY 0 5\r\nhello~\r\nENDX\r\n")},
		{name: "more behind the end", backends: one(value + "more")},
		{name: "closes in its value", backends: one("VALUE KEY 0 5\r\nhel|")},
		{name: "closes in its end", backends: one("VALUE KEY 0 5\r\nhello\r\nE|")},
		{name: "closes in its line", backends: one("VALUE KEY 0|")},
		{name: "closes at once", backends: one("")},
		{name: "too long a line", conf: "memcached_buffer_size 1k;", backends: one("VALUE KEY " + strings.Repeat("1", 1024))},
		{name: "gzip flag", conf: "memcached_gzip_flag 2;", backends: one("VALUE KEY 3 5\r\nhello\r\nEND\r\n")},
		{name: "gzip flag, not set", conf: "memcached_gzip_flag 2;", backends: one("VALUE KEY 5 5\r\nhello\r\nEND\r\n")},
		{name: "flags that are no number", conf: "memcached_gzip_flag 2;", backends: one("VALUE KEY x 5\r\nhello\r\nEND\r\n")},
		{name: "not_found asks the next", conf: "memcached_next_upstream not_found;", backends: []func(p *stage.Peer){serves("END\r\n"), serves(value)}},
		{name: "invalid_response asks the next", conf: "memcached_next_upstream invalid_response;", backends: []func(p *stage.Peer){serves("ERROR\r\n"), serves(value)}},
		{name: "off asks nobody else", conf: "memcached_next_upstream off;", backends: []func(p *stage.Peer){serves(""), serves(value)}},
		{name: "an error asks the next", backends: []func(p *stage.Peer){serves(""), serves(value)}},
		{name: "kept connections", times: 3, backends: one("END\r\n", value, "ERROR\r\n", value)},
	} {
		if r.times == 0 {
			r.times = 1
		}
		if r.ask == "" {
			r.ask = "GET /a.txt"
		}
		if !strings.Contains(r.ask, "HTTP/1.1") {
			r.ask += " HTTP/1.1"
		}
		peers := ""
		for i := range r.backends {
			peers += " server B" + string(rune('1'+i)) + ";"
		}
		cases = append(cases, stage.Case{Name: r.name, Backends: r.backends, Ours: r.ours, Why: r.why,
			HTTP: "log_format l '$upstream_addr $upstream_status';\nupstream u {" + peers + " keepalive 4; }\nserver { listen LISTEN; server_name front; access_log DIR/access.log l; error_log DIR/error.log info;\n" +
				"location @miss { return 200 missed; }\nlocation / { set $memcached_key $uri; memcached_pass u; " + r.conf + " } }",
			Play: func(t *testing.T, s *stage.Server) string {
				var b strings.Builder
				for range r.times {
					c := s.Dial(t)
					c.Send(r.ask + "\r\nHost: a\r\nConnection: close\r\n\r\n")
					var a stage.Answer
					if strings.HasPrefix(r.ask, "HEAD") {
						a = c.Head()
					} else {
						a = c.Answer()
					}
					b.WriteString(a.Describe() + "; " + a.Get("Content-Type") + " " + a.Get("Content-Encoding") + " " + a.Get("Content-Range") + "\n")
					c.Close()
				}
				access := s.AwaitAccess(r.times)
				for _, line := range s.Errors() {
					if strings.HasPrefix(line, "info: client") || strings.Contains(line, "client prematurely closed") {
						continue // that the test's clients went away
					}
					b.WriteString(actions.Replace(line) + "\n")
				}
				return b.String() + strings.Join(access, "\n")
			},
		})
	}
	stage.PlayAll(t, "testdata/answers.txt", cases)
}

// actions: in nginx the word for it depends on which event came first.
var actions = strings.NewReplacer(" while reading response header from upstream", "", " while sending to client", "", " while reading upstream", "")

func one(answers ...string) []func(p *stage.Peer) { return []func(p *stage.Peer){serves(answers...)} }
