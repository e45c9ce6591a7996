// -v, -V and -h.

package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"understudy/config"
)

// The versions that the program goes by: nginx's, whose part it plays, and its own.
const (
	nginxVersion = "nginx/1.31.5"
	ownVersion   = "0.1.0"
)

func writeVersion(w io.Writer, f *flags, l layout, r *config.Registry) {
	fmt.Fprintf(w, "nginx version: %s (understudy %s)\n", nginxVersion, ownVersion)
	if f.help {
		fmt.Fprintf(w, usage, l.prefix, shown(l.errorLog), l.conf)
	}
	if f.configure {
		fmt.Fprintf(w, "built with %s\n", runtime.Version())
		if r.HasModule("ngx_http_ssl_module") {
			fmt.Fprintln(w, "TLS SNI support enabled")
		}
		fmt.Fprintf(w, "configure arguments: %s\n", strings.Join(slices.Concat(l.arguments(), configureArguments(r)), " "))
	}
}

func shown(name string) string {
	if name == "" {
		return "stderr"
	}
	return name
}

const usage = `Usage: nginx [-?hvVtTq] [-s signal] [-p prefix]
             [-e filename] [-c filename] [-g directives]

Options:
  -?,-h         : this help
  -v            : show version and exit
  -V            : show version and configure options then exit
  -t            : test configuration and exit
  -T            : test configuration, dump it and exit
  -q            : suppress non-error messages during configuration testing
  -s signal     : send signal to a master process: stop, quit, reopen, reload
  -p prefix     : set prefix path (default: %s)
  -e filename   : set error log file (default: %s)
  -c filename   : set configuration file (default: %s)
  -g directives : set global directives out of configuration file

Understudy's own:
  --hints       : below an error show the line, the place and what to do about it
  --no-hints    : do not, on a terminal either
  demo          : serve an example with a built-in application
  fmt           : print a configuration well indented
  directives    : list nginx's directives and what becomes of each

`

// builtIn are the parts that nginx has unless it is configured without them.
var builtIn = []feature{
	{"ngx_http_charset_module", "--without-http_charset_module"},
	{"ngx_http_gzip_module", "--without-http_gzip_module"},
	{"ngx_http_ssi_module", "--without-http_ssi_module"},
	{"ngx_http_userid_module", "--without-http_userid_module"},
	{"ngx_http_access_module", "--without-http_access_module"},
	{"ngx_http_auth_basic_module", "--without-http_auth_basic_module"},
	{"ngx_http_mirror_module", "--without-http_mirror_module"},
	{"ngx_http_autoindex_module", "--without-http_autoindex_module"},
	{"ngx_http_geo_module", "--without-http_geo_module"},
	{"ngx_http_map_module", "--without-http_map_module"},
	{"ngx_http_split_clients_module", "--without-http_split_clients_module"},
	{"ngx_http_referer_module", "--without-http_referer_module"},
	{"ngx_http_rewrite_module", "--without-http_rewrite_module"},
	{"ngx_http_proxy_module", "--without-http_proxy_module"},
	{"ngx_http_fastcgi_module", "--without-http_fastcgi_module"},
	{"ngx_http_uwsgi_module", "--without-http_uwsgi_module"},
	{"ngx_http_scgi_module", "--without-http_scgi_module"},
	{"ngx_http_grpc_module", "--without-http_grpc_module"},
	{"ngx_http_tunnel_module", "--without-http_tunnel_module"},
	{"ngx_http_memcached_module", "--without-http_memcached_module"},
	{"ngx_http_limit_conn_module", "--without-http_limit_conn_module"},
	{"ngx_http_limit_req_module", "--without-http_limit_req_module"},
	{"ngx_http_empty_gif_module", "--without-http_empty_gif_module"},
	{"ngx_http_browser_module", "--without-http_browser_module"},
	{"ngx_http_upstream_hash_module", "--without-http_upstream_hash_module"},
	{"ngx_http_upstream_ip_hash_module", "--without-http_upstream_ip_hash_module"},
	{"ngx_http_upstream_least_conn_module", "--without-http_upstream_least_conn_module"},
	{"ngx_http_upstream_least_time_module", "--without-http_upstream_least_time_module"},
	{"ngx_http_upstream_random_module", "--without-http_upstream_random_module"},
	{"ngx_http_upstream_keepalive_module", "--without-http_upstream_keepalive_module"},
	{"ngx_http_upstream_zone_module", "--without-http_upstream_zone_module"},
	{"ngx_http_upstream_sticky_module", "--without-http_upstream_sticky_module"},
}

