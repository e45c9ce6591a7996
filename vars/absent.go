package vars

import "strings"

// absentees are nginx's variables whose modules have not been built, by how their names begin.
var absentees = []struct{ start, module string }{
	{"geoip_", "ngx_http_geoip_module and ngx_stream_geoip_module"},
	{"http3", "ngx_http_v3_module"},
	{"slice_range", "ngx_http_slice_module"},
	{"ssl_", "ngx_http_ssl_module and ngx_stream_ssl_module"},
}

// absent says whose a variable is that nginx has and Understudy does not; "" if nginx does not have it either.
func absent(name string) (hint string, ok bool) {
	for _, a := range absentees {
		if strings.HasPrefix(name, a.start) {
			return "known to nginx (" + a.module + "), not supported by understudy yet", true
		}
	}
	return "", false
}
