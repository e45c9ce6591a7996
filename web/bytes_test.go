package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"understudy/internal/stage"
)

// newer is what 1.31.5 does with some bytes that 1.22.1 does not, and why.
var newer = map[string][2]string{
	"as a chunk's size": {`400: 00-2f 32-35 37 3a-40 47-60 67-ff
200 "": 30
200 "x": 31
nothing: 36 38-39 41-46 61-66
"error: client sent invalid chunked body"
`, stricterChunks},
	"in a trailer's name": {`200 "x": 00-09 0b-0c 0e-77 79-ff
400: 0a 0d
200 "B": 78
"error: client sent invalid chunked body"
`, stricterChunks},
	"in a trailer's name, ignore_invalid_headers off": {`200 "x": 00-09 0b-0c 0e-77 79-ff
400: 0a 0d
200 "B": 78
"error: client sent invalid chunked body"
`, stricterChunks},
	"in a trailer's value": {`200 "x": 00-09 0b-0c 0e-77 79-ff
400: 0a 0d
200 "B": 78
"error: client sent invalid chunked body"
`, stricterChunks},
	"in place of a chunk's CR": {`400: 00-0c 0e-ff
200 "x": 0d
"error: client sent invalid chunked body"
`, stricterChunks},
	"in the host": {`400: 00-09 0b-20 22-23 2f 3a 3c 3e-40 5b-5e 60 7b-7d 7f-ff
200 "a": 0a
200 as it was: 21 24-2e 30-39 3b 3d 5f 61-7a 7e
200 "aab": 41
200 "abb": 42
200 "acb": 43
200 "adb": 44
200 "aeb": 45
200 "afb": 46
200 "agb": 47
200 "ahb": 48
200 "aib": 49
200 "ajb": 4a
200 "akb": 4b
200 "alb": 4c
200 "amb": 4d
200 "anb": 4e
200 "aob": 4f
200 "apb": 50
200 "aqb": 51
200 "arb": 52
200 "asb": 53
200 "atb": 54
200 "aub": 55
200 "avb": 56
200 "awb": 57
200 "axb": 58
200 "ayb": 59
200 "azb": 5a
"info: client sent invalid header line
"info: client sent invalid host header while reading client request headers"
`, stricterHosts},
}

const (
	stricterHosts  = "1.31.5 takes in a host only what RFC 3986 allows (ngx_http_validate_host)"
	stricterChunks = "1.31.5 wants CR in front of LF everywhere in a chunked body (ngx_http_parse_chunked)"
)

