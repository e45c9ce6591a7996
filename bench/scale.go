package main

// The rows about large configurations: many servers and locations, many regexes, a large map.

import (
	"fmt"
	"os/exec"
	"strings"
	"time"

	"understudy/internal/rig"
)

const (
	manyServers = 2000
	manyRegexes = 1000
	manyKeys    = 100_000
)

// scaleConf is what the configurations share; nginx wants its tables sized.
const scaleConf = `worker_processes 1;
events {
    worker_connections 1000;
}
http {
    access_log off;
    keepalive_requests 100000000;
    server_names_hash_bucket_size 128;
    server_names_hash_max_size 16384;
    map_hash_bucket_size 128;
    map_hash_max_size 262144;
`

// serversConf has n servers of 20 locations: exact, nested, regex and prefix ones; names with and without wildcards.
func serversConf(n int) string {
	var b strings.Builder
	b.WriteString(scaleConf)
	for i := range n {
		name := []string{
			fmt.Sprintf("site%d.example.com www.site%d.example.com", i, i), fmt.Sprintf("*.wild%d.example.org", i),
			fmt.Sprintf(".both%d.example.net", i), fmt.Sprintf("tail%d.*", i),
		}[i%4]
		if i%200 == 7 {
			name = fmt.Sprintf(`~^(?<tenant>[a-z]+)\.re%d\.example\.com$`, i)
		}
		fmt.Fprintf(&b, `    server {
        listen 127.0.0.1:PROXY_PORT;
        server_name %s;
        root /srv/site%d;
        location = / { return 200 "home\n"; }
        location = /favicon.ico { return 204; }
        location = /robots.txt { return 200 "robots\n"; }
        location / { try_files $uri $uri/ =404; }
        location /api/ {
            proxy_pass http://127.0.0.1:HTTP_PORT;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            location /api/v1/ { return 200 "v1\n"; }
            location /api/v2/ { return 200 "v2\n"; }
        }
        location /static/ { expires 30d; add_header X-Site static; alias /srv/static%d/; }
        location ^~ /assets/ { expires 1y; return 200 "assets\n"; }
        location /images/ { return 200 "images\n"; }
        location /docs/ { autoindex on; }
        location /admin/ { allow 127.0.0.1; deny all; return 200 "admin\n"; }
        location /blog/ { return 200 "blog\n"; }
        location /shop/ { return 200 "shop\n"; }
        location /forum/ { return 301 /new-forum/; }
        location /downloads/ { limit_rate 1m; }
        location /ws/ {
            proxy_pass http://127.0.0.1:HTTP_PORT;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
        location ~ \.php$ { return 403; }
        location ~* \.(jpg|jpeg|png|gif|css|js)$ { expires 7d; }
        location ~ ^/user/(\d+)/ { return 200 "user $1\n"; }
    }
`, name, i, i)
	}
	b.WriteString("}\n")
	return b.String()
}

// user is a request that meets the regexes of a server, by an exact name, the last but few of them all.
func user(server int) load {
	return load{name: "servers-2000", path: "/user/17/profile", connections: 16, headers: []string{fmt.Sprintf("Host: www.site%d.example.com", server)}}
}

// measureServers compares nginx and Understudy on many servers: a request, the time of a test of the configuration, and
// memory after the start, in which what nginx's processes share counts once.
func measureServers(s settings, b *backends, sides []side) ([]figures, error) {
	request := user(manyServers - 4)
	request.goal = "≤ 1.00"
	request.start = func(side side, b *backends) (*rig.Server, int, error) {
		return b.start(side, serversConf(manyServers), nil)
	}
	lines, err := request.measure(s, b, sides)
	if err != nil {
		return nil, err
	}
	read := figures{row: request.name, what: "CPU ms for -t", format: "%.0f", goal: "B ≤ 1 s"}
	memory := figures{row: request.name, what: "MB after the start", format: "%.1f", goal: "≤ 1.00"}
	for range s.rounds {
		for i, side := range sides {
			cpu, size, err := loadCost(side, b)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", side.label, err)
			}
			pick(&read, i, float64(cpu.Microseconds())/1000)
			pick(&memory, i, float64(size)/(1<<20))
		}
	}
	return append(lines, read, memory), nil
}

