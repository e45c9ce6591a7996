package proxy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"understudy/internal/stage"
)

// origin answers each request with a line that says the how-manieth request it was, and with headers that the client asked for
// (X-Send: NAME: VALUE|NAME: VALUE). It counts what it is asked.
type origin struct {
	*stage.Backend
	asked atomic.Int32
	heads chan string
}

func newOrigin(t *testing.T) *origin {
	o := &origin{heads: make(chan string, 100)}
	o.Backend = stage.NewBackend(t, func(p *stage.Peer) {
		p.Serve(func(head, _ string) string {
			n := o.asked.Add(1)
			o.heads <- head
			status, headers := "200 OK", ""
			for _, line := range strings.Split(head, "\r\n") {
				if v, ok := strings.CutPrefix(line, "X-Send: "); ok {
					headers = strings.ReplaceAll(v, "|", "\r\n") + "\r\n"
				}
				if v, ok := strings.CutPrefix(line, "X-Status: "); ok {
					status = v
				}
			}
			body := fmt.Sprintf("answer %d", n)
			if strings.Contains(head, "If-None-Match: \"same\"") {
				return "HTTP/1.1 304 Not Modified\r\n" + headers + "\r\n"
			}
			text := fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n", status, len(body), headers)
			if strings.HasPrefix(head, "HEAD ") {
				return text
			}
			return text + body
		})
	})
	return o
}

func request(method, uri string, headers ...string) string {
	return method + " " + uri + " HTTP/1.1\r\nHost: a\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n"
}

// cacheHTTP is a configuration with one zone; DIR/cache is its path.
func cacheHTTP(backend, location string) string {
	return `proxy_cache_path DIR/cache levels=1:2 keys_zone=z:1m;
server { listen LISTEN; location / { proxy_pass http://` + backend + `; proxy_cache z; add_header X-Cache $upstream_cache_status always;
` + location + ` } }`
}

// shown is what a step of a test comes to: status, $upstream_cache_status, body.
func shown(a stage.Answer) string {
	return strings.TrimSpace(strings.Join(strings.Fields(a.Status()+" "+a.Get("X-Cache")+" "+a.Body), " "))
}

// step is a request, and what its answer comes to; "…" at the end stands for anything.
type step struct{ request, want string }

func (st step) fits(got string) bool {
	if start, ok := strings.CutSuffix(st.want, "…"); ok {
		return strings.HasPrefix(got, start)
	}
	return got == st.want
}

