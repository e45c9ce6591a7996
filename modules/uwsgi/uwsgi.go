// Package uwsgi is nginx's ngx_http_uwsgi_module: requests passed on to uWSGI applications
// (https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html).
package uwsgi

import (
	"understudy/ascii"
	"understudy/config"
	"understudy/errlog"
	"understudy/proxy"
	"understudy/proxy/cgi"
	"understudy/web"
)

// Settings of ngx_http_uwsgi_module.
type Settings struct {
	cgi.Settings `prefix:"uwsgi"`

	Pass      pass          `nginx:"uwsgi_pass" in:"location if" args:"1"`
	Modifier1 config.Int    `nginx:"uwsgi_modifier1" in:"http server location" min:"0" max:"255" default:"0"`
	Modifier2 config.Int    `nginx:"uwsgi_modifier2" in:"http server location" min:"0" max:"255" default:"0"`
	String    config.String `nginx:"uwsgi_string" in:"http server location"`
}

var conf = config.Declare[Settings]("ngx_http_uwsgi_module")

// Module is ngx_http_uwsgi_module.
var Module = &web.Module{Settings: conf, Compile: compile, Start: proxy.Start(settingsOf), Drop: proxy.Drop(settingsOf)}

func settingsOf(b *config.Block) *proxy.Conf { return &conf.Of(b).Conf }

func compile(l *web.Location) error {
	s := conf.Of(l.Block)
	proxy.NeedDirs(l, &s.Conf)
	if s.Pass.In(l.Block) {
		proxy.Install(l, &s.Pass.Pass, &s.Conf, &protocol{conf: s})
	}
	return nil
}

// Merge works out what the directives of one level come to.
func (s *Settings) Merge(_ *Settings, b *config.Block) error {
	return s.SettleParams(b, "uwsgi", false)
}

// pass is `uwsgi_pass [uwsgi://]ADDRESS`.
type pass struct{ proxy.Pass }

func (o *pass) Parse(c *config.Call) error {
	if ascii.HasPrefixFold(c.Args[0], "suwsgi://") {
		return c.Unsupported("TLS to applications", "suwsgi protocol requires SSL support")
	}
	return o.ParseBehind(c, "uwsgi://")
}

func (o *pass) Inherit(parent config.Option) { o.Pass.Inherit(&parent.(*pass).Pass) }

// protocol is uwsgi: a header of four bytes, the parameters, the body, and an answer that ends with its length or the connection.
type protocol struct {
	cgi.Bare
	conf *Settings
}

// Resolve implements proxy.Protocol.
func (p *protocol) Resolve(x *web.Exchange, e *proxy.Exchange) web.Result {
	return p.conf.Pass.Resolve(x, e, "uwsgi://")
}

const maxLength = 65535

// Request implements proxy.Protocol (ngx_http_uwsgi_create_request).
func (p *protocol) Request(b []byte, x *web.Exchange, e *proxy.Exchange) ([]byte, web.Result) {
	at := len(b)
	b = append(b, byte(p.conf.Modifier1.N()), 0, 0, byte(p.conf.Modifier2.N()))
	b = p.conf.AppendParams(b, x, e, appendParam)
	b = append(b, p.conf.String.S()...)
	n := len(b) - at - 4
	if n > maxLength {
		x.Errorf(errlog.Alert, "uwsgi request is too big: %d", n)
		return b, 500
	}
	b[at+1], b[at+2] = byte(n), byte(n>>8)
	return b, web.Declined
}

func appendParam(b, name, value []byte) []byte {
	return appendText(appendText(b, name), value)
}

// appendText appends a text behind its length; longer ones than that can say make the whole request too big.
func appendText(b, text []byte) []byte {
	return append(append(b, byte(len(text)), byte(len(text)>>8)), text...)
}
