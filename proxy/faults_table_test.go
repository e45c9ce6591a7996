package proxy_test

import (
	"strconv"
	"strings"

	"understudy/internal/stage"
)

func itoa(n int) string { return strconv.Itoa(n) }

func scripts(s ...func(p *peer)) []func(p *peer) { return s }

// faults is the table of what can go wrong with an upstream.
func faults() []fault {
	ok := always(stage.OK("fine"))
	closes := once("")
	list := []fault{
		{name: "connection refused", upstream: "server DEAD;"},
		{name: "a socket that is not there", upstream: "server unix:DIR/none.sock;"},
		{name: "a name without a host", backends: scripts(ok), more: "location /none { proxy_pass http://$arg_none; }", requests: []string{"GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}},
		{name: "closes without an answer", backends: scripts(closes)},
		{name: "resets without an answer", backends: scripts(then("", reset))},
		{name: "stalls before its answer", backends: scripts(then("", stall)), conf: "proxy_read_timeout 300ms;"},
		{name: "half a status line, then closes", backends: scripts(once("HTTP/1.1 20"))},
		{name: "half a head, then closes", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Le"))},
		{name: "a head without its empty line, then closes", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"))},
		{name: "half a head, then stalls", backends: scripts(then("HTTP/1.1 200 OK\r\nContent-Le", stall)), conf: "proxy_read_timeout 300ms;"},
		{name: "half a head, then resets", backends: scripts(then("HTTP/1.1 200 OK\r\nContent-Le", reset))},
		{name: "a head too big", backends: scripts(once("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 5000) + "\r\nContent-Length: 0\r\n\r\n")), conf: "proxy_buffer_size 4k;"},
		{name: "a head as big as the buffer", backends: scripts(once(headOf(1024))), conf: "proxy_buffer_size 1k;"},
		{name: "a head bigger than the buffer by a byte", backends: scripts(once(headOf(1025))), conf: "proxy_buffer_size 1k;"},
		{name: "no HTTP", backends: scripts(once("this is no HTTP\r\n\r\n")), requests: []string{getClose}},
		{name: "no HTTP, short", backends: scripts(once("no")), requests: []string{getClose}},
		{name: "a header line without a colon", backends: scripts(once("HTTP/1.1 200 OK\r\nBad Header\r\nContent-Length: 0\r\n\r\n"))},
		{name: "a header line with a NUL", backends: scripts(once("HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n"))},
		{name: "a Content-Length that is no number", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nbody")), ours: badHead("invalid \"Content-Length\" header: \"Content-Length: abc\"", 44), why: "since 1.23.0"},
		{name: "two Content-Length headers", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody")), ours: badHead("duplicate header line: \"Content-Length: 4\", previous value: \"Content-Length: 4\"", 61), why: "since 1.23.0"},
		{name: "two different Content-Length headers", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody")), ours: badHead("duplicate header line: \"Content-Length: 5\", previous value: \"Content-Length: 4\"", 61), why: "since 1.23.0"},
		{name: "Content-Length and Transfer-Encoding", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n")), ours: badHead("\"Content-Length\" and \"Transfer-Encoding\" headers at the same time", 80), why: "since 1.23.0"},
		{name: "an unknown Transfer-Encoding", backends: scripts(once("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nbody")), ours: badHead("unknown \"Transfer-Encoding\": \"gzip\"", 48), why: "since 1.23.0"},
		{name: "a status of four digits", backends: scripts(once("HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n")), requests: []string{getClose}},
		{name: "a status below 100", backends: scripts(once("HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n"))},
		{name: "a status without a reason", backends: scripts(once("HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nbody"))},
		{name: "a status nobody knows", backends: scripts(once("HTTP/1.1 799 Odd\r\nContent-Length: 4\r\n\r\nbody"))},
		{name: "HTTP/2.0 in the status line", backends: scripts(once("HTTP/2.0 200 OK\r\nContent-Length: 4\r\n\r\nbody"))},
		{name: "HTTP/1.0 with keep-alive", backends: scripts(once("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody"))},
		{name: "a head with bare line feeds", backends: scripts(once("HTTP/1.1 200 OK\nContent-Length: 4\n\nbody"))},
		{name: "204 with a body", backends: scripts(once("HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody"))},
		{name: "204 with a chunked body", backends: scripts(once("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"))},
		{name: "304 with a body", backends: scripts(once("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nbody"))},
		{name: "304 with a length and no body", backends: scripts(once("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n"))},
		{name: "HEAD with a length", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")), requests: []string{"HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"}},
		{name: "HEAD with a body", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")), requests: []string{"HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"}},
		{name: "HEAD with chunked", backends: scripts(once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")), requests: []string{"HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"}},
		{name: "103 before the answer", backends: scripts(once("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + stage.OK("fine"))), requests: []string{getClose},
			ours: "HTTP/1.1 200 OK, Content-Length: 4, Connection: close, \"fine\", closed \naccess: 200, upstream B1 200, 4 of 82 bytes, 28 sent; connect T, head T, end T",
			why:  "early hints are known since 1.29.0"},
		{name: "100 before the answer", backends: scripts(once("HTTP/1.1 100 Continue\r\n\r\n" + stage.OK("fine"))), requests: []string{getClose},
			ours: "HTTP/1.1 200 OK, Content-Length: 4, Connection: close, \"fine\", closed \naccess: 200, upstream B1 200, 4 of 67 bytes, 28 sent; connect T, head T, end T",
			why:  "nginx takes an interim answer for the answer, and what follows for its body"},

		{name: "the next peer answers", backends: scripts(closes, ok)},
		{name: "the next peer answers what was refused", upstream: "server DEAD; server B1;", backends: scripts(ok)},
		{name: "a POST is not sent again", backends: scripts(closes, ok), requests: []string{post("body")}},
		{name: "a POST that was refused is sent elsewhere", upstream: "server DEAD; server B1;", backends: scripts(ok), requests: []string{post("body")}},
		{name: "a POST is sent again when non_idempotent", backends: scripts(closes, ok), requests: []string{post("body")}, conf: "proxy_next_upstream error non_idempotent;"},
		{name: "next_upstream off", backends: scripts(closes, ok), conf: "proxy_next_upstream off;"},
		{name: "next_upstream timeout only, closed", backends: scripts(closes, ok), conf: "proxy_next_upstream timeout;"},
		{name: "next_upstream timeout", backends: scripts(then("", stall), ok), conf: "proxy_next_upstream timeout; proxy_read_timeout 300ms;"},
		{name: "next_upstream error only, stalled", backends: scripts(then("", stall), ok), conf: "proxy_next_upstream error; proxy_read_timeout 300ms;"},
		{name: "next_upstream without invalid_header", backends: scripts(once("HTTP/1.1 200 OK\r\nBad\x00: x\r\n\r\n"), ok)},
		{name: "next_upstream invalid_header", backends: scripts(once("HTTP/1.1 200 OK\r\nBad\x00: x\r\n\r\n"), ok), conf: "proxy_next_upstream invalid_header;"},
		{name: "next_upstream_tries 1", backends: scripts(closes, ok), conf: "proxy_next_upstream_tries 1;"},
		{name: "next_upstream_tries 2", backends: scripts(closes, closes, ok), conf: "proxy_next_upstream_tries 2;"},
		{name: "next_upstream_timeout", backends: scripts(then("", stall), ok), conf: "proxy_read_timeout 300ms; proxy_next_upstream_timeout 200ms;"},
		{name: "next_upstream http_404", backends: scripts(always("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno"), ok), conf: "proxy_next_upstream http_404;"},
		{name: "a backup takes over", upstream: "server B1; server B2 backup;", backends: scripts(closes, ok)},
		{name: "all are down", upstream: "server B1 down; server B2 down;", backends: scripts(ok, ok)},
		{name: "all have failed", backends: scripts(closes, closes), requests: []string{get, get}},
		{name: "a failed peer is left alone", backends: scripts(closes, ok), requests: []string{get, get, get}},
		{name: "max_fails=0", upstream: "server B1 max_fails=0; server B2 max_fails=0;", backends: scripts(closes, ok), requests: []string{get, get, get}},

		{name: "a kept connection fails: a fresh one is tried", upstream: "server B1; keepalive 4;", backends: scripts(servesOnceThenDrops), requests: []string{get, get}},
		{name: "a kept connection fails under a POST", upstream: "server B1; keepalive 4;", backends: scripts(servesOnceThenDrops), requests: []string{get, post("body")}},
		{name: "a kept connection is reset: a fresh one is tried", upstream: "server B1; keepalive 4;", backends: scripts(servesOnceThenResets), requests: []string{get, get}},
		{name: "a kept connection gives a bad head", upstream: "server B1; keepalive 4;", backends: scripts(servesOnceThen("HTTP/1.1 200 OK\r\nBad\x00: x\r\n\r\n")), requests: []string{get, get}},
		{name: "a kept connection stalls", upstream: "server B1; keepalive 4;", conf: "proxy_read_timeout 300ms;", backends: scripts(servesOnceThenStalls), requests: []string{get, get}},
		{name: "Connection: close is not kept", upstream: "server B1; keepalive 4;", backends: scripts(once("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfine")), requests: []string{get, get}},

		{name: "error_page takes a 502", backends: scripts(closes), conf: "error_page 502 =200 /page;", more: "location = /page { return 200 page; }"},
		{name: "error_page sends a 502 to another upstream", upstream: "server B1;", backends: scripts(closes, ok), conf: "error_page 502 = @other;", more: "location @other { proxy_pass http://B2; }"},
		{name: "proxy_intercept_errors", backends: scripts(once("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno")), conf: "proxy_intercept_errors on; error_page 404 =200 /page;", more: "location = /page { return 200 page; }"},
		{name: "proxy_intercept_errors without a page", backends: scripts(once("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno")), conf: "proxy_intercept_errors on;"},
		{name: "X-Accel-Redirect", backends: scripts(once("HTTP/1.1 200 OK\r\nX-Accel-Redirect: /page\r\nContent-Length: 2\r\n\r\nno")), more: "location = /page { internal; return 200 page; }"},
		{name: "X-Accel-Redirect to another upstream", upstream: "server B1;", backends: scripts(once("HTTP/1.1 200 OK\r\nX-Accel-Redirect: /other\r\nContent-Length: 2\r\n\r\nno"), ok), more: "location = /other { proxy_pass http://B2; }"},
	}
	for _, status := range []string{"500", "502", "503", "504", "403", "404", "429"} {
		answer := always("HTTP/1.1 " + status + " Odd\r\nContent-Length: 3\r\n\r\nodd")
		conf := "proxy_next_upstream http_" + status + ";"
		list = append(list,
			fault{name: "next_upstream http_" + status + ", passed over", backends: scripts(answer, ok), conf: conf},
			fault{name: "next_upstream http_" + status + ", all of them", backends: scripts(answer, answer), conf: conf, requests: []string{get, get}})
	}
	for _, b := range bodyFaults() {
		for _, buffering := range []string{"on", "off"} {
			f := b
			f.name += ", buffering " + buffering
			f.conf += "proxy_buffering " + buffering + ";"
			if f.unbuffered = buffering == "off"; f.unbuffered {
				f.ours, f.why = "", "" // what differs does so from nginx's buffering
			}
			list = append(list, f)
		}
	}
	return list
}

// bodyFaults go wrong behind the head; they are played with buffering on and off.
func bodyFaults() []fault {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	old := []string{"GET /x HTTP/1.0\r\nHost: a\r\n\r\n"}
	return []fault{
		{name: "an empty answer until close", backends: scripts(once("HTTP/1.1 200 OK\r\n\r\n"))},
		{name: "a body until close", backends: scripts(once("HTTP/1.1 200 OK\r\n\r\nbody"))},
		{name: "a body until close, for HTTP/1.0", backends: scripts(once("HTTP/1.1 200 OK\r\n\r\nbody")), requests: old},
		{name: "more than Content-Length", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody and more"))},
		{name: "more than a Content-Length of 0", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore"))},
		{name: "less than Content-Length", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody"))},
		{name: "nothing of Content-Length", backends: scripts(once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"))},
		{name: "less than Content-Length, then stalls", backends: scripts(then("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody", stall)), conf: "proxy_read_timeout 300ms;", ours: "HTTP/1.1 200 OK, Content-Length: 10, Connection: keep-alive, \"body\", broken off\n" + timedOut + "access: 200, upstream B1 200, 4 of 43 bytes, 28 sent; connect T, head T, end T", why: "what comes is passed on before the next wait"},
		{name: "an endless answer stalls", backends: scripts(then("HTTP/1.1 200 OK\r\n\r\nbody", stall)), conf: "proxy_read_timeout 300ms;", ours: "HTTP/1.1 200 OK, Transfer-Encoding: chunked, Connection: keep-alive, \"body\", broken off\n" + timedOut + "access: 200, upstream B1 200, 4 of 23 bytes, 28 sent; connect T, head T, end T", why: "what comes is passed on before the next wait"},
		{name: "chunked", backends: scripts(once(chunked + "4\r\nbody\r\n0\r\n\r\n"))},
		{name: "chunked, for HTTP/1.0", backends: scripts(once(chunked + "4\r\nbody\r\n0\r\n\r\n")), requests: old},
		{name: "chunked with extensions", backends: scripts(once(chunked + "4;a=b\r\nbody\r\n0;c\r\n\r\n"))},
		{name: "chunked with trailers", backends: scripts(once(chunked + "4\r\nbody\r\n0\r\nX-T: y\r\n\r\n"))},
		{name: "chunked, nothing in it", backends: scripts(once(chunked + "0\r\n\r\n"))},
		{name: "bad chunks", backends: scripts(once(chunked + "zz\r\nbody\r\n0\r\n\r\n"))},
		{name: "bad chunks behind a good one", backends: scripts(once(chunked + "4\r\nbody\r\nzz\r\n"))},
		{name: "chunked, cut off in a chunk", backends: scripts(once(chunked + "8\r\nbody"))},
		{name: "chunked, cut off in a size", backends: scripts(once(chunked + "4\r\nbody\r\n1"))},
		{name: "chunked, without its end", backends: scripts(once(chunked + "4\r\nbody\r\n"))},
		{name: "chunked, stalls", backends: scripts(then(chunked+"4\r\nbody\r\n", stall)), conf: "proxy_read_timeout 300ms;"},
		{name: "data behind the last chunk", backends: scripts(once(chunked + "4\r\nbody\r\n0\r\n\r\nmore"))},
	}
}

// headOf makes a head of exactly n bytes, for an empty body.
func headOf(n int) string {
	const start, end = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ", "\r\n\r\n"
	return start + strings.Repeat("x", n-len(start)-len(end)) + end
}

func servesOnceThenDrops(p *peer) {
	p.Request()
	p.Send(stage.OK("fine"))
	if p.Number == 1 {
		p.Request()
		return
	}
	p.Serve(func(string, string) string { return stage.OK("again") })
}

func servesOnceThenResets(p *peer) {
	p.Request()
	p.Send(stage.OK("fine"))
	if p.Number == 1 {
		p.Request()
		p.Reset()
		return
	}
	p.Serve(func(string, string) string { return stage.OK("again") })
}

func servesOnceThenStalls(p *peer) {
	p.Request()
	p.Send(stage.OK("fine"))
	if p.Number == 1 {
		p.Request()
	}
	p.Gone()
}

func servesOnceThen(text string) func(p *peer) {
	return func(p *peer) {
		p.Request()
		p.Send(stage.OK("fine"))
		p.Request()
		p.Send(text)
	}
}

// badHead is the transcript of an answer whose head is refused.
func badHead(text string, n int) string {
	return "HTTP/1.1 502 Bad Gateway, Connection: keep-alive, its page, next 200\nerror: upstream sent " + text +
		" while reading response header from upstream, client: 127.0.0.1, server: front, request: \"GET /x HTTP/1.1\", upstream: \"http://B1/x\", host: \"a\"\n" +
		"access: 502, upstream B1 502, 0 of " + itoa(n) + " bytes, 28 sent; connect T, head -, end T"
}

const timedOut = "error: upstream timed out (110: Connection timed out) while reading upstream, client: 127.0.0.1, server: front, " +
	"request: \"GET /x HTTP/1.1\", upstream: \"http://B1/x\", host: \"a\"\n"