func TestAnswersAreKeptAsNginxKeepsThem(t *testing.T) {
	get := request("GET", "/a")
	send := func(headers string) string { return request("GET", "/a", "X-Send: "+headers) }
	valid := "proxy_cache_valid 200 1m;"
	for _, c := range []struct {
		name, location string
		steps          []step
	}{ // "since 1.23.3" marks what older versions do otherwise
		{"by proxy_cache_valid", valid, []step{{get, "200 MISS answer 1"}, {get, "200 HIT answer 1"}, {request("GET", "/a?b"), "200 MISS answer 2"}}},
		{"not without a time", "", []step{{get, "200 MISS answer 1"}, {get, "200 MISS answer 2"}}},
		{"by max-age", "", []step{{send("Cache-Control: max-age=60"), "200 MISS answer 1"}, {get, "200 HIT answer 1"}}},
		{"by s-maxage before max-age", "", []step{{send("Cache-Control: max-age=0, s-maxage=60"), "200 MISS answer 1"}, {get, "200 HIT answer 1"}}},
		{"not with no-store", valid, []step{{send("Cache-Control: no-store"), "200 MISS answer 1"}, {get, "200 MISS answer 2"}}},
		{"not with max-age=0", valid, []step{{send("Cache-Control: max-age=0"), "200 MISS answer 1"}, {get, "200 MISS answer 2"}}},
		{"not with a time in the past", valid, []step{{send("Expires: Thu, 01 Jan 1970 00:00:00 GMT"), "200 MISS answer 1"}, {get, "200 MISS answer 2"}}},
		{"since 1.23.3: max-age behind Expires wins", valid, []step{{send("Expires: Thu, 01 Jan 1970 00:00:00 GMT|Cache-Control: max-age=60"), "200 MISS answer 1"}, {get, "200 HIT answer 1"}}},
		{"since 1.23.3: X-Accel-Expires behind no-cache wins", "", []step{{send("Cache-Control: no-cache|X-Accel-Expires: 60"), "200 MISS answer 1"}, {get, "200 HIT answer 1"}}},
		{"not with X-Accel-Expires 0", valid, []step{{send("X-Accel-Expires: 0"), "200 MISS answer 1"}, {get, "200 MISS answer 2"}}},
		{"not with Set-Cookie", valid, []step{{send("Set-Cookie: a=b"), "200 MISS answer 1"}, {get, "200 MISS answer 2"}}},
		{"with Set-Cookie that is ignored", valid + "proxy_ignore_headers Set-Cookie;", []step{{send("Set-Cookie: a=b"), "200 MISS answer 1"}, {get, "200 HIT answer 1"}}},
		{"not with Vary: *", valid, []step{{send("Vary: *"), "200 MISS answer 1"}, {get, "200 MISS answer 2"}}},
		{"for each value of what Vary names", valid, []step{
			{request("GET", "/a", "X-Send: Vary: X-Kind", "X-Kind: one"), "200 MISS answer 1"},
			{request("GET", "/a", "X-Kind: one"), "200 HIT answer 1"},
			{request("GET", "/a", "X-Send: Vary: X-Kind", "X-Kind: two"), "200 MISS answer 2"},
			{request("GET", "/a", "X-Kind: two"), "200 HIT answer 2"},
			{request("GET", "/a", "X-Kind: one"), "200 HIT answer 1"},
		}},
		{"after some uses", valid + "proxy_cache_min_uses 3;", []step{{get, "200 MISS answer 1"}, {get, "200 MISS answer 2"}, {get, "200 MISS answer 3"}, {get, "200 HIT answer 3"}}},
		{"a bypass fetches and keeps", valid + "proxy_cache_bypass $http_again;", []step{{get, "200 MISS answer 1"}, {request("GET", "/a", "Again: 1"), "200 BYPASS answer 2"}, {get, "200 HIT answer 2"}}},
		{"not where proxy_no_cache says so", valid + "proxy_no_cache $arg_x;", []step{{request("GET", "/a?x=1"), "200 MISS answer 1"}, {request("GET", "/a?x=1"), "200 MISS answer 2"}}},
		{"HEAD is asked for as GET", valid, []step{{request("HEAD", "/a"), "200 MISS"}, {get, "200 HIT answer 1"}}},
		{"POST is none of the cache's", valid, []step{{request("POST", "/a", "Content-Length: 0"), "200 answer 1"}, {get, "200 MISS answer 2"}}},
		{"POST where it is asked for", valid + "proxy_cache_methods POST;", []step{{request("POST", "/a", "Content-Length: 0"), "200 MISS answer 1"}, {get, "200 HIT answer 1"}}},
		{"under a key of their own", valid + "proxy_cache_key $arg_k;", []step{{request("GET", "/a?k=1"), "200 MISS answer 1"}, {request("GET", "/b?k=1"), "200 HIT answer 1"}}},
		{"a part comes out of the whole", valid, []step{{request("GET", "/a", "Range: bytes=2-3"), "200 MISS answer 1"}, {request("GET", "/a", "Range: bytes=2-3"), "200 HIT answer 1"}}},
		{"a part where ranges are on", valid + "proxy_force_ranges on;", []step{{request("GET", "/a", "Range: bytes=2-3"), "206 MISS sw"}, {request("GET", "/a", "Range: bytes=0-1,3-4"), "206 HIT --…"}}},
		{"a part that is too far behind", valid + "proxy_cache_max_range_offset 5;", []step{{request("GET", "/a", "Range: bytes=5-"), "200 MISS answer 1"}, {get, "200 MISS answer 2"}}},
		{"conditions are answered here", valid, []step{{send("ETag: \"e\""), "200 MISS answer 1"}, {request("GET", "/a", "If-None-Match: \"e\""), "304 HIT"}}},
		{"errors too", "proxy_cache_valid any 1m;", []step{{request("GET", "/a", "X-Status: 503 Busy"), "503 MISS answer 1"}, {get, "503 HIT answer 1"}}},
		{"an error behind error_page", "proxy_cache_valid 404 1m; proxy_intercept_errors on; error_page 404 =200 /b;", []step{
			{request("GET", "/a", "X-Status: 404 Not Found"), "404 MISS <html>…"}, {get, "404 HIT <html>…"}}},
		{"an old one is asked for again", "", []step{{send("X-Accel-Expires: @1"), "200 MISS answer 1"}, {get, "200 EXPIRED answer 2"}}},
		{"an old one in place of an error", "proxy_cache_use_stale http_503;", []step{
			{send("X-Accel-Expires: @1"), "200 MISS answer 1"}, {request("GET", "/a", "X-Status: 503 Busy"), "200 STALE answer 1"}}},
		{"an old one that still holds", valid + "proxy_cache_revalidate on;", []step{
			{send("ETag: \"same\"|X-Accel-Expires: @1"), "200 MISS answer 1"}, {send("X-Accel-Expires: 60"), "200 REVALIDATED answer 1"}, {get, "200 HIT answer 1"}}},
		{"an old one, and a new one behind it", "proxy_cache_use_stale updating; proxy_cache_background_update on;", []step{
			{send("X-Accel-Expires: @1"), "200 MISS answer 1"}, {send("X-Accel-Expires: 60"), "200 STALE answer 1"}, {get, "200 HIT answer 2"}}},
		{"unbuffered ones are not kept", valid + "proxy_buffering off;", []step{{get, "200 MISS answer 1"}, {get, "200 MISS answer 2"}}},
		{"X-Accel-Buffering turns buffering on", valid + "proxy_buffering off;", []step{{send("X-Accel-Buffering: yes"), "200 MISS answer 1"}, {get, "200 HIT answer 1"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := func(t *testing.T, start func(t *testing.T, http string) *stage.Server) {
				s := start(t, cacheHTTP(newOrigin(t).Addr, c.location))
				client := s.Dial(t)
				for i, st := range c.steps {
					if strings.HasPrefix(st.request, "HEAD ") {
						client.Send(st.request)
						if got := shown(client.Head()); got != st.want {
							t.Errorf("step %d: %q, want %q", i+1, got, st.want)
						}
						continue
					}
					if got := shown(client.Ask(st.request)); !st.fits(got) {
						t.Errorf("step %d: %q, want %q", i+1, got, st.want)
					}
				}
			}
			for _, driver := range stage.Drivers() {
				t.Run("driver "+driver, func(t *testing.T) {
					run(t, func(t *testing.T, http string) *stage.Server { return stage.Start(t, driver, http) })
				})
			}
			if stage.Installed() && !strings.HasPrefix(c.name, "since") {
				t.Run("nginx", func(t *testing.T) {
					run(t, func(t *testing.T, http string) *stage.Server { return stage.StartNginx(t, http) })
				})
			}
		})
	}
}

func TestAZoneByVariable(t *testing.T) {
	o := newOrigin(t)
	s := stage.Start(t, "", `proxy_cache_path DIR/cache keys_zone=z:1m;
server { listen LISTEN; location / { proxy_pass http://`+o.Addr+`; proxy_cache $arg_zone; proxy_cache_valid 1m;
add_header X-Cache $upstream_cache_status always; } }`)
	c := s.Dial(t)
	for i, st := range []step{
		{request("GET", "/a?zone=off"), "200 answer 1"},
		{request("GET", "/a?zone=z"), "200 MISS answer 2"},
		{request("GET", "/a?zone=z"), "200 HIT answer 2"},
	} {
		if got := shown(c.Ask(st.request)); got != st.want {
			t.Errorf("step %d: %q, want %q", i+1, got, st.want)
		}
	}
	if got := c.Ask(request("GET", "/a?zone=none")); got.Status() != "500" {
		t.Errorf("an unknown zone: %s", got.Line)
	}
}

// cacheFiles lists the files below a cache.
func cacheFiles(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestABadFileIsReplaced(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(b []byte) []byte
		log   string
	}{
		{"of another version", func(b []byte) []byte { b[7]++; return b }, "version mismatch"},
		{"of nginx", func(b []byte) []byte { return append([]byte{5, 0, 0, 0, 0, 0, 0, 0}, b[8:]...) }, "version mismatch"},
		{"empty", func([]byte) []byte { return nil }, ""},
		{"without a head", func(b []byte) []byte { return b[:40] }, "is too small"},
		{"cut off", func(b []byte) []byte { return b[:len(b)-3] }, "is truncated"},
		{"too long", func(b []byte) []byte { return append(b, "more"...) }, "is truncated"},
		{"of another key", func(b []byte) []byte { return []byte(strings.Replace(string(b), "KEY: /a", "KEY: /b", 1)) }, "has md5 collision"},
		{"with a head that is none", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), "Content-Length: ", "Content Length: ", 1))
		}, "contains invalid header"},
		{"of zeros", func(b []byte) []byte { clear(b); return b }, "version mismatch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := stage.Start(t, "", cacheHTTP(newOrigin(t).Addr, "proxy_cache_valid 1m; proxy_cache_key $uri;"))
			client := s.Dial(t)
			if got := shown(client.Ask(request("GET", "/a"))); got != "200 MISS answer 1" {
				t.Fatal(got)
			}
			files := cacheFiles(t, s.Dir+"/cache")
			if len(files) != 1 {
				t.Fatalf("files: %v", files)
			}
			b, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(files[0], c.spoil(b), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"200 MISS answer 2", "200 HIT answer 2"} {
				if got := shown(client.Ask(request("GET", "/a"))); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			}
			if log := strings.Join(s.Errors(), "\n"); c.log != "" && !strings.Contains(log, c.log) {
				t.Errorf("no %q in the log:\n%s", c.log, log)
			}
		})
	}
}

