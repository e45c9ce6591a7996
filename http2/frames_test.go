package http2_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
)

const site = `client_max_body_size 1k; large_client_header_buffers 2 1k;
server { listen LISTEN http2; server_name a; http2_chunk_size 64;
	location / { add_header X-Line "$request $http_cookie" always; return 200 hello; }
	location /length { add_header X-Length $content_length; return 200; }
	location /none { return 204; }
}`

// conversation is what is sent behind the preface, and what comes back up to the answer to a PING at its end.
type conversation struct {
	name string
	send string
	want string
	ours bool // 1.31 does it as we do, nginx 1.22 in another way
}

func conversations() []conversation {
	refused := func(name, fields string) conversation {
		return conversation{name: name, send: open(1, fields), want: "HEADERS 1 400, DATA 1 end"}
	}
	refusedNow := func(name, fields string) conversation {
		c := refused(name, fields)
		c.ours = true
		return c
	}
	ends := func(name, send, want string) conversation {
		return conversation{name: name, send: send, want: want + ", closed"}
	}
	list := []conversation{
		{name: "a request", send: open(1, get("/")), want: `HEADERS 1 200 GET / HTTP/2.0 , DATA 1 "hello" end`},
		{name: "two requests", send: open(1, get("/")) + open(3, get("/none")), want: `HEADERS 1 200 GET / HTTP/2.0 , DATA 1 "hello" end, HEADERS 3 204 end`},
		{name: "HEAD", send: open(1, block(":method: HEAD", ":scheme: http", ":path: /", ":authority: a")), want: "HEADERS 1 200 HEAD / HTTP/2.0  end"},
		{name: "cookies are joined", send: open(1, get("/", "cookie: a=b", "cookie: c=d")), want: `HEADERS 1 200 GET / HTTP/2.0 a=b; c=d, DATA 1 "hello" end`},
		{name: "Host in place of an authority", send: open(1, block(":method: GET", ":scheme: http", ":path: /none", "host: a")), want: "HEADERS 1 204 end"},
		{name: "padding and priority", send: frame(headers, fin|endHeaders|padded|prioritised, 1, "\x02"+word(0)+"\x10"+get("/none")+"\x00\x00"), want: "HEADERS 1 204 end"},
		{name: "a head in three frames", send: frame(headers, fin, 1, get("/none")[:3]) + frame(continuation, 0, 1, get("/none")[3:5]) +
			frame(continuation, endHeaders, 1, get("/none")[5:]), want: "HEADERS 1 204 end"},
		{name: "an unknown frame", send: frame(99, 0, 0, "what is this") + open(1, get("/none")), want: "HEADERS 1 204 end"},
		{name: "a window for a stream that is over", send: open(1, get("/none")) + frame(window, 0, 1, word(5)), want: "HEADERS 1 204 end"},
		{name: "settings", send: frame(settings, 0, 0, setting(4, 1<<20)+setting(5, 1<<15)+setting(99, 1)), want: ""},
		{name: "TE with trailers", send: open(1, get("/none", "te: trailers")), want: "HEADERS 1 204 end"},
		refused("no method", block(":scheme: http", ":path: /", ":authority: a")),
		refused("no scheme", block(":method: GET", ":path: /", ":authority: a")),
		refused("no path", block(":method: GET", ":scheme: http", ":authority: a")),
		refused("no host", block(":method: GET", ":scheme: http", ":path: /")),
		refused("two methods", block(":method: GET", ":method: GET", ":scheme: http", ":path: /", ":authority: a")),
		refused("an empty path", block(":method: GET", ":scheme: http", ":path: ", ":authority: a")),
		refused("a path without a slash", block(":method: GET", ":scheme: http", ":path: x", ":authority: a")),
		refused("a path that climbs", get("/../x")),
		refused("a method in lower case", block(":method: get", ":scheme: http", ":path: /", ":authority: a")),
		refused("a host with a slash", block(":method: GET", ":scheme: http", ":path: /", ":authority: a/b")),
		refused("an unknown pseudo-header", block(":method: GET", ":scheme: http", ":path: /", ":authority: a", ":what: x")),
		refusedNow("a pseudo-header behind a field", block(":method: GET", ":scheme: http", "x: y", ":path: /", ":authority: a")),
		refusedNow("a name in upper case", get("/", "Name: x")),
		refusedNow("a value with a line feed", get("/", "name: x\ny")),
		refused("two lengths", get("/", "content-length: 0", "content-length: 0")),
		refused("a length that is none", get("/", "content-length: x")),
		{name: "CONNECT", send: open(1, block(":method: CONNECT", ":scheme: http", ":path: /", ":authority: a")), want: "HEADERS 1 405, DATA 1 end"},
		{name: "TRACE", send: open(1, block(":method: TRACE", ":scheme: http", ":path: /", ":authority: a")), want: "HEADERS 1 405, DATA 1 end"},
		{name: "a body that is announced and does not come", send: open(1, get("/", "content-length: 5")), want: "HEADERS 1 400, DATA 1 end"},
		{name: "an answer before the body is whole", send: frame(headers, endHeaders, 1, get("/")),
			want: `HEADERS 1 200 GET / HTTP/2.0 , DATA 1 "hello" end, RST 1 code 0`},
		ends("an even stream", open(2, get("/")), "GOAWAY after 0 code 1"),
		{name: "a stream for the second time", send: open(1, "\x82") + open(1, "\x82"), want: "GOAWAY after 1 code 1, closed", ours: true},
		ends("a window of nothing", frame(window, 0, 0, word(0)), "GOAWAY after 0 code 1"),
		ends("a window that is too large", frame(window, 0, 0, word(1<<31-1)), "GOAWAY after 0 code 3"),
		ends("settings of a stream", frame(settings, 0, 1, ""), "GOAWAY after 0 code 1"),
		ends("settings cut off", frame(settings, 0, 0, "x"), "GOAWAY after 0 code 6"),
		ends("a window setting that is too large", frame(settings, 0, 0, setting(4, 1<<31)), "GOAWAY after 0 code 3"),
		ends("a frame setting that is too small", frame(settings, 0, 0, setting(5, 1)), "GOAWAY after 0 code 1"),
		ends("a short PING", frame(ping, 0, 0, "x"), "GOAWAY after 0 code 6"),
		ends("a PING of a stream", frame(ping, 0, 1, "12345678"), "GOAWAY after 0 code 1"),
		ends("a short RST_STREAM", frame(rst, 0, 1, "x"), "GOAWAY after 0 code 6"),
		ends("a PUSH_PROMISE", frame(push, 0, 1, "1234"), "GOAWAY after 0 code 1"),
		ends("DATA of no stream", frame(data, 0, 0, "x"), "GOAWAY after 0 code 1"),
		ends("padding longer than its frame", frame(data, padded, 1, "\x05xx"), "GOAWAY after 0 code 1"),
		ends("CONTINUATION of nothing", frame(continuation, 0, 1, "x"), "GOAWAY after 0 code 1"),
		ends("another frame in a head", frame(headers, fin, 1, get("/"))+frame(ping, 0, 0, "12345678"), "GOAWAY after 1 code 1"),
		ends("a head without fields", frame(headers, fin|endHeaders, 1, ""), "GOAWAY after 0 code 6"),
		ends("a field that is in no table", open(1, "\xff\x20"), "GOAWAY after 1 code 9"),
		ends("a table that is too large", open(1, "\x3f\xff\x7f"), "GOAWAY after 1 code 9"),
		ends("a value that is too long", open(1, get("/", "x: "+strings.Repeat("{", 1025))), "GOAWAY after 1 code 11"),
		ends("a head cut in a field", open(1, "\x40\x05ab"), "GOAWAY after 1 code 6"),
	}
	return list
}

func TestFramesAreAnsweredAsByNginx(t *testing.T) {
	for _, c := range conversations() {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			each := stage.Each
			if c.ours {
				each = stage.Ours
			}
			each(t, site, func(t *testing.T, s *stage.Server) {
				conn := start(t, s, "")
				conn.send(c.send)
				if c.want != "" {
					if got := conn.until(c.want); got != c.want {
						t.Fatalf("got  %s\nwant %s", got, c.want)
					}
				}
				if !strings.HasSuffix(c.want, "closed") {
					conn.alive()
				}
			})
		})
	}
}
