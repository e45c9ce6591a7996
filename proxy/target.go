package proxy

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"

	"understudy/ascii"
	"understudy/config"
	"understudy/reactor"
	"understudy/upstream"
	"understudy/vars"
	"understudy/web"
)

// passOption is `proxy_pass URL`.
type passOption struct {
	set     bool
	place   config.Place
	group   *upstream.Group
	scheme  string      // "http://"
	written string      // host and port as written
	host    string      // $proxy_host: host and port as written, unless the port is the default one
	port    string      // $proxy_port
	uri     string      // behind host and port; "" passes the request's own
	dynamic *vars.Value // the whole URL, when it holds variables
}

func (o *passOption) Parse(c *config.Call) error {
	if o.set {
		return c.Duplicate()
	}
	o.set, o.place = true, c.Place()
	url := c.Args[0]
	if strings.Contains(url, "$") {
		v, err := vars.Compile(c, url)
		if err != nil {
			return err
		}
		if _, static := v.Static(); !static {
			o.dynamic = v
			return nil
		}
	}
	rest, ok := cutPrefixFold(url, "http://")
	if !ok {
		if _, tls := cutPrefixFold(url, "https://"); tls {
			return c.Unsupported("proxying to TLS", "https protocol requires SSL support")
		}
		return c.Errorf("invalid URL prefix")
	}
	hostport, uri := splitURL(rest)
	group, err := upstream.Implicit(c, hostport, rest, 80)
	if err != nil {
		return err
	}
	o.group = group
	o.scheme, o.uri = url[:len("http://")], uri
	o.written = hostport
	o.host, o.port = hostHeader(hostport)
	if uri != "" && noURIPart(c.Block) {
		return c.Errorf("\"proxy_pass\" cannot have URI part in location given by regular expression, or inside named location, " +
			"or inside \"if\" statement, or inside \"limit_except\" block")
	}
	return nil
}

// Inherit: an if or limit_except block passes where its location does.
func (o *passOption) Inherit(config.Option) {}

// noURIPart tells the places where a URI cannot be replaced, since there is no prefix to replace.
func noURIPart(b *config.Block) bool {
	if b.Kind != config.Location {
		return true
	}
	return web.MatchesByRegex(b) || web.IsNamed(b)
}

// splitURL cuts "host:port/uri?args" or "unix:path:uri" in two; a URI that begins with "?" gets its slash.
func splitURL(s string) (hostport, uri string) {
	if strings.HasPrefix(s, "unix:") {
		if i := strings.IndexByte(s[len("unix:"):], ':'); i >= 0 {
			return s[:len("unix:")+i], s[len("unix:")+i+1:]
		}
		return s, ""
	}
	i := strings.IndexAny(s, "/?")
	if i < 0 {
		return s, ""
	}
	if s[i] == '?' {
		return s[:i], "/" + s[i:]
	}
	return s[:i], s[i:]
}