func TestAFileThatIsGoneIsFetchedAgain(t *testing.T) {
	s := stage.Start(t, "", cacheHTTP(newOrigin(t).Addr, "proxy_cache_valid 1m;"))
	c := s.Dial(t)
	c.Ask(request("GET", "/a"))
	if err := os.Remove(cacheFiles(t, s.Dir+"/cache")[0]); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"200 MISS answer 2", "200 HIT answer 2"} {
		if got := shown(c.Ask(request("GET", "/a"))); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A disk that takes nothing costs the cache, not the client.
func TestADiskThatRefuses(t *testing.T) {
	big := strings.Repeat("0123456789", 30_000)
	o := stage.NewBackend(t, func(p *stage.Peer) {
		p.Serve(func(head, _ string) string {
			if strings.HasPrefix(head, "GET /big") {
				return stage.OK(big)
			}
			return stage.OK("small")
		})
	})
	s := stage.Start(t, "", cacheHTTP(o.Addr, "proxy_cache_valid 1m;"))
	if err := os.RemoveAll(s.Dir + "/proxy"); err != nil {
		t.Fatal(err)
	}
	c := s.Dial(t)
	for _, uri := range []string{"/small", "/small", "/big", "/big"} {
		a := c.Ask(request("GET", uri))
		if a.Status() != "200" || a.Get("X-Cache") != "MISS" || a.Broken || (a.Body != "small" && a.Body != big) {
			t.Errorf("%s: %s %s, %d bytes", uri, a.Line, a.Get("X-Cache"), len(a.Body))
		}
	}
	if log := strings.Join(s.Errors(), "\n"); !strings.Contains(log, "failed (2: No such file or directory)") {
		t.Errorf("log:\n%s", log)
	}
}

func TestOneFetchesForAllWithALock(t *testing.T) {
	release := make(chan struct{})
	var asked atomic.Int32
	o := stage.NewBackend(t, func(p *stage.Peer) {
		p.Serve(func(string, string) string {
			asked.Add(1)
			<-release
			return stage.OK("once")
		})
	})
	s := stage.StartLoops(t, "", cacheHTTP(o.Addr, "proxy_cache_valid 1m; proxy_cache_lock on; proxy_cache_lock_timeout 1m; proxy_cache_lock_age 1m;"), 2)
	const clients = 20
	answers := make(chan string, clients)
	for range clients {
		c := s.Dial(t)
		c.Send(request("GET", "/a"))
		go func() { answers <- shown(c.Answer()) }()
	}
	for s.Reactor != nil && asked.Load() == 0 {
	}
	close(release)
	count := map[string]int{}
	for range clients {
		count[<-answers]++
	}
	if count["200 MISS once"] != 1 || count["200 HIT once"] != clients-1 || asked.Load() != 1 {
		t.Errorf("%v, asked %d times", count, asked.Load())
	}
}

func TestAnAnswerIsKeptThoughItsClientGoes(t *testing.T) {
	half, rest := make(chan struct{}), make(chan struct{})
	o := stage.NewBackend(t, func(p *stage.Peer) {
		if head, _ := p.Request(); head == "" {
			return
		}
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
		close(half)
		<-rest
		p.Send("world")
		p.Request()
	})
	s := stage.Start(t, "", cacheHTTP(o.Addr, "proxy_cache_valid 1m; proxy_cache_lock on;"))
	c := s.Dial(t)
	c.Send(request("GET", "/a"))
	<-half
	c.Head()
	c.Reset()
	close(rest)
	if got := shown(s.Dial(t).Ask(request("GET", "/a"))); got != "200 HIT helloworld" {
		t.Error(got)
	}
}

// What an earlier run left is used, whether or not the loader has seen it.
func TestFilesOutliveTheProgram(t *testing.T) {
	dir := t.TempDir()
	o := newOrigin(t)
	conf := `proxy_cache_path ` + dir + ` levels=2:2:1 use_temp_path=off keys_zone=z:1m;
server { listen LISTEN; location / { proxy_pass http://` + o.Addr + `; proxy_cache z; proxy_cache_valid 1m; proxy_cache_key $uri;
add_header X-Cache $upstream_cache_status always; } }`
	for _, want := range []string{"200 MISS answer 1", "200 HIT answer 1", "200 HIT answer 1"} {
		s := stage.Start(t, "", conf)
		if got := shown(s.Dial(t).Ask(request("GET", "/a"))); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		s.Stop()
	}
}

// Two generations of a configuration share a zone: what one counts, the other sees.
func TestEntriesOutliveAReload(t *testing.T) {
	dir := t.TempDir()
	o := newOrigin(t)
	conf := `proxy_cache_path ` + dir + ` keys_zone=z:1m;
server { listen LISTEN; location / { proxy_pass http://` + o.Addr + `; proxy_cache z; proxy_cache_valid 1m; proxy_cache_key $uri;
proxy_cache_min_uses 2; add_header X-Cache $upstream_cache_status always; } }`
	before := stage.Start(t, "", conf)
	if got := shown(before.Dial(t).Ask(request("GET", "/a"))); got != "200 MISS answer 1" {
		t.Fatal(got)
	}
	after := stage.Start(t, "", conf)
	before.Stop()
	for _, want := range []string{"200 MISS answer 2", "200 HIT answer 2"} {
		if got := shown(after.Dial(t).Ask(request("GET", "/a"))); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
