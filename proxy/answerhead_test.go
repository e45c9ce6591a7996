package proxy_test

import (
	"strings"
	"testing"

	"understudy/internal/stage"
)

// TestCookiesOfAnUpstreamAreRewritten plays proxy_cookie_domain, proxy_cookie_path and proxy_cookie_flags, beside nginx.
func TestCookiesOfAnUpstreamAreRewritten(t *testing.T) {
	const domain, path, flags = "/domain/", "/path/", "/flags/"
	cases := []struct{ name, at, cookie, want string }{
		{"a domain", domain, "a=b; Domain=up.example", "a=b; Domain=front.example"},
		{"a domain in another case", domain, "a=b;domain=UP.Example", "a=b; domain=front.example"},
		{"a domain with a dot", domain, "a=b; Domain=.up.example", "a=b; Domain=.front.example"},
		{"a longer domain", domain, "a=b; Domain=x.up.example", "a=b; Domain=x.up.example"},
		{"a domain by regex", domain, "a=b; Domain=n7.inner", "a=b; Domain=n7.outer"},
		{"a domain with the host", domain, "a=b; Domain=self", "a=b; Domain=front"},
		{"an empty domain", domain, "a=b; Domain=", "a=b; Domain="},
		{"an attribute without a value", domain, "a=b; Domain", "a=b; Domain"},
		{"spaces around", domain, "a = b ;  Domain = up.example ; Path=/x", "a=b; Domain=front.example; Path=/x"},
		{"no cookie", domain, "ab; Domain=up.example", "ab; Domain=up.example"},
		{"a path", path, "a=b; Path=/one/x", "a=b; Path=/two/x"},
		{"the whole path", path, "a=b; Path=/one/", "a=b; Path=/two/"},
		{"another path", path, "a=b; Path=/One/x", "a=b; Path=/One/x"},
		{"a path by regex", path, "a=b; path=/user/7", "a=b; path=/U/7"},
		{"a path by regex without case", path, "a=b; Path=/SHOP/7", "a=b; Path=/s"},
		{"flags added", flags, "a=b", "a=b; Secure; HttpOnly; SameSite=Lax"},
		{"flags that are there", flags, "A=b; HTTPONLY; samesite=lax; SECURE", "A=b; HTTPONLY; samesite=lax; SECURE"},
		{"flags changed", flags, "a=b; samesite=None; X=y", "a=b; SameSite=Lax; X=y; Secure; HttpOnly"},
		{"flags removed", flags, "bare=b; Secure; HttpOnly; SameSite=None; X=y", "bare=b; X=y"},
		{"flags by regex", flags, "t_1=b", "t_1=b; Secure"},
		{"flags of another cookie", flags, "c=b; Secure", "c=b; Secure"},
		{"off", "/flags/off/", "a=b", "a=b"},
	}
	backend := stage.NewBackend(t, func(p *stage.Peer) {
		p.Serve(func(head, _ string) string {
			_, rest, _ := strings.Cut(head, "X-Cookie: ")
			cookie, _, _ := strings.Cut(rest, "\r\n")
			return "HTTP/1.1 200 OK\r\nSet-Cookie: " + cookie + "\r\nContent-Length: 0\r\n\r\n"
		})
	})
	stage.Each(t, `server { listen LISTEN; server_name front;
		location /domain/ { proxy_pass http://`+backend.Addr+`; proxy_cookie_domain .up.example front.example;
			proxy_cookie_domain ~^(n\d)\.inner$ $1.outer; proxy_cookie_domain self $server_name; }
		location /path/ { proxy_pass http://`+backend.Addr+`; proxy_cookie_path /one/ /two/; proxy_cookie_path ~^/user/(.*) /U/$1; proxy_cookie_path ~*^/shop /s; }
		location /flags/ { proxy_pass http://`+backend.Addr+`; proxy_cookie_flags a secure httponly samesite=lax; proxy_cookie_flags bare nosecure nohttponly nosamesite;
			proxy_cookie_flags ~^T_ secure $arg_none;
			location /flags/off/ { proxy_pass http://`+backend.Addr+`; proxy_cookie_flags off; } } }`, func(t *testing.T, s *stage.Server) {
		c := s.Dial(t)
		for _, k := range cases {
			a := c.Ask("GET " + k.at + " HTTP/1.1\r\nHost: a\r\nX-Cookie: " + k.cookie + "\r\n\r\n")
			if got := a.Get("Set-Cookie"); got != k.want {
				t.Errorf("%s: %q, not %q", k.name, got, k.want)
			}
		}
	})
}

