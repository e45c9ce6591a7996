package proxy

import (
	"slices"

	"understudy/ascii"
	"understudy/config"
	"understudy/vars"
)

// setHeader is `proxy_set_header NAME VALUE`; the directives of one level inherit whole or not at all.
type setHeader struct {
	own  bool
	list []header
}

type header struct {
	name  string
	value *vars.Value
	kind  headerKind
}

// headerKind marks the headers whose value the proxy makes itself.
type headerKind uint8

const (
	plainHeader headerKind = iota
	lengthHeader
	chunkedHeader
)

func (o *setHeader) Parse(c *config.Call) error {
	v, err := vars.Compile(c, c.Args[1])
	if err != nil {
		return err
	}
	o.own = true
	o.list = append(o.list, header{name: c.Args[0], value: v})
	return nil
}

func (o *setHeader) Inherit(parent config.Option) {
	if !o.own {
		o.list = parent.(*setHeader).list
	}
}

// headerPlan is what a request to the upstream gets for headers.
type headerPlan struct {
	host  *vars.Value // nil: $proxy_host
	items []header    // in the order in which they are sent, Host apart
	skip  nameSet     // request headers that are not passed on
}

// ownHeaders are the proxy's own, Host first (ngx_http_proxy_headers).
var ownHeaders = []header{
	{name: "Host"}, {name: "Connection"}, {name: "Proxy-Connection"}, {name: "Content-Length", kind: lengthHeader},
	{name: "Transfer-Encoding", kind: chunkedHeader}, {name: "TE"}, {name: "Keep-Alive"}, {name: "Expect"}, {name: "Upgrade"},
}

// compileHeaders joins proxy_set_header with the proxy's own headers: each of these is sent unless the directives name it
// (ngx_http_proxy_headers: most have no value, so that the client's is dropped). more are further headers of the proxy's own.
func compileHeaders(set *setHeader, http11 bool, more ...header) *headerPlan {
	p := &headerPlan{}
	named := func(name string) bool {
		for i := range set.list {
			if ascii.EqualFold(set.list[i].name, name) {
				return true
			}
		}
		return false
	}
	for _, h := range set.list {
		p.skip.add(h.name)
		if ascii.EqualFold(h.name, "Host") {
			if p.host == nil {
				p.host = h.value
			}
			continue
		}
		if text, static := h.value.Static(); static && text == "" {
			continue
		}
		p.items = append(p.items, h)
	}
	for _, own := range slices.Concat(ownHeaders, more) {
		if named(own.name) {
			continue
		}
		p.skip.add(own.name)
		if own.kind != plainHeader || own.value != nil {
			p.items = append(p.items, own)
		}
	}
	return p
}

// alwaysHidden are the answer headers that stay here unless proxy_pass_header names them.
var alwaysHidden = []string{"Date", "Server", "X-Pad", "X-Accel-Expires", "X-Accel-Redirect", "X-Accel-Limit-Rate", "X-Accel-Buffering", "X-Accel-Charset"}

// hiddenHeaders joins the headers that a protocol hides with …_hide_header and …_pass_header.
func hiddenHeaders(always, hide, pass []string) *nameSet {
	s := &nameSet{}
	for _, name := range always {
		s.add(name)
	}
	for _, name := range hide {
		s.add(name)
	}
	for _, name := range pass {
		s.remove(name)
	}
	return s
}