// hostHeader gives what Host and $proxy_host say, and $proxy_port.
func hostHeader(hostport string) (host, port string) {
	if strings.HasPrefix(hostport, "unix:") {
		return "localhost", ""
	}
	h, p := hostport, "80"
	if i := strings.LastIndexByte(hostport, ':'); i >= 0 && !strings.HasSuffix(hostport, "]") && strings.LastIndexByte(hostport, ']') < i {
		h, p = hostport[:i], hostport[i+1:]
	}
	if p == "80" {
		return h, p
	}
	return hostport, p
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if ascii.HasPrefixFold(s, prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// target is a location whose requests go to an upstream.
type target struct {
	conf     *Conf
	protocol Protocol
	http     *overHTTP // the protocol, if it is HTTP
	framed   Framed    // the protocol, if it is one
	recorded Recorded  // the same
	location *web.Location
}

// overHTTP is a location with proxy_pass.
type overHTTP struct {
	target
	settings *Settings
	pass     *passOption
	prefix   int // length of the location's name, which the URI of proxy_pass replaces
}

func (t *overHTTP) measure() {
	if t.location.Regex == nil && !t.location.Named {
		t.prefix = len(t.location.Name)
	}
}

// destination is where one exchange goes.
type destination struct {
	group  *upstream.Group // nil: the name is still to be looked up
	name   string          // "host" or "host:port"
	usual  int             // the port, where name has none; 0 for none
	scheme []byte
	host   []byte // $proxy_host
	port   []byte
	uri    []byte
}

// clone gives a copy that does not share the exchange's memory.
func (d *destination) clone() *destination {
	return &destination{d.group, d.name, d.usual, bytes.Clone(d.scheme), bytes.Clone(d.host), bytes.Clone(d.port), bytes.Clone(d.uri)}
}

// Resolve fills in the destination, evaluating proxy_pass if it holds variables (Protocol).
func (t *overHTTP) Resolve(x *web.Exchange, e *Exchange) web.Result {
	p := t.pass
	if p.dynamic == nil {
		e.to = destination{p.group, "", 0, append(e.to.scheme[:0], p.scheme...), append(e.to.host[:0], p.host...), append(e.to.port[:0], p.port...), append(e.to.uri[:0], p.uri...)}
		return web.Declined
	}
	e.url = p.dynamic.Append(e.url[:0], x)
	return e.resolveURL(x, string(e.url))
}

// resolveURL finds the destination of a proxy_pass that was made of variables (ngx_http_proxy_eval).
func (e *Exchange) resolveURL(x *web.Exchange, url string) web.Result {
	e.to.host, e.to.port = e.to.host[:0], e.to.port[:0] // not those of a request before
	rest, ok := cutPrefixFold(url, "http://")
	if !ok || rest == "" {
		x.Errorf(levelError, "invalid URL prefix in \"%s\"", url)
		return 500
	}
	hostport, uri := splitURL(rest)
	host, port := hostHeader(hostport)
	e.to.scheme, e.to.host, e.to.port, e.to.uri = append(e.to.scheme[:0], url[:len("http://")]...), append(e.to.host[:0], host...), append(e.to.port[:0], port...), append(e.to.uri[:0], uri...)
	return e.findGroup(x, hostport, rest, 80)
}

// findGroup finds the group of an address that became known in a request, unless it is a name that has to be looked up; port 0 = it
// has no usual one, written is for messages.
func (e *Exchange) findGroup(x *web.Exchange, hostport, written string, port int) web.Result {
	group, err := upstream.ForRequest(x.Server.Block, hostport, port)
	if err != nil {
		x.Errorf(levelError, "%s in upstream \"%s\"", err, written)
		return 500
	}
	if group != nil && group.NoPort() {
		x.Errorf(levelError, "no port in upstream \"%s\"", group.Name)
		return 500
	}
	e.to.group, e.to.name, e.to.usual = group, hostport, port
	return web.Declined
}

// lookUpName makes the group of the addresses of a name that became known in a request (ngx_http_upstream_init_request); its answers
// come from the resolver's cache as long as they hold. What a cache has needs no name.
func (e *Exchange) lookUpName(x *web.Exchange) web.Result {
	name, port := e.to.name, uint64(e.to.usual)
	if i := strings.IndexByte(name, ':'); i >= 0 {
		port, _ = strconv.ParseUint(name[i+1:], 10, 16) // it was looked at before
		name = name[:i]
	}
	if port == 0 {
		x.Errorf(levelError, "no port in upstream \"%s\"", name)
		return 500
	}
	if !x.Resolves() {
		x.Errorf(levelError, "no resolver defined to resolve %s", name)
		return 502
	}
	s := e.target.conf
	ips, err := x.Lookup(name, !s.IgnoreClientAbort.On() && !s.Store.on && !e.muted()) // also where the answer would be kept
	if err == reactor.ErrGivenUp {
		x.Errorf(levelInfo, "epoll_wait() reported that client prematurely closed connection")
		return web.StatusClientClosed
	}
	if err != nil {
		x.Errorf(levelError, "%s could not be resolved (%s)", name, err)
		return 502
	}
	addrs := make([]netip.AddrPort, len(ips))
	for i, ip := range ips {
		addrs[i] = netip.AddrPortFrom(ip, uint16(port))
	}
	e.to.group = upstream.Dynamic(name, addrs)
	return web.Declined
}