// TestConnectionsComeFromTheAddressOfProxyBind looks at the address that the upstream sees.
func TestConnectionsComeFromTheAddressOfProxyBind(t *testing.T) {
	backend := stage.NewBackend(t, func(p *stage.Peer) {
		from, _, _ := strings.Cut(p.RemoteAddr().String(), ":")
		p.Serve(func(string, string) string { return stage.OK(from) })
	})
	cases := []struct{ at, want, log string }{
		{"/fixed", "127.0.0.3", ""},
		{"/inherited", "127.0.0.2", ""},
		{"/off", "127.0.0.1", ""},
		{"/variable?a=127.0.0.4", "127.0.0.4", ""},
		{"/variable", "127.0.0.1", ""},
		{"/variable?a=nowhere", "127.0.0.1", `invalid local address "nowhere"`},
		{"/foreign", "500", "bind(192.0.2.1) failed (99: Cannot assign requested address)"},
	}
	stage.Each(t, `proxy_bind 127.0.0.2; server { listen LISTEN;
		location /fixed { proxy_bind 127.0.0.3; proxy_pass http://`+backend.Addr+`; }
		location /inherited { proxy_pass http://`+backend.Addr+`; }
		location /off { proxy_bind off; proxy_pass http://`+backend.Addr+`; }
		location /foreign { proxy_bind 192.0.2.1; proxy_pass http://`+backend.Addr+`; }
		location /variable { proxy_bind $arg_a; proxy_pass http://`+backend.Addr+`; } }`, func(t *testing.T, s *stage.Server) {
		for _, k := range cases {
			a := s.Dial(t).Ask("GET " + k.at + " HTTP/1.1\r\nHost: a\r\n\r\n")
			got := a.Body
			if a.Status() != "200" {
				got = a.Status()
			}
			if got != k.want {
				t.Errorf("%s: %q, not %q", k.at, got, k.want)
			}
			if errors := strings.Join(s.Errors(), "\n"); k.log != "" && !strings.Contains(errors, k.log) {
				t.Errorf("%s: the log says\n%s", k.at, errors)
			}
		}
	})
}