// onDemand are the parts that nginx has only if it is configured with them.
var onDemand = []feature{
	{"ngx_http_ssl_module", "--with-http_ssl_module"},
	{"ngx_http_v2_module", "--with-http_v2_module"},
	{"ngx_http_v3_module", "--with-http_v3_module"},
	{"ngx_http_realip_module", "--with-http_realip_module"},
	{"ngx_http_addition_module", "--with-http_addition_module"},
	{"ngx_http_sub_module", "--with-http_sub_module"},
	{"ngx_http_dav_module", "--with-http_dav_module"},
	{"ngx_http_flv_module", "--with-http_flv_module"},
	{"ngx_http_mp4_module", "--with-http_mp4_module"},
	{"ngx_http_gunzip_module", "--with-http_gunzip_module"},
	{"ngx_http_gzip_static_module", "--with-http_gzip_static_module"},
	{"ngx_http_auth_request_module", "--with-http_auth_request_module"},
	{"ngx_http_random_index_module", "--with-http_random_index_module"},
	{"ngx_http_secure_link_module", "--with-http_secure_link_module"},
	{"ngx_http_slice_module", "--with-http_slice_module"},
	{"ngx_http_stub_status_module", "--with-http_stub_status_module"},
	{"ngx_http_geoip_module", "--with-http_geoip_module"},
	{"ngx_mail_module", "--with-mail"},
	{"ngx_mail_ssl_module", "--with-mail_ssl_module"},
	{"ngx_stream_module", "--with-stream"},
	{"ngx_stream_ssl_module", "--with-stream_ssl_module"},
	{"ngx_stream_realip_module", "--with-stream_realip_module"},
	{"ngx_stream_geoip_module", "--with-stream_geoip_module"},
	{"ngx_stream_ssl_preread_module", "--with-stream_ssl_preread_module"},
}

// builtInStream and builtInMail are named only when there is a stream or mail at all.
var builtInStream = []feature{
	{"ngx_stream_limit_conn_module", "--without-stream_limit_conn_module"},
	{"ngx_stream_access_module", "--without-stream_access_module"},
	{"ngx_stream_geo_module", "--without-stream_geo_module"},
	{"ngx_stream_map_module", "--without-stream_map_module"},
	{"ngx_stream_split_clients_module", "--without-stream_split_clients_module"},
	{"ngx_stream_return_module", "--without-stream_return_module"},
	{"ngx_stream_pass_module", "--without-stream_pass_module"},
	{"ngx_stream_set_module", "--without-stream_set_module"},
	{"ngx_stream_upstream_hash_module", "--without-stream_upstream_hash_module"},
	{"ngx_stream_upstream_least_conn_module", "--without-stream_upstream_least_conn_module"},
	{"ngx_stream_upstream_least_time_module", "--without-stream_upstream_least_time_module"},
	{"ngx_stream_upstream_random_module", "--without-stream_upstream_random_module"},
	{"ngx_stream_upstream_zone_module", "--without-stream_upstream_zone_module"},
}

var builtInMail = []feature{
	{"ngx_mail_pop3_module", "--without-mail_pop3_module"},
	{"ngx_mail_imap_module", "--without-mail_imap_module"},
	{"ngx_mail_smtp_module", "--without-mail_smtp_module"},
}

// cacheDirective stands for the whole cache, which is no module of its own.
const cacheDirective = "proxy_cache_path"

// feature is one of nginx's modules and the argument of its configure script.
type feature struct{ module, argument string }

// balancing names the directive of each part of upstream{}, which is one module here.
var balancing = map[string]string{
	"ngx_http_upstream_hash_module":       "hash",
	"ngx_http_upstream_ip_hash_module":    "ip_hash",
	"ngx_http_upstream_least_conn_module": "least_conn",
	"ngx_http_upstream_least_time_module": "least_time",
	"ngx_http_upstream_random_module":     "random",
	"ngx_http_upstream_keepalive_module":  "keepalive",
	"ngx_http_upstream_zone_module":       "zone",
	"ngx_http_upstream_sticky_module":     "sticky",

	"ngx_stream_upstream_hash_module":       "hash",
	"ngx_stream_upstream_least_conn_module": "least_conn",
	"ngx_stream_upstream_least_time_module": "least_time",
	"ngx_stream_upstream_random_module":     "random",
	"ngx_stream_upstream_zone_module":       "zone",
}

// configureArguments says which parts of nginx there are, as an nginx built with just these would.
func configureArguments(r *config.Registry) []string {
	list := []string{"--with-debug"} // error_log … debug and debug_connection have lines to show
	without := func(features []feature) {
		for _, f := range features {
			if !hasModule(r, f.module) {
				list = append(list, f.argument)
			}
		}
	}
	for _, f := range onDemand {
		if hasModule(r, f.module) {
			list = append(list, f.argument)
		}
	}
	without(builtIn)
	if !carriesOut(r, cacheDirective, config.HTTP) {
		list = append(list, "--without-http-cache")
	}
	if r.HasModule("ngx_stream_module") {
		without(builtInStream)
	}
	if r.HasModule("ngx_mail_module") {
		without(builtInMail)
	}
	return list
}

// hasModule knows both of nginx's names for a filter: ngx_http_gzip_module and ngx_http_gzip_filter_module.
func hasModule(r *config.Registry, name string) bool {
	in := config.Upstream
	if strings.HasPrefix(name, "ngx_stream_") {
		in = config.StreamUpstream
	}
	if directive := balancing[name]; directive != "" && carriesOut(r, directive, in) {
		return true
	}
	return r.HasModule(name) || r.HasModule(strings.TrimSuffix(name, "_module")+"_filter_module")
}

func carriesOut(r *config.Registry, directive string, in config.Context) bool {
	for _, d := range r.Directives() {
		if d.Name == directive && d.Contexts&in != 0 && d.Status == config.Supported {
			return true
		}
	}
	return false
}
