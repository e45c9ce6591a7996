// Package fastcgi is nginx's ngx_http_fastcgi_module: requests passed on to FastCGI applications, such as PHP-FPM
// (https://fastcgi-archives.github.io/FastCGI_Specification.html).
package fastcgi

import (
	"understudy/config"
	"understudy/proxy"
	"understudy/proxy/cgi"
	"understudy/web"
)

// Settings of ngx_http_fastcgi_module.
type Settings struct {
	cgi.Settings `prefix:"fastcgi"`

	Pass          proxy.Pass     `nginx:"fastcgi_pass" in:"location if" args:"1"`
	Index         config.String  `nginx:"fastcgi_index" in:"http server location"`
	SplitPathInfo splitOption    `nginx:"fastcgi_split_path_info" in:"http server location" args:"1"`
	KeepConn      config.Flag    `nginx:"fastcgi_keep_conn" in:"http server location" default:"off"`
	CatchStderr   config.Strings `nginx:"fastcgi_catch_stderr" in:"http server location" args:"1"`
	SendLowat     config.Ignored `nginx:"fastcgi_send_lowat" in:"http server location" args:"1" check:"size" warn:"yes" reason:"has an effect on FreeBSD only, in nginx too"`
}

var conf = config.Declare[Settings]("ngx_http_fastcgi_module")

// Module is ngx_http_fastcgi_module.
var Module = &web.Module{Settings: conf, Variables: variables, Compile: compile, Start: proxy.Start(settingsOf), Drop: proxy.Drop(settingsOf)}

func settingsOf(b *config.Block) *proxy.Conf { return &conf.Of(b).Conf }

func compile(l *web.Location) error {
	s := conf.Of(l.Block)
	proxy.NeedDirs(l, &s.Conf)
	if s.Pass.In(l.Block) {
		proxy.Install(l, &s.Pass, &s.Conf, &protocol{s})
	}
	return nil
}

// Merge works out what the directives of one level come to.
func (s *Settings) Merge(_ *Settings, b *config.Block) error {
	return s.SettleParams(b, "fastcgi", true)
}