// TestEarlyHintsArePassedOnWhereAsked sends several of them before an answer.
func TestEarlyHintsArePassedOnWhereAsked(t *testing.T) {
	const hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Pad: x\r\n\r\n"
	backend := stage.NewBackend(t, func(p *stage.Peer) {
		p.Serve(func(head, _ string) string {
			hints := hint + hint
			if strings.Contains(head, "/big") {
				hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Pad: " + strings.Repeat("x", 930) + "\r\n\r\n" + hint
			}
			return hints + stage.OK("fine")
		})
	})
	const passed = "HTTP/1.1 103 Early Hints, Link: </a>\n"
	cases := []struct{ request, want string }{
		{"GET /x HTTP/1.1\r\nHost: a\r\nAsk: yes\r\n\r\n", passed + passed + "200 fine"},
		{"GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "200 fine"},
		{"GET /x HTTP/1.1\r\nHost: a\r\nAsk: 0\r\n\r\n", "200 fine"},
		{"GET /x HTTP/1.0\r\nHost: a\r\nAsk: yes\r\n\r\n", "200 fine"},
		{"GET /big HTTP/1.1\r\nHost: a\r\nAsk: yes\r\n\r\n", passed + "200 fine"},
	}
	stage.Ours(t, `server { listen LISTEN; location / { early_hints $http_ask; proxy_buffer_size 1k; proxy_pass http://`+backend.Addr+`; } }`, func(t *testing.T, s *stage.Server) {
		for _, k := range cases {
			c := s.Dial(t).Send(k.request)
			got := ""
			a := c.Head()
			for ; a.Status() == "103"; a = c.Head() {
				got += a.Line + ", Link: " + a.Get("Link") + a.Get("X-Pad") + "\n"
			}
			body, _ := c.Take(4)
			if got += a.Status() + " " + body; got != k.want {
				t.Errorf("%q: %q, not %q", k.request, got, k.want)
			}
		}
	})
}

// TestTrailersArePassedOnWhereAsked looks at the bytes behind a chunked body.
func TestTrailersArePassedOnWhereAsked(t *testing.T) {
	backend := stage.NewBackend(t, func(p *stage.Peer) {
		p.Serve(func(head, _ string) string {
			trailers := "X-One: 1\r\nX-Two: 2\r\nX-Pad: 3\r\n\r\n"
			switch {
			case strings.Contains(head, "/none"):
				trailers = "\r\n"
			case strings.Contains(head, "/bad"):
				trailers = "bad\x00: x\r\n\r\n"
			case strings.Contains(head, "/long"):
				trailers = "X-Long: " + strings.Repeat("x", 2000) + "\r\n\r\n"
			}
			return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n" + trailers
		})
	})
	const head = "Connection: close\r\n\r\n4\r\nbody\r\n"
	cases := []struct{ at, want, log string }{
		{"/on/", "0\r\nX-One: 1\r\nX-Two: 2\r\n\r\n", ""},
		{"/on/none", "0\r\n\r\n", ""},
		{"/off/", "0\r\n\r\n", ""},
		{"/added/", "0\r\nX-One: 1\r\nX-Two: 2\r\nX-Own: 1\r\n\r\n", ""},
		{"/on/bad", "", `upstream sent invalid trailer: "bad\x00...`},
		{"/on/long", "", "upstream sent too big trailers"},
	}
	stage.Ours(t, `server { listen LISTEN; proxy_buffer_size 1k; proxy_pass_trailers on;
		location /on/ { proxy_pass http://`+backend.Addr+`; }
		location /off/ { proxy_pass_trailers off; proxy_pass http://`+backend.Addr+`; }
		location /added/ { add_trailer X-Own $upstream_trailer_x_one; proxy_pass http://`+backend.Addr+`; } }`, func(t *testing.T, s *stage.Server) {
		for _, k := range cases {
			got, _ := s.Dial(t).Send("GET " + k.at + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").End()
			if k.want == "" {
				if strings.Contains(got, "\r\n0\r\n") {
					t.Errorf("%s: %q", k.at, got)
				}
			} else if _, rest, _ := strings.Cut(got, head); rest != k.want {
				t.Errorf("%s: %q, not %q", k.at, rest, k.want)
			}
			if errors := strings.Join(s.Errors(), "\n"); !strings.Contains(errors, k.log) {
				t.Errorf("%s: the log says\n%s", k.at, errors)
			}
		}
	})
}

// TestAnAnswerIsReadAtTheRateOfProxyLimitRate looks at the time that an answer of two seconds takes: whole seconds count, the one
// under way included, so that it can be less by up to one and a third.
func TestAnAnswerIsReadAtTheRateOfProxyLimitRate(t *testing.T) {
	body := strings.Repeat("x", 6000)
	backend := stage.NewBackend(t, func(p *stage.Peer) {
		p.Serve(func(head, _ string) string { return stage.OK(body) })
	})
	stage.Ours(t, `log_format t $upstream_response_time; server { listen LISTEN; proxy_buffer_size 1k; proxy_buffers 8 1k; access_log DIR/access.log t;
		location / { proxy_limit_rate $arg_rate; proxy_pass http://`+backend.Addr+`; }
		location /direct { proxy_limit_rate 1; proxy_buffering off; proxy_pass http://`+backend.Addr+`; } }`, func(t *testing.T, s *stage.Server) {
		for i, k := range []struct {
			at   string
			slow bool
		}{{"/?rate=3000", true}, {"/?rate=0", false}, {"/?rate=1m", false}, {"/direct", false}} {
			if got := s.Dial(t).Ask("GET " + k.at + " HTTP/1.1\r\nHost: a\r\n\r\n").Body; got != body {
				t.Errorf("%s: %d bytes", k.at, len(got))
			}
			took := s.AwaitAccess(i + 1)[i]
			if slow := took >= "0.5"; slow != k.slow {
				t.Errorf("%s took %s s", k.at, took)
			}
		}
	})
}

// TestTheURLOfARefreshIsRewritten plays proxy_redirect with Refresh, beside nginx.
func TestTheURLOfARefreshIsRewritten(t *testing.T) {
	cases := []struct{ name, refresh, want string }{
		{"a URL", "5; url=http://up.example/x", "5; url=http://front/x"},
		{"in another case", "5; URL=http://up.example/x", "5; URL=http://front/x"},
		{"behind bytes that are no text", "\xff\xfe\xff; url=http://up.example/x", "\xff\xfe\xff; url=http://front/x"},
		{"behind letters that are shorter in lower case", "\u212a\u212a\u212a; url=http://up.example/x", "\u212a\u212a\u212a; url=http://front/x"},
		{"at the end", "\xff\xff\xff\xffurl=", "\xff\xff\xff\xffurl="},
		{"another's", "5; url=http://other/x", "5; url=http://other/x"},
		{"none", "5", "5"},
	}
	backend := stage.NewBackend(t, func(p *stage.Peer) {
		p.Serve(func(head, _ string) string {
			_, rest, _ := strings.Cut(head, "X-Refresh: ")
			refresh, _, _ := strings.Cut(rest, "\r\n")
			return "HTTP/1.1 200 OK\r\nRefresh: " + refresh + "\r\nContent-Length: 0\r\n\r\n"
		})
	})
	stage.Each(t, `server { listen LISTEN; server_name front; location / { proxy_pass http://`+backend.Addr+`; proxy_redirect http://up.example/ http://front/; } }`,
		func(t *testing.T, s *stage.Server) {
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					if got := s.Dial(t).Ask("GET / HTTP/1.1\r\nHost: front\r\nConnection: close\r\nX-Refresh: " + c.refresh + "\r\n\r\n").Get("Refresh"); got != c.want {
						t.Errorf("%q, want %q", got, c.want)
					}
				})
			}
		})
}
