// Package scgi is nginx's ngx_http_scgi_module: requests passed on to SCGI applications
// (https://python.ca/scgi/protocol.txt).
package scgi

import (
	"strconv"

	"understudy/config"
	"understudy/proxy"
	"understudy/proxy/cgi"
	"understudy/web"
)

// Settings of ngx_http_scgi_module.
type Settings struct {
	cgi.Settings `prefix:"scgi"`

	Pass proxy.Pass `nginx:"scgi_pass" in:"location if" args:"1"`
}

var conf = config.Declare[Settings]("ngx_http_scgi_module")

// Module is ngx_http_scgi_module.
var Module = &web.Module{Settings: conf, Compile: compile, Start: proxy.Start(settingsOf), Drop: proxy.Drop(settingsOf)}

func settingsOf(b *config.Block) *proxy.Conf { return &conf.Of(b).Conf }

func compile(l *web.Location) error {
	s := conf.Of(l.Block)
	proxy.NeedDirs(l, &s.Conf)
	if s.Pass.In(l.Block) {
		proxy.Install(l, &s.Pass, &s.Conf, &protocol{conf: s})
	}
	return nil
}

// Merge works out what the directives of one level come to.
func (s *Settings) Merge(_ *Settings, b *config.Block) error { return s.SettleParams(b, "scgi", true) }

// protocol is SCGI: the parameters as a netstring, the body, and an answer that ends with its length or the connection.
type protocol struct {
	cgi.Bare
	conf *Settings
}

// Resolve implements proxy.Protocol.
func (p *protocol) Resolve(x *web.Exchange, e *proxy.Exchange) web.Result {
	return p.conf.Pass.Resolve(x, e, "scgi://")
}

// lengthRoom is what "LENGTH:" in front of the parameters takes at most.
const lengthRoom = 20

// Request implements proxy.Protocol (ngx_http_scgi_create_request).
func (p *protocol) Request(b []byte, x *web.Exchange, e *proxy.Exchange) ([]byte, web.Result) {
	at := len(b)
	b = append(b, make([]byte, lengthRoom)...)
	b = append(b, "CONTENT_LENGTH\x00"...)
	b = append(strconv.AppendInt(b, cgi.BodyLength(x), 10), 0)
	b = p.conf.AppendParams(b, x, e, appendParam)
	n := len(b) - at - lengthRoom
	var digits [lengthRoom]byte
	length := append(strconv.AppendInt(digits[:0], int64(n), 10), ':')
	b = append(append(b[:at], length...), b[at+lengthRoom:]...)
	return append(b, ','), web.Declined
}

func appendParam(b, name, value []byte) []byte {
	return append(append(append(append(b, name...), 0), value...), 0)
}