// TestEveryByteInEveryPlaceOfARequest is taken or refused as by nginx. B in the text is the byte; where the answer is 200, what the
// server made of it is compared with want.
func TestEveryByteInEveryPlaceOfARequest(t *testing.T) {
	const end = "Host: a\r\nConnection: close\r\n\r\n"
	const chunks = "POST /body HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + end
	places := []struct{ name, text, want string }{
		{"in front", "BGET / HTTP/1.1\r\n" + end, ""},
		{"in the method", "GBET / HTTP/1.1\r\n" + end, ""},
		{"behind the method", "GETB/ HTTP/1.1\r\n" + end, ""},
		{"in front of the target", "GET B/ HTTP/1.1\r\n" + end, ""},
		{"in the path", "GET /path/aBb HTTP/1.1\r\n" + end, "/path/aBb|"},
		{"at the end of the path", "GET /path/aB HTTP/1.1\r\n" + end, "/path/aB|"},
		{"in the arguments", "GET /path/?aBb HTTP/1.1\r\n" + end, "/path/|aBb"},
		{"in the version", "GET / HTTPB1.1\r\n" + end, ""},
		{"as the version", "GET / HTTP/1.B\r\n" + end, ""},
		{"behind the version", "GET / HTTP/1.1B\r\n" + end, ""},
		{"in front of a name", "GET /name HTTP/1.1\r\nBX-Y: value\r\n" + end, ""},
		{"in a name", "GET /name HTTP/1.1\r\nXBY: value\r\n" + end, ""},
		{"at the end of a name", "GET /name HTTP/1.1\r\nX-YB: value\r\n" + end, ""},
		{"in front of a value", "GET /value HTTP/1.1\r\nX-Y:Bvalue\r\n" + end, "Bvalue"},
		{"in a value", "GET /value HTTP/1.1\r\nX-Y: aBb\r\n" + end, "aBb"},
		{"at the end of a value", "GET /value HTTP/1.1\r\nX-Y: aB\r\n" + end, "aB"},
		{"in a value passed on", "GET /passed HTTP/1.1\r\nX-Y: aBb\r\n" + end, "X-Y: aBb"},
		{"in a name passed on", "GET /passed HTTP/1.1\r\nX-YBZ: a\r\n" + end, "X-YBZ: a"},
		{"in the host", "GET /host HTTP/1.1\r\nConnection: close\r\nHost: aBb\r\n\r\n", "aBb"},
		{"in the host of the target", "GET http://aBb/host HTTP/1.1\r\n" + end, "aBb"},
		{"in the length", "POST /body HTTP/1.1\r\nContent-Length: 1B\r\n" + end + "xyz", ""},
		{"in a cookie", "GET /cookie HTTP/1.1\r\nCookie: c=aBb\r\n" + end, "aBb"},
		{"as a chunk's size", chunks + "B\r\nx\r\n0\r\n\r\n", ""},
		{"behind a chunk's size", chunks + "1B\r\nx\r\n0\r\n\r\n", ""},
		{"in a chunk's extension", chunks + "1;aBb\r\nx\r\n0\r\n\r\n", ""},
		{"in place of a chunk's CR", chunks + "1B\nx\r\n0\r\n\r\n", ""},
		{"in place of a chunk's LF", chunks + "1\rBx\r\n0\r\n\r\n", ""},
		{"behind a chunk", chunks + "1\r\nxB\r\n0\r\n\r\n", ""},
		{"in a trailer's name", chunks + "1\r\nx\r\n0\r\nTBT: v\r\n\r\n", ""},
		{"in a trailer's value", chunks + "1\r\nx\r\n0\r\nT: vBv\r\n\r\n", ""},
	}
	const locations = `location /path/ { return 200 "$uri|$args"; } location /value { return 200 "$http_x_y"; } location /host { return 200 "$host"; }
		location /cookie { return 200 "$cookie_c"; } location /name { return 200 "$http_x_y"; } location /body { proxy_pass http://B1; } location /passed { proxy_pass http://B1; }
		location / { return 200 "taken"; }`
	field := func(p *stage.Peer) { // answers with the fields that came, or with the body
		p.Serve(func(head, body string) string {
			if at := strings.Index(head, "\r\nX-Y"); at >= 0 {
				body, _, _ = strings.Cut(head[at+2:], "\r\n")
			}
			return stage.OK(body)
		})
	}
	var cases []stage.Case
	for _, ignore := range []string{"on", "off"} {
		for _, place := range places {
			name := place.name
			if ignore == "off" {
				if !strings.Contains(name, " name") {
					continue
				}
				name += ", ignore_invalid_headers off"
			}
			newer := newer[name]
			cases = append(cases, stage.Case{Name: name, Ours: newer[0], Why: newer[1], Backends: []func(*stage.Peer){field},
				HTTP: "server { listen LISTEN; server_name front; proxy_ignore_client_abort on; ignore_invalid_headers " + ignore + "; " + locations + " }",
				Play: func(t *testing.T, s *stage.Server) string { return eachByte(t, s, place.text, place.want) }})
		}
	}
	stage.PlayAll(t, "testdata/bytes.txt", cases)
}

// eachByte asks with every byte in place of B and tells which came to what. The client closes its side at once, so that a server
// which waits for more learns that none comes, and no timeout has to tell the one from the other.
func eachByte(t *testing.T, s *stage.Server, text, want string) string {
	var outcomes []string
	bytes := map[string][]byte{}
	for n := range 256 {
		one := string([]byte{byte(n)})
		in := func(text string) string { return strings.ReplaceAll(text, "B", one) }
		c := s.Dial(t).Send(in(text))
		_ = c.CloseWrite() // a server that has refused already may have closed
		a := c.Answer()
		c.Close()
		got := a.Status()
		switch {
		case got == "200" && want != "" && a.Body == in(want):
			got += " as it was"
		case got == "200":
			got += fmt.Sprintf(" %q", strings.ReplaceAll(a.Body, one, "B"))
		case got == "":
			got = "nothing"
		}
		if !slices.Contains(outcomes, got) {
			outcomes = append(outcomes, got)
		}
		bytes[got] = append(bytes[got], byte(n))
	}
	var b strings.Builder
	for _, o := range outcomes {
		fmt.Fprintf(&b, "%s:%s\n", o, spans(bytes[o]))
	}
	kinds := map[string]bool{}
	for line := range strings.Lines(distinct(s)) {
		kind, _, _ := strings.Cut(line, ": \\\"") // what was bad about a line follows
		if kind = strings.TrimRight(kind, "\n"); !kinds[kind] {
			kinds[kind] = true
			b.WriteString(kind + "\n")
		}
	}
	return b.String()
}

// spans writes ascending bytes as " 00-1f 7f".
func spans(list []byte) string {
	var b strings.Builder
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		fmt.Fprintf(&b, " %02x", list[i])
		if j > i {
			fmt.Fprintf(&b, "-%02x", list[j])
		}
		i = j + 1
	}
	return b.String()
}

// distinct gives each kind of line that a server logged about clients once, in the order in which they came.
func distinct(s *stage.Server) string {
	var b strings.Builder
	said := map[string]bool{}
	for _, line := range s.Errors() {
		text, _, _ := strings.Cut(line, ", client: ")
		if strings.HasPrefix(text, "info: client ") && !strings.HasPrefix(text, "info: client sent") || said[text] {
			continue
		}
		said[text] = true
		fmt.Fprintf(&b, "%q\n", text)
	}
	return b.String()
}