func loadCost(side side, b *backends) (cpu time.Duration, size int64, err error) {
	server, _, err := b.start(side, serversConf(manyServers), nil)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = server.Stop() }() // its figures are taken
	time.Sleep(settlePeriod)
	if size, err = server.PSS(); err != nil {
		return 0, 0, err
	}
	test := exec.Command(side.bin, append(rig.Args(server.Dir, ""), "-t")...)
	if out, err := test.CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("%w\n%s", err, out)
	}
	return test.ProcessState.UserTime() + test.ProcessState.SystemTime(), size, nil
}

// measureManyAndOne compares Understudy with itself: one server (A), and the same among 2,000 (B).
func measureManyAndOne(s settings, b *backends, sides []side) ([]figures, error) {
	request := user(0)
	request.name, request.goal = "locations-20", "≤ 1.10"
	one := side{label: "one server", bin: sides[1].bin}
	many := side{label: "many servers", bin: sides[1].bin}
	request.start = func(which side, b *backends) (*rig.Server, int, error) {
		n := manyServers
		if which == one {
			n = 1
		}
		return b.start(which, serversConf(n), nil)
	}
	lines, err := request.measure(s, b, []side{one, many})
	if err == nil {
		lines[0].what = "CPU µs/request, B with one server and 2,000"
	}
	return lines, err
}

// browser is what no bot calls itself.
const browser = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

// startRegexes starts a side with as many regexes for locations, and for the lines of a map of clients.
func startRegexes(side side, b *backends) (*rig.Server, int, error) {
	var text strings.Builder
	text.WriteString("pcre_jit on;\n" + scaleConf + "    map $http_user_agent $bot {\n        default 0;\n")
	words := strings.Fields("google bing yandex baidu duck seo crawl scan fetch spider")
	kinds := strings.Fields("bot agent probe walker grab link index image news ad")
	for i := range manyRegexes {
		word := fmt.Sprintf("%s%s%d", words[i%10], kinds[i/10%10], i/100)
		if i%3 == 0 {
			word = "^" + word + "/[0-9.]+"
		}
		fmt.Fprintf(&text, "        \"~*%s\" %d;\n", word, i)
	}
	text.WriteString("    }\n    server {\n        listen 127.0.0.1:PROXY_PORT;\n        location / { return 200 none; }\n        location ^~ /agent { return 200 $bot; }\n")
	for i := range manyRegexes {
		pattern := []string{
			`~ "^/user%d/(\d+)/$"`, `~* "\.(ext%d|fmt%[1]d)$"`, `~ "^/blog%d/(?<y%[1]d>\d{4})/(?<s%[1]d>[a-z-]+)$"`, `~ "/tags%d/"`, `~* "^/app%d/.*\.php$"`,
			`~ "^/(?!api)[a-z]+%d/edit$"`, `~ "^/([a-z]+)%d/\1/x$"`, `~ "^/(en|de|fr)/page%d(/.*)?$"`, `~* "/wp%d-(admin|login|content)/.*\.(php|asp)$"`,
			`~ "^/files%d/(.+\.(?:zip|tgz))$"`,
		}[i%10]
		fmt.Fprintf(&text, "        location "+pattern+" { return 200 \"%[1]d $1\"; }\n", i)
	}
	text.WriteString("    }\n}\n")
	return b.start(side, text.String(), nil)
}

// startMap starts a side with a map of many keys.
func startMap(side side, b *backends) (*rig.Server, int, error) {
	var text strings.Builder
	text.WriteString(scaleConf + "    map $uri $to {\n        default none;\n")
	for i := range manyKeys {
		fmt.Fprintf(&text, "        /old/path/number-%d.html /new/%[1]d;\n", i)
	}
	text.WriteString("    }\n    server {\n        listen 127.0.0.1:PROXY_PORT;\n        location / { return 200 $to; }\n    }\n}\n")
	return b.start(side, text.String(), nil)
}
